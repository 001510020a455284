/**
 * Reasons for the assumptions of a valuation, as data and in English. The report has the other
 * languages.
 */

export type AssumptionReason =
  /**
   * `last` is the revenue growth of the last year, null if it is unknown. `given` means set by the
   * caller.
   */
  | { readonly of: 'growth'; readonly initial: number; readonly terminal: number; readonly given: boolean; readonly last: number | null }
  | { readonly of: 'tax'; readonly rate: number; readonly because: 'given' | 'noProfit' | 'lastYear' }
  | { readonly of: 'terminal'; readonly years: number; readonly growth: number }
  | { readonly of: 'givenRate'; readonly rate: number }
  | {
      readonly of: 'costOfCapital';
      readonly rate: number;
      readonly costOfEquity: number;
      readonly riskFreeRate: number;
      readonly beta: number;
      readonly equityRiskPremium: number;
      /** Before tax. */
      readonly costOfDebt: number;
      readonly debtShare: number;
    }
  /** The riskless rate is one of US dollars, the statements are not. */
  | { readonly of: 'otherCurrency'; readonly symbol: string; readonly currency: string };

/** One sentence. */
export function reasonText(reason: AssumptionReason): string {
  switch (reason.of) {
    case 'growth': {
      const { initial, terminal, given, last } = reason;
      if (!given && last === null) return `Free cash flow grows by ${percent(initial)} a year: there is no earlier year to compare with.`;
      const why = given ? 'given' : `revenue grew by ${percent(last ?? 0)} last year`;
      return `Free cash flow grows by ${percent(initial)} in the first year (${why}), falling evenly to ${percent(terminal)}.`;
    }
    case 'tax':
      return `Tax is ${percent(reason.rate)} (${TAX[reason.because]}).`;
    case 'terminal':
      return `After year ${reason.years} it grows by ${percent(reason.growth)} for ever.`;
    case 'givenRate':
      return `Cash flows are discounted at ${percent(reason.rate)} (given).`;
    case 'costOfCapital': {
      const { rate, costOfEquity, riskFreeRate, beta, equityRiskPremium, costOfDebt, debtShare } = reason;
      return `Cash flows are discounted at ${percent(rate)}, the cost of capital: equity ${percent(costOfEquity)} (${percent(riskFreeRate)} riskless + beta ${beta.toFixed(2)} × ${percent(equityRiskPremium)}), debt ${percent(costOfDebt)} before tax with a weight of ${percent(debtShare)}.`;
    }
    case 'otherCurrency':
      return `The riskless rate is that of US dollars, and ${reason.symbol} reports in ${reason.currency}: where money loses more of its worth, the true discount rate is higher and the value lower.`;
  }
}

const TAX = { given: 'given', noProfit: 'assumed: there was no profit', lastYear: 'as in the last year' } as const;

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}\u00A0%`;
}
