/** A year of round figures. */
import type { TrailingYear } from '#assistants/stock-analyst/valuation/trailing-year.ts';

export const year: TrailingYear = {
  symbol: 'TEST',
  currency: 'USD',
  end: '2026-09-30',
  revenue: 1000,
  operatingIncome: 200,
  ebitda: 250,
  interestExpense: 20,
  netIncome: 140,
  taxRate: 0.25,
  operatingCashFlow: 190,
  capitalExpenditure: 80,
  freeCashFlow: 110,
  cash: 50,
  debt: 300,
  minorityInterest: 10,
  shares: 100,
  revenueGrowth: 0.08,
};
