/** Last four quarters as one year, with debt and assets at its end. A valuation starts from it. */
import type { Quarter } from '../market-data/records.ts';
import { NoValue } from './no-value.ts';

export interface TrailingYear {
  readonly symbol: string;
  readonly currency: string;
  /** The day on which the year ended. */
  readonly end: string;
  readonly revenue: number;
  readonly operatingIncome: number;
  readonly ebitda: number;
  readonly interestExpense: number;
  readonly netIncome: number;
  /** Tax paid on income before tax. Null if that was not positive. */
  readonly taxRate: number | null;
  readonly operatingCashFlow: number;
  readonly capitalExpenditure: number;
  /** Cash left for the owners. Operating cash flow less capital expenditure. */
  readonly freeCashFlow: number;
  readonly cash: number;
  readonly debt: number;
  readonly minorityInterest: number;
  /** Of the latest quarter that has it. */
  readonly shares: number | null;
  /**
   * Revenue against the four quarters before, as a fraction. Null with fewer than eight quarters.
   */
  readonly revenueGrowth: number | null;
}

/**
 * Quarters oldest first, without gaps, as the port gives them. Fewer than four are refused, because
 * half a year doubled is a guess.
 */
export function trailingYear(quarters: readonly Quarter[]): TrailingYear {
  const last = quarters.at(-1);
  if (last === undefined || quarters.length < 4) {
    throw new NoValue(
      `A year of statements is needed, and there are ${quarters.length} quarters. Choose a company that has reported for at least a year.`,
      { because: 'tooFewQuarters', quarters: quarters.length },
    );
  }
  const currencies = new Set(quarters.map(({ currency }) => currency));
  if (currencies.size > 1) {
    throw new NoValue(`${last.symbol} changed its reporting currency (${[...currencies].join(', ')}): its quarters cannot be added up.`, {
      because: 'currencyChanged',
      symbol: last.symbol,
      currencies: [...currencies],
    });
  }
  const year = quarters.slice(-4);
  const sum = (of: (quarter: Quarter) => number, over: readonly Quarter[] = year) =>
    over.reduce((total, quarter) => total + of(quarter), 0);
  const operatingIncome = sum(({ income }) => income.operatingIncome);
  const pretaxIncome = sum(({ income }) => income.pretaxIncome);
  const operatingCashFlow = sum(({ cashFlow }) => cashFlow.operating);
  const capitalExpenditure = sum(({ cashFlow }) => cashFlow.capitalExpenditure);
  const revenue = sum(({ income }) => income.revenue);
  const before = quarters.length >= 8 ? sum(({ income }) => income.revenue, quarters.slice(-8, -4)) : 0;
  return {
    symbol: last.symbol,
    currency: last.currency,
    end: last.end,
    revenue,
    operatingIncome,
    ebitda: operatingIncome + sum(({ cashFlow }) => cashFlow.depreciationAndAmortization),
    interestExpense: sum(({ income }) => income.interestExpense),
    netIncome: sum(({ income }) => income.netIncome),
    taxRate: pretaxIncome > 0 ? sum(({ income }) => income.incomeTax) / pretaxIncome : null,
    operatingCashFlow,
    capitalExpenditure,
    freeCashFlow: operatingCashFlow - capitalExpenditure,
    cash: last.balance.cash,
    debt: last.balance.totalDebt,
    minorityInterest: last.balance.minorityInterest,
    shares: quarters.findLast(({ income }) => income.shares !== null)?.income.shares ?? null,
    revenueGrowth: before > 0 ? revenue / before - 1 : null,
  };
}

/**
 * Free cash flow to the firm, which is left for owners and lenders. Interest was paid out of
 * operating cash flow and lowered the tax, so it is added back after tax.
 */
export function freeCashFlowToFirm(year: Pick<TrailingYear, 'freeCashFlow' | 'interestExpense'>, taxRate: number): number {
  return year.freeCashFlow + year.interestExpense * (1 - taxRate);
}
