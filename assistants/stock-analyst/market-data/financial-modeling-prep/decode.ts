/** What Financial Modeling Prep answers, as records. */
import * as z from 'zod';
import { decodeFigures, latestUnbroken, perhapsNumber, perhapsText } from '../decode.ts';
import { incomplete } from '../failures.ts';
import type { Coin, Company, Headline, Quarter, Quote, Source } from '../records.ts';
import * as records from '../records.ts';

export const FINANCIAL_MODELING_PREP = 'Financial Modeling Prep';
const SOURCE: Source = { name: FINANCIAL_MODELING_PREP, sample: false };

const failure = z.object({ 'Error Message': z.string() });

export function errorMessage(answer: unknown): string | undefined {
  return failure.safeParse(answer).data?.['Error Message'];
}

export function listOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : [answer];
}

const profile = z
  .object({
    symbol: z.string(),
    companyName: z.string(),
    currency: z.string(),
    exchange: perhapsText,
    sector: perhapsText,
    industry: perhapsText,
    country: perhapsText,
    description: perhapsText,
    beta: perhapsNumber,
  })
  .transform(({ companyName, description, ...row }) => ({ ...row, name: companyName, description: description ?? '', source: SOURCE }))
  .pipe(records.company);

export function decodeCompany(row: unknown, symbol: string): Company {
  return decodeFigures(profile, row, FINANCIAL_MODELING_PREP, symbol);
}

/** In seconds. */
const timestamp = z.number().transform((seconds) => new Date(seconds * 1_000).toISOString().slice(0, 10));
/** FMP writes 0 for what it does not have. */
const perhapsPositive = perhapsNumber.transform((value) => (value !== null && value > 0 ? value : null));

const price = z.object({
  name: z.string(),
  price: z.number(),
  previousClose: perhapsPositive,
  marketCap: perhapsPositive,
  changePercentage: perhapsNumber,
  timestamp,
});

export function decodeQuote(row: unknown, { symbol, currency }: Company): Quote {
  const { price: of, previousClose, marketCap, timestamp: day } = decodeFigures(price, row, FINANCIAL_MODELING_PREP, symbol);
  const quote = { symbol, currency, price: of, previousClose, marketCap, sharesOutstanding: null, day, source: SOURCE };
  return decodeFigures(records.quote, quote, FINANCIAL_MODELING_PREP, symbol);
}

const end = z.object({ date: z.iso.date() });
const income = end.extend({
  reportedCurrency: z.string(),
  revenue: z.number(),
  costOfRevenue: z.number(),
  grossProfit: z.number(),
  operatingIncome: z.number(),
  interestExpense: z.number(),
  incomeBeforeTax: z.number(),
  incomeTaxExpense: z.number(),
  netIncome: z.number(),
  weightedAverageShsOutDil: perhapsPositive,
});
const balance = end.extend({
  cashAndShortTermInvestments: z.number(),
  totalAssets: z.number(),
  totalLiabilities: z.number(),
  totalEquity: z.number(),
  totalDebt: z.number(),
  minorityInterest: perhapsNumber,
});
const cashFlow = end.extend({
  depreciationAndAmortization: z.number(),
  netCashProvidedByOperatingActivities: z.number(),
  capitalExpenditure: z.number(),
  netCashProvidedByInvestingActivities: z.number(),
  netCashProvidedByFinancingActivities: z.number(),
  netChangeInCash: perhapsNumber,
});

interface Statements {
  readonly income: readonly unknown[];
  readonly balance: readonly unknown[];
  readonly cashFlow: readonly unknown[];
}

/** Quarters for which all three statements are there. */
export function decodeQuarters(answers: Statements, symbol: string): readonly Quarter[] {
  const balances = byDate(answers.balance, balance, symbol);
  const flows = byDate(answers.cashFlow, cashFlow, symbol);
  const quarters = [...byDate(answers.income, income, symbol)].flatMap(([date, of]): Quarter[] => {
    const held = balances.get(date);
    const flowed = flows.get(date);
    if (held === undefined || flowed === undefined) return [];
    const quarter = {
      symbol,
      end: date,
      currency: of.reportedCurrency,
      income: {
        revenue: of.revenue,
        costOfRevenue: of.costOfRevenue,
        grossProfit: of.grossProfit,
        operatingIncome: of.operatingIncome,
        interestExpense: of.interestExpense,
        pretaxIncome: of.incomeBeforeTax,
        incomeTax: of.incomeTaxExpense,
        netIncome: of.netIncome,
        shares: of.weightedAverageShsOutDil,
      },
      balance: {
        cash: held.cashAndShortTermInvestments,
        totalAssets: held.totalAssets,
        totalLiabilities: held.totalLiabilities,
        totalEquity: held.totalEquity,
        totalDebt: held.totalDebt,
        minorityInterest: held.minorityInterest ?? 0,
      },
      cashFlow: {
        depreciationAndAmortization: flowed.depreciationAndAmortization,
        operating: flowed.netCashProvidedByOperatingActivities,
        // Written as cash flow. Spending is negative.
        capitalExpenditure: -flowed.capitalExpenditure,
        investing: flowed.netCashProvidedByInvestingActivities,
        financing: flowed.netCashProvidedByFinancingActivities,
        netChange: flowed.netChangeInCash,
      },
      source: SOURCE,
    };
    return [decodeFigures(records.quarter, quarter, FINANCIAL_MODELING_PREP, symbol)];
  });
  if (quarters.length === 0) throw incomplete(FINANCIAL_MODELING_PREP, symbol, 'quarter with all three statements');
  return latestUnbroken(quarters);
}

function byDate<T extends { date: string }>(rows: readonly unknown[], schema: z.ZodType<T>, symbol: string): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => decodeFigures(schema, row, FINANCIAL_MODELING_PREP, symbol)).map((row) => [row.date, row]));
}

const peer = z.object({ symbol: z.string() });

export function decodePeers(rows: readonly unknown[], symbol: string): readonly string[] {
  return rows.map((row) => decodeFigures(peer, row, FINANCIAL_MODELING_PREP, symbol).symbol).filter((other) => other !== symbol);
}

const story = z
  .object({ title: z.string(), publisher: perhapsText, publishedDate: z.string(), url: perhapsText })
  .transform(({ publishedDate, ...row }) => ({ ...row, day: publishedDate.slice(0, 10), source: SOURCE }))
  .pipe(records.headline);

/** An unreadable story is skipped. The others are valid without it. */
export function decodeHeadlines(rows: readonly unknown[]): readonly Headline[] {
  return rows.flatMap((row) => story.safeParse(row).data ?? []);
}

const supply = z.object({ symbol: z.string(), circulatingSupply: perhapsPositive, totalSupply: perhapsPositive });

export function decodeCoin(quote: unknown, list: readonly unknown[], symbol: string): Coin {
  const { name, price: of, changePercentage, marketCap, timestamp: day } = decodeFigures(price, quote, FINANCIAL_MODELING_PREP, symbol);
  const found = list.map((row) => supply.safeParse(row).data).find((row) => row?.symbol === `${symbol}USD`);
  const coin = {
    symbol,
    name: name.replace(/ USD$/, ''),
    currency: 'USD',
    price: of,
    change: changePercentage === null ? null : changePercentage / 100,
    marketCap,
    circulatingSupply: found?.circulatingSupply ?? null,
    maximumSupply: found?.totalSupply ?? null,
    day,
    source: SOURCE,
  };
  return decodeFigures(records.coin, coin, FINANCIAL_MODELING_PREP, symbol);
}
