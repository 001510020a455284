/**
 * Present value of the cash flows of coming years. Flows come at the end of each year. After the
 * last one they grow for ever (Gordon). Rates are fractions, so 0.09 is 9 %.
 */
import { InvalidInput } from '../../index.ts';
import { NoValue } from './no-value.ts';

export interface Forecast {
  /** Of the years 1, 2, … */
  readonly flows: readonly number[];
  /** Of the first year after them. */
  readonly terminalFlow: number;
  readonly discountRate: number;
  /** Of the flows after `terminalFlow`, a year. */
  readonly terminalGrowth: number;
}

export interface PresentValue {
  /** The value today of each flow. */
  readonly flows: readonly number[];
  /** At the end of the last year of `flows`. */
  readonly terminalValue: number;
  readonly presentTerminalValue: number;
  /** Of everything, today. */
  readonly total: number;
}

/** A smaller distance between rate and growth makes values of any size out of rounding errors. */
export const LEAST_SPREAD = 0.001;

export function presentValue({ flows, terminalFlow, discountRate, terminalGrowth }: Forecast): PresentValue {
  for (const [name, value] of Object.entries({
    'The discount rate': discountRate,
    'Terminal growth': terminalGrowth,
    'The terminal cash flow': terminalFlow,
  })) {
    requireFinite(name, value);
  }
  flows.forEach((flow, index) => {
    requireFinite(`The cash flow of year ${index + 1}`, flow);
  });
  if (flows.length === 0) throw new InvalidInput('A valuation needs at least one forecast year.');
  if (discountRate <= -1) throw new InvalidInput(`A discount rate of ${percent(discountRate)} is none: give one above -100 %.`);
  if (terminalGrowth <= -1) throw new InvalidInput(`Terminal growth of ${percent(terminalGrowth)} is none: give one above -100 %.`);
  if (discountRate - terminalGrowth < LEAST_SPREAD) {
    throw new NoValue(
      `Terminal growth (${percent(terminalGrowth)}) must be below the discount rate (${percent(discountRate)}) by at least ${percent(LEAST_SPREAD)}: otherwise the value has no bounds. Lower the growth or raise the rate.`,
      { because: 'growthTooHigh', terminalGrowth, discountRate, least: LEAST_SPREAD },
    );
  }
  const present = flows.map((flow, index) => flow / (1 + discountRate) ** (index + 1));
  const terminalValue = terminalFlow / (discountRate - terminalGrowth);
  const presentTerminalValue = terminalValue / (1 + discountRate) ** flows.length;
  return {
    flows: present,
    terminalValue,
    presentTerminalValue,
    total: present.reduce((sum, value) => sum + value, 0) + presentTerminalValue,
  };
}

export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new InvalidInput(`${name} must be a number, and is ${value}. Check the statements and assumptions.`);
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
