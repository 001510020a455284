/**
 * Assumptions of a valuation, each with its reason. Everything can be set. These are the defaults.
 */
import { InvalidInput } from '../../index.ts';
import { type CostOfCapital, costOfCapital } from './cost-of-capital.ts';
import type { AssumptionReason } from './reasons.ts';
import type { TrailingYear } from './trailing-year.ts';

export interface Assumptions {
  /** Of free cash flow, for each forecast year. Its length is the number of years. */
  readonly growth: readonly number[];
  readonly terminalGrowth: number;
  readonly taxRate: number;
  readonly discountRate: number;
  /** Derivation of the discount rate. Null if it was given. */
  readonly costOfCapital: CostOfCapital | null;
  /** For the reader. */
  readonly reasons: readonly AssumptionReason[];
}

export interface AssumptionSettings {
  /** Default 5, at most 15. Forecasts further out are guesses. */
  readonly years?: number;
  /**
   * Growth of the first year. Default is the revenue growth of the last year, within -5 % and 15 %.
   */
  readonly initialGrowth?: number;
  /** Default 0.025, about the nominal growth of economies at the cautious end. */
  readonly terminalGrowth?: number;
  /** Default is last year's rate, within 0 and 35 %, and 21 % if there was no profit. */
  readonly taxRate?: number;
  /** Default is the cost of capital. */
  readonly discountRate?: number;
  /**
   * Default 0.0425, in the order of a ten-year government bond in US dollars. Set it for other
   * currencies.
   */
  readonly riskFreeRate?: number;
  /** Default 0.05. */
  readonly equityRiskPremium?: number;
}

const GROWTH_LIMITS = [-0.05, 0.15] as const;
const TAX_LIMITS = [0, 0.35] as const;
/** Betas of single companies are imprecise. Extremes are probably errors. */
const BETA_LIMITS = [0.5, 2] as const;
/** Lenders' premium above the riskless rate, if the statements do not show it. */
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
  const reasons: AssumptionReason[] = [];
  const initialGrowth = settings.initialGrowth ?? clamp(year.revenueGrowth ?? terminalGrowth, GROWTH_LIMITS);
  reasons.push({
    of: 'growth',
    initial: initialGrowth,
    terminal: terminalGrowth,
    given: settings.initialGrowth !== undefined,
    last: year.revenueGrowth,
  });
  const taxRate = settings.taxRate ?? clamp(year.taxRate ?? 0.21, TAX_LIMITS);
  reasons.push({
    of: 'tax',
    rate: taxRate,
    because: settings.taxRate !== undefined ? 'given' : year.taxRate === null ? 'noProfit' : 'lastYear',
  });
  reasons.push({ of: 'terminal', years, growth: terminalGrowth });
  const growth = Array.from(
    { length: years },
    (_, index) => initialGrowth + ((terminalGrowth - initialGrowth) * index) / Math.max(1, years - 1),
  );
  if (settings.discountRate !== undefined) {
    reasons.push({ of: 'givenRate', rate: settings.discountRate });
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
  const { rate, costOfEquity, costOfDebt, debtShare } = cost;
  reasons.push({ of: 'costOfCapital', rate, costOfEquity, riskFreeRate, beta, equityRiskPremium, costOfDebt, debtShare });
  if (year.currency !== 'USD' && settings.riskFreeRate === undefined)
    reasons.push({ of: 'otherCurrency', symbol: year.symbol, currency: year.currency });
  return { growth, terminalGrowth, taxRate, discountRate: rate, costOfCapital: cost, reasons };
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}
