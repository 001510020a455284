/** `fetch_company_data` gives the data of a share or a coin, cut to what an analysis needs. */

import * as z from 'zod';
import { clip, defineTool, type Tool } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import type { Quarter } from '../market-data/records.ts';
import { subjectIn } from '../market-data/subject.ts';
import type { ReportWords } from '../report/phrases.ts';
import { symbolText } from '../request.ts';
import { coinFacts } from '../valuation/coin-facts.ts';
import type { TrailingYear } from '../valuation/trailing-year.ts';
import { fraction, fractionOrNull, millions, millionsOrNull, perShare } from './figures.ts';
import { wordsFor } from './language.ts';
import { loadCompany } from './load.ts';
import { PATIENCE_MS, type StockToolParts, sourceOf, sourceShape } from './source.ts';

const series = z.array(z.number());
const rate = z.number().nullable();

export const equityData = z.object({
  kind: z.literal('equity'),
  symbol: z.string(),
  name: z.string(),
  exchange: z.string().nullable(),
  sector: z.string().nullable(),
  industry: z.string().nullable(),
  country: z.string().nullable(),
  about: z.string(),
  currency: z.string(),
  price: z.number(),
  priceDay: z.string(),
  /** Against the close before. */
  change: rate,
  marketCap: z.number().nullable(),
  beta: z.number().nullable(),
  unit: z.string(),
  lastYear: z
    .object({
      end: z.string(),
      revenue: z.number(),
      revenueGrowth: rate,
      grossMargin: rate,
      operatingMargin: rate,
      netMargin: rate,
      netIncome: z.number(),
      freeCashFlow: z.number(),
      cash: z.number(),
      debt: z.number(),
    })
    .nullable(),
  /** Columns of the same length, oldest first. */
  quarters: z.object({
    end: z.array(z.string()),
    revenue: series,
    operatingIncome: series,
    netIncome: series,
    freeCashFlow: series,
    cash: series,
    debt: series,
  }),
  missing: z.array(z.string()),
  ...sourceShape,
});
export type EquityData = z.infer<typeof equityData>;

export const coinData = z.object({
  kind: z.literal('crypto'),
  symbol: z.string(),
  name: z.string(),
  currency: z.string(),
  price: z.number(),
  priceDay: z.string(),
  /** Over 24 hours. */
  change: rate,
  unit: z.string(),
  marketCap: z.number().nullable(),
  circulatingSupply: z.number().nullable(),
  /** Null if no limit is known. */
  maximumSupply: z.number().nullable(),
  issuedShare: rate,
  fullyDilutedValue: z.number().nullable(),
  /** Why there is no fair value. */
  fairValue: z.string(),
  ...sourceShape,
});
export type CoinData = z.infer<typeof coinData>;

export function companyDataTool({ data }: StockToolParts): Tool {
  return defineTool({
    name: 'fetch_company_data',
    description:
      'Profile, price, the last year and up to eight quarters of a listed company; price and supply of a crypto asset. Call it first: every other figure rests on it. Rates and changes are fractions: 0.12 is 12 %.',
    input: z.object({ symbol: symbolText.describe('Ticker of a share (AAPL, BRK.B) or code of a coin (BTC)') }),
    timeoutMs: PATIENCE_MS,
    run: async ({ symbol }, { signal, session }) => {
      const subject = subjectIn(data, symbol);
      const words = wordsFor(session);
      return subject.kind === 'crypto'
        ? coinRecord(data, subject.symbol, words, signal)
        : companyRecord(data, subject.symbol, words, signal);
    },
  });
}

async function companyRecord(data: MarketData, symbol: string, { refusal }: ReportWords, signal: AbortSignal): Promise<EquityData> {
  const { company, quote, quarters, year, missing } = await loadCompany(data, symbol, signal);
  const { name, exchange, sector, industry, country, beta, description } = company;
  const column = (of: (quarter: Quarter) => number) => quarters.map((quarter) => millions(of(quarter)));
  const statements = quarters.at(-1)?.currency ?? company.currency;
  return {
    kind: 'equity',
    symbol,
    name,
    exchange,
    sector,
    industry,
    country,
    about: clip(description, 400),
    currency: quote.currency,
    price: perShare(quote.price),
    priceDay: quote.day,
    change: quote.previousClose === null ? null : fraction(quote.price / quote.previousClose - 1),
    marketCap: millionsOrNull(quote.marketCap),
    beta: company.beta === null ? null : Number(beta?.toFixed(2)),
    unit: `money in millions of ${statements}, price and its market capitalisation in ${quote.currency}`,
    lastYear: year === null ? null : lastYearOf(year, quarters),
    quarters: {
      end: quarters.map(({ end }) => end),
      revenue: column(({ income }) => income.revenue),
      operatingIncome: column(({ income }) => income.operatingIncome),
      netIncome: column(({ income }) => income.netIncome),
      freeCashFlow: column(({ cashFlow }) => cashFlow.operating - cashFlow.capitalExpenditure),
      cash: column(({ balance }) => balance.cash),
      debt: column(({ balance }) => balance.totalDebt),
    },
    missing: missing.map(refusal),
    ...sourceOf([company.source, quote.source, ...quarters.map(({ source }) => source)]),
  };
}

function lastYearOf(year: TrailingYear, quarters: readonly Quarter[]): NonNullable<EquityData['lastYear']> {
  const gross = quarters.slice(-4).reduce((sum, { income }) => sum + income.grossProfit, 0);
  const margin = (value: number) => (year.revenue > 0 ? fraction(value / year.revenue) : null);
  return {
    end: year.end,
    revenue: millions(year.revenue),
    revenueGrowth: fractionOrNull(year.revenueGrowth),
    grossMargin: margin(gross),
    operatingMargin: margin(year.operatingIncome),
    netMargin: margin(year.netIncome),
    netIncome: millions(year.netIncome),
    freeCashFlow: millions(year.freeCashFlow),
    cash: millions(year.cash),
    debt: millions(year.debt),
  };
}

async function coinRecord(data: MarketData, symbol: string, { noFairValue }: ReportWords, signal: AbortSignal): Promise<CoinData> {
  const coin = await data.coin(symbol, signal);
  const facts = coinFacts(coin);
  return {
    kind: 'crypto',
    symbol,
    name: coin.name,
    currency: coin.currency,
    price: perShare(coin.price),
    priceDay: coin.day,
    change: fractionOrNull(coin.change),
    unit: `capitalisation and supplies in millions, the former of ${coin.currency}`,
    marketCap: millionsOrNull(coin.marketCap),
    circulatingSupply: millionsOrNull(coin.circulatingSupply),
    maximumSupply: millionsOrNull(coin.maximumSupply),
    issuedShare: fractionOrNull(facts.issuedShare),
    fullyDilutedValue: millionsOrNull(facts.fullyDilutedValue),
    fairValue: noFairValue(coin.name),
    ...sourceOf([coin.source]),
  };
}
