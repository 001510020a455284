/** What Alpha Vantage answers, as records. Nearly every number is a string. */
import * as z from 'zod';
import { decodeFigures, latestUnbroken, perhapsText, perhapsWritten, writtenNumber } from '../decode.ts';
import { incomplete, unknownSymbol } from '../failures.ts';
import type { Coin, Company, Headline, Quarter, Quote, Source } from '../records.ts';
import * as records from '../records.ts';

export const ALPHA_VANTAGE = 'Alpha Vantage';
const SOURCE: Source = { name: ALPHA_VANTAGE, sample: false };

const notice = z.object({ Note: z.string(), Information: z.string(), 'Error Message': z.string() }).partial();

/** Message that it sends instead of an answer. */
export function noticeOf(answer: unknown): string | undefined {
  const message = notice.safeParse(answer).data;
  return message?.['Error Message'] ?? message?.Note ?? message?.Information;
}

const perhapsPositive = perhapsWritten.transform((value) => (value !== null && value > 0 ? value : null));

const overview = z.object({
  Symbol: z.string(),
  Name: z.string(),
  Currency: z.string(),
  Exchange: perhapsText,
  Sector: perhapsText,
  Industry: perhapsText,
  Country: perhapsText,
  Description: perhapsText,
  Beta: perhapsWritten,
  MarketCapitalization: perhapsPositive,
  SharesOutstanding: perhapsPositive,
});

/** A symbol that is not known is an empty object. */
function decodeOverview(answer: unknown, symbol: string): z.infer<typeof overview> {
  if (isEmpty(answer)) throw unknownSymbol(ALPHA_VANTAGE, symbol);
  return decodeFigures(overview, answer, ALPHA_VANTAGE, symbol);
}

export function decodeCompany(answer: unknown, symbol: string): Company {
  const of = decodeOverview(answer, symbol);
  const company = {
    symbol: of.Symbol,
    name: of.Name,
    exchange: of.Exchange,
    sector: of.Sector,
    industry: of.Industry,
    country: of.Country,
    currency: of.Currency,
    description: of.Description ?? '',
    beta: of.Beta,
    source: SOURCE,
  };
  return decodeFigures(records.company, company, ALPHA_VANTAGE, symbol);
}

const globalQuote = z.object({
  'Global Quote': z.object({
    '05. price': writtenNumber,
    '07. latest trading day': z.iso.date(),
    '08. previous close': perhapsPositive,
  }),
});
const emptyQuote = z.object({ 'Global Quote': z.strictObject({}) });

export function decodeQuote(answer: unknown, overviewAnswer: unknown, symbol: string): Quote {
  const { Currency, MarketCapitalization, SharesOutstanding } = decodeOverview(overviewAnswer, symbol);
  if (emptyQuote.safeParse(answer).success) throw unknownSymbol(ALPHA_VANTAGE, symbol);
  const { 'Global Quote': of } = decodeFigures(globalQuote, answer, ALPHA_VANTAGE, symbol);
  const quote = {
    symbol,
    currency: Currency,
    price: of['05. price'],
    previousClose: of['08. previous close'],
    marketCap: MarketCapitalization,
    sharesOutstanding: SharesOutstanding,
    day: of['07. latest trading day'],
    source: SOURCE,
  };
  return decodeFigures(records.quote, quote, ALPHA_VANTAGE, symbol);
}

const end = z.object({ fiscalDateEnding: z.iso.date() });
const income = end.extend({
  reportedCurrency: z.string(),
  totalRevenue: writtenNumber,
  costOfRevenue: writtenNumber,
  grossProfit: writtenNumber,
  operatingIncome: writtenNumber,
  /** "None" where there is no debt. */
  interestExpense: perhapsWritten,
  incomeBeforeTax: writtenNumber,
  incomeTaxExpense: writtenNumber,
  netIncome: writtenNumber,
});
const balance = end.extend({
  cashAndShortTermInvestments: writtenNumber,
  totalAssets: writtenNumber,
  totalLiabilities: writtenNumber,
  totalShareholderEquity: writtenNumber,
  shortLongTermDebtTotal: perhapsWritten,
  commonStockSharesOutstanding: perhapsPositive,
});
const cashFlow = end.extend({
  depreciationDepletionAndAmortization: writtenNumber,
  operatingCashflow: writtenNumber,
  capitalExpenditures: writtenNumber,
  cashflowFromInvestment: writtenNumber,
  cashflowFromFinancing: writtenNumber,
  changeInCashAndCashEquivalents: perhapsWritten,
});
const reports = z.object({ quarterlyReports: z.array(z.unknown()) });

interface Statements {
  readonly income: unknown;
  readonly balance: unknown;
  readonly cashFlow: unknown;
}

/**
 * The source sends 20 years. Older reports than this are ignored, because they lack fields of newer
 * ones.
 */
const READ_AT_MOST = 8;

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
        revenue: of.totalRevenue,
        costOfRevenue: of.costOfRevenue,
        grossProfit: of.grossProfit,
        operatingIncome: of.operatingIncome,
        interestExpense: of.interestExpense ?? 0,
        pretaxIncome: of.incomeBeforeTax,
        incomeTax: of.incomeTaxExpense,
        netIncome: of.netIncome,
        shares: held.commonStockSharesOutstanding,
      },
      balance: {
        cash: held.cashAndShortTermInvestments,
        totalAssets: held.totalAssets,
        totalLiabilities: held.totalLiabilities,
        totalEquity: held.totalAssets - held.totalLiabilities,
        totalDebt: held.shortLongTermDebtTotal ?? 0,
        minorityInterest: held.totalAssets - held.totalLiabilities - held.totalShareholderEquity,
      },
      cashFlow: {
        depreciationAndAmortization: flowed.depreciationDepletionAndAmortization,
        operating: flowed.operatingCashflow,
        // The sign differs between companies. It is always money that was spent.
        capitalExpenditure: Math.abs(flowed.capitalExpenditures),
        investing: flowed.cashflowFromInvestment,
        financing: flowed.cashflowFromFinancing,
        netChange: flowed.changeInCashAndCashEquivalents,
      },
      source: SOURCE,
    };
    return [decodeFigures(records.quarter, quarter, ALPHA_VANTAGE, symbol)];
  });
  if (quarters.length === 0) throw incomplete(ALPHA_VANTAGE, symbol, 'quarter with all three statements');
  return latestUnbroken(quarters);
}

function byDate<T extends { fiscalDateEnding: string }>(answer: unknown, schema: z.ZodType<T>, symbol: string): ReadonlyMap<string, T> {
  if (isEmpty(answer)) throw unknownSymbol(ALPHA_VANTAGE, symbol);
  const { quarterlyReports } = decodeFigures(reports, answer, ALPHA_VANTAGE, symbol);
  const newest = quarterlyReports.map((row) => ({ row, date: end.safeParse(row).data?.fiscalDateEnding ?? '' }));
  newest.sort((a, b) => b.date.localeCompare(a.date));
  return new Map(newest.slice(0, READ_AT_MOST).map(({ row, date }) => [date, decodeFigures(schema, row, ALPHA_VANTAGE, symbol)]));
}

const stories = z.object({ feed: z.array(z.unknown()) });
const story = z
  .object({ title: z.string(), source: perhapsText, time_published: z.string().regex(/^\d{8}T/), url: perhapsText })
  .transform(({ time_published: at, source, ...row }) => ({
    ...row,
    publisher: source,
    day: `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 8)}`,
    source: SOURCE,
  }))
  .pipe(records.headline);

/** An unreadable story is skipped. The others are valid without it. */
export function decodeHeadlines(answer: unknown, symbol: string): readonly Headline[] {
  return decodeFigures(stories, answer, ALPHA_VANTAGE, symbol).feed.flatMap((row) => story.safeParse(row).data ?? []);
}

const exchangeRate = z.object({
  'Realtime Currency Exchange Rate': z.object({
    '2. From_Currency Name': z.string(),
    '5. Exchange Rate': writtenNumber,
    '6. Last Refreshed': z.string(),
  }),
});

export function decodeCoin(answer: unknown, symbol: string): Coin {
  if (isEmpty(answer)) throw unknownSymbol(ALPHA_VANTAGE, symbol);
  const { 'Realtime Currency Exchange Rate': rate } = decodeFigures(exchangeRate, answer, ALPHA_VANTAGE, symbol);
  const coin = {
    symbol,
    name: rate['2. From_Currency Name'],
    currency: 'USD',
    price: rate['5. Exchange Rate'],
    change: null,
    marketCap: null,
    circulatingSupply: null,
    maximumSupply: null,
    day: rate['6. Last Refreshed'].slice(0, 10),
    source: SOURCE,
  };
  return decodeFigures(records.coin, coin, ALPHA_VANTAGE, symbol);
}

function isEmpty(answer: unknown): boolean {
  return z.strictObject({}).safeParse(answer).success;
}
