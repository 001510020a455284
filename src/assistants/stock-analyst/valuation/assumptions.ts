/** What a valuation assumes, each with its reason. Everything can be set; these are the defaults. */
import { InvalidInput } from '#machines/errors.ts';
import { type CostOfCapital, costOfCapital } from './cost-of-capital.ts';
import type { TrailingYear } from './trailing-year.ts';

export interface Assumptions {
  /** Of free cash flow, for each forecast year. Its length is the number of years. */
  readonly growth: readonly number[];
  readonly terminalGrowth: number;
  readonly taxRate: number;
  readonly discountRate: number;
  /** How the discount rate came about; null where it was given. */
  readonly costOfCapital: CostOfCapital | null;
  /** For the reader, one sentence each. */
  readonly reasons: readonly string[];
}

export interface AssumptionSettings {
  /** Default 5, at most 15: further out nobody knows. */
  readonly years?: number;
  /** Of the first year. Default: revenue growth of the last year, within -5 % and 15 %. */
  readonly initialGrowth?: number;
  /** Default 0.025: about what economies grow by in nominal terms at the cautious end. */
  readonly terminalGrowth?: number;
  /** Default: what was paid last year, within 0 and 35 %; 21 % where there was no profit. */
  readonly taxRate?: number;
  /** Default: by the cost of capital. */
  readonly discountRate?: number;
  /** Default 0.0425, in the order of a ten-year government bond in US dollars. Set it for other currencies. */
  readonly riskFreeRate?: number;
  /** Default 0.05. */
  readonly equityRiskPremium?: number;
}

const GROWTH_LIMITS = [-0.05, 0.15] as const;
const TAX_LIMITS = [0, 0.35] as const;
/** Betas of single companies are measured badly: extremes are rather errors. */
const BETA_LIMITS = [0.5, 2] as const;
/** What lenders take above the riskless rate, where the statements do not tell. */
const CREDIT_SPREAD = 0.015;
const COST_OF_DEBT_LIMITS = [0.01, 0.2] as const;

export interface MarketView {
  readonly marketCap: number;
  readonly beta: number | null;
}

export function assume(year: TrailingYear, market: MarketView, settings: AssumptionSettings = {}): Assumptions {
  const { years = 5, terminalGrowth = 0.025, riskFreeRate = 0.0425, equityRiskPremium = 0.05 } = settings;
  if (!Number.isInteger(years) || years < 1 || years > 15)
    throw new InvalidInput(`${years} forecast years are not possible: give 1 to 15.`);
  const reasons: string[] = [];
  const initialGrowth = settings.initialGrowth ?? clamp(year.revenueGrowth ?? terminalGrowth, GROWTH_LIMITS);
  reasons.push(
    settings.initialGrowth === undefined && year.revenueGrowth === null
      ? `Free cash flow grows by ${percent(initialGrowth)} a year: there is no earlier year to compare with.`
      : `Free cash flow grows by ${percent(initialGrowth)} in the first year (${
          settings.initialGrowth === undefined ? `revenue grew by ${percent(year.revenueGrowth ?? 0)} last year` : 'given'
        }), falling evenly to ${percent(terminalGrowth)}.`,
  );
  const taxRate = settings.taxRate ?? clamp(year.taxRate ?? 0.21, TAX_LIMITS);
  reasons.push(
    `Tax is ${percent(taxRate)} (${settings.taxRate === undefined ? (year.taxRate === null ? 'assumed: there was no profit' : 'as in the last year') : 'given'}).`,
  );
  reasons.push(`After year ${years} it grows by ${percent(terminalGrowth)} for ever.`);
  const growth = Array.from(
    { length: years },
    (_, index) => initialGrowth + ((terminalGrowth - initialGrowth) * index) / Math.max(1, years - 1),
  );
  if (settings.discountRate !== undefined) {
    reasons.push(`Cash flows are discounted at ${percent(settings.discountRate)} (given).`);
    return { growth, terminalGrowth, taxRate, discountRate: settings.discountRate, costOfCapital: null, reasons };
  }
  const beta = clamp(market.beta ?? 1, BETA_LIMITS);
  const paid = year.debt > 0 && year.interestExpense > 0 ? year.interestExpense / year.debt : riskFreeRate + CREDIT_SPREAD;
  const cost = costOfCapital({
    riskFreeRate,
    beta,
    equityRiskPremium,
    costOfDebt: clamp(paid, COST_OF_DEBT_LIMITS),
    taxRate,
    equity: market.marketCap,
    debt: year.debt,
  });
  reasons.push(
    `Cash flows are discounted at ${percent(cost.rate)}, the cost of capital: equity ${percent(cost.costOfEquity)} (${percent(riskFreeRate)} riskless + beta ${beta.toFixed(2)} × ${percent(equityRiskPremium)}), debt ${percent(cost.costOfDebt)} before tax with a weight of ${percent(cost.debtShare)}.`,
  );
  if (year.currency !== 'USD' && settings.riskFreeRate === undefined) {
    reasons.push(
      `The riskless rate is that of US dollars, and ${year.symbol} reports in ${year.currency}: where money loses more of its worth, the true discount rate is higher and the value lower.`,
    );
  }
  return { growth, terminalGrowth, taxRate, discountRate: cost.rate, costOfCapital: cost, reasons };
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}\u00A0%`;
}
