/**
 * Eight quarters from a company's seed. The three statements agree. Assets equal liabilities plus
 * equity, and the change in cash equals the flows. Amounts are in whole units of the currency,
 * rounded to millions first.
 */
import { QUARTERS } from '../port.ts';
import type { Quarter, Source } from '../records.ts';
import type { CompanySeed } from './companies.ts';

/** The sample's quarters never move, so its answers never change. */
const ENDS = ['2024-12-31', '2025-03-31', '2025-06-30', '2025-09-30', '2025-12-31', '2026-03-31', '2026-06-30', '2026-09-30'] as const;

const MILLION = 1_000_000;

export function sampleQuarters(seed: CompanySeed, source: Source): readonly Quarter[] {
  let cash = seed.cash;
  let otherAssets = seed.otherAssets;
  let before = revenueOf(seed, -1);
  return ENDS.slice(-QUARTERS).map((end, index) => {
    const revenue = revenueOf(seed, index);
    const costOfRevenue = Math.round(revenue * (1 - seed.grossMargin));
    const grossProfit = revenue - costOfRevenue;
    const operatingIncome = grossProfit - Math.round(revenue * seed.overhead);
    const interestExpense = Math.round((seed.debt * seed.interest) / 4);
    const pretaxIncome = operatingIncome - interestExpense;
    const incomeTax = Math.round(pretaxIncome * seed.taxRate);
    const netIncome = pretaxIncome - incomeTax;
    const depreciationAndAmortization = Math.round(revenue * seed.depreciation);
    const bound = Math.round((revenue - before) * seed.workingCapital);
    const operating = netIncome + depreciationAndAmortization - bound;
    const capitalExpenditure = Math.round(revenue * seed.capitalExpenditure);
    const payout = Math.round(netIncome * seed.payout);
    const netChange = operating - capitalExpenditure - payout;
    cash += netChange;
    otherAssets += capitalExpenditure - depreciationAndAmortization + bound;
    before = revenue;
    const totalLiabilities = seed.debt + seed.otherLiabilities;
    return {
      symbol: seed.symbol,
      end,
      currency: seed.currency,
      income: {
        ...inUnits({ revenue, costOfRevenue, grossProfit, operatingIncome, interestExpense, pretaxIncome, incomeTax, netIncome }),
        shares: seed.shares * MILLION,
      },
      balance: inUnits({
        cash,
        totalAssets: cash + otherAssets,
        totalLiabilities,
        totalEquity: cash + otherAssets - totalLiabilities,
        totalDebt: seed.debt,
        minorityInterest: 0,
      }),
      cashFlow: inUnits({
        depreciationAndAmortization,
        operating,
        capitalExpenditure,
        investing: -capitalExpenditure,
        financing: -payout,
        netChange,
      }),
      source,
    };
  });
}

function revenueOf({ revenue, growth, seasons }: CompanySeed, index: number): number {
  return Math.round(revenue * (1 + growth) ** index * (seasons[(index + 4) % 4] ?? 1));
}

/** Keeps the names of the fields. */
function inUnits<K extends string>(millions: Record<K, number>): Record<K, number> {
  const units = { ...millions };
  for (const key in units) units[key] *= MILLION;
  return units;
}
