/** A share's value by discounted cash flow, from its last year and stated assumptions. */
import { InvalidInput } from '../../index.ts';
import type { Assumptions } from './assumptions.ts';
import { type EquityBridge, equityBridge } from './equity-bridge.ts';
import { NoValue } from './no-value.ts';
import { LEAST_SPREAD, presentValue, requireFinite } from './present-value.ts';
import { freeCashFlowToFirm, type TrailingYear } from './trailing-year.ts';

export interface ForecastYear {
  /** 1, 2, … years after the last reported one. */
  readonly year: number;
  readonly growth: number;
  readonly freeCashFlow: number;
  readonly presentValue: number;
}

export interface DcfValuation {
  readonly symbol: string;
  readonly currency: string;
  readonly assumptions: Assumptions;
  /** Free cash flow to the firm of the last year. */
  readonly baseCashFlow: number;
  readonly years: readonly ForecastYear[];
  readonly terminalValue: number;
  readonly presentTerminalValue: number;
  /** How much of the enterprise value lies after the forecast years, as a fraction. */
  readonly terminalShare: number;
  readonly bridge: EquityBridge;
  readonly sensitivity: Sensitivity;
}

/**
 * Value per share for discount rates (rows) and terminal growths (columns). Null if the growth is
 * not clearly below the rate.
 */
export interface Sensitivity {
  readonly discountRates: readonly number[];
  readonly terminalGrowths: readonly number[];
  readonly valuePerShare: readonly (readonly (number | null)[])[];
}

const STEPS = [-2, -1, 0, 1, 2] as const;
const RATE_STEP = 0.01;
const GROWTH_STEP = 0.005;

/** `shares` is used if the quote has a better number than the statements. */
export function discountedCashFlow(year: TrailingYear, assumptions: Assumptions, shares: number | null = year.shares): DcfValuation {
  if (shares === null) {
    throw new NoValue(`The number of ${year.symbol}'s shares is not known: give it, or use another source of data.`, {
      because: 'sharesUnknown',
      symbol: year.symbol,
    });
  }
  const baseCashFlow = freeCashFlowToFirm(year, assumptions.taxRate);
  requireFinite('Free cash flow', baseCashFlow);
  if (baseCashFlow <= 0) {
    throw new NoValue(
      `${year.symbol} had no positive free cash flow in the year to ${year.end}: growing a loss gives no value. Compare it with its peers instead.`,
      { because: 'noCashFlow', symbol: year.symbol, end: year.end, baseCashFlow },
    );
  }
  const { discountRate, terminalGrowth } = assumptions;
  const { flows, value, bridge } = valueWith(year, assumptions, baseCashFlow, shares);
  const years = assumptions.growth.map((growth, index) => ({
    year: index + 1,
    growth,
    freeCashFlow: flows[index] ?? 0,
    presentValue: value.flows[index] ?? 0,
  }));
  const discountRates = STEPS.map((step) => discountRate + step * RATE_STEP);
  const terminalGrowths = STEPS.map((step) => terminalGrowth + step * GROWTH_STEP);
  return {
    symbol: year.symbol,
    currency: year.currency,
    assumptions,
    baseCashFlow,
    years,
    terminalValue: value.terminalValue,
    presentTerminalValue: value.presentTerminalValue,
    terminalShare: value.presentTerminalValue / value.total,
    bridge,
    sensitivity: {
      discountRates,
      terminalGrowths,
      valuePerShare: discountRates.map((rate) =>
        terminalGrowths.map((growth) =>
          rate - growth >= LEAST_SPREAD
            ? valueWith(year, { ...assumptions, discountRate: rate, terminalGrowth: growth }, baseCashFlow, shares).bridge.valuePerShare
            : null,
        ),
      ),
    },
  };
}

function valueWith(
  { cash, debt, minorityInterest }: TrailingYear,
  { growth, terminalGrowth, discountRate }: Assumptions,
  baseCashFlow: number,
  shares: number,
) {
  let flow = baseCashFlow;
  const flows = growth.map((rate, index) => {
    requireFinite(`Growth of year ${index + 1}`, rate);
    if (rate <= -1) throw new InvalidInput(`Growth of year ${index + 1} must be above -100 %.`);
    flow *= 1 + rate;
    return flow;
  });
  const value = presentValue({ flows, terminalFlow: flow * (1 + terminalGrowth), discountRate, terminalGrowth });
  return { flows, value, bridge: equityBridge({ enterpriseValue: value.total, cash, debt, minorityInterest, shares }) };
}
