/**
 * `fetch_market_overview` summarises sectors from the source's shares and coins. It does not cover
 * the economy, because no source here does.
 */

import * as z from 'zod';
import { defineTool, type Tool, Unavailable } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import type { Source } from '../market-data/records.ts';
import { fraction, fractionOrNull, millionsOrNull, multiple, perShare } from './figures.ts';
import { attempt, type LoadedCompany, loadCompany, multiplesOfCompany } from './load.ts';
import { PATIENCE_MS, type StockToolParts, sourceOf, sourceShape } from './source.ts';

const rate = z.number().nullable();

export const marketOverviewData = z.object({
  unit: z.string(),
  /** How the companies were chosen. */
  basis: z.string(),
  companies: z.array(
    z.object({
      symbol: z.string(),
      name: z.string(),
      sector: z.string(),
      currency: z.string(),
      price: z.number(),
      change: rate,
      revenueGrowth: rate,
      operatingMargin: rate,
      priceToEarnings: rate,
    }),
  ),
  /** Medians of those companies that have the figure. */
  sectors: z.array(
    z.object({
      sector: z.string(),
      companies: z.number(),
      change: rate,
      revenueGrowth: rate,
      operatingMargin: rate,
      priceToEarnings: rate,
    }),
  ),
  coins: z.array(z.object({ symbol: z.string(), name: z.string(), price: z.number(), change: rate, marketCap: rate })),
  notAvailable: z.array(z.string()),
  missing: z.array(z.object({ symbol: z.string(), why: z.string() })),
  ...sourceShape,
});
export type MarketOverviewData = z.infer<typeof marketOverviewData>;

type Row = MarketOverviewData['companies'][number];

/**
 * Used if the source has no list. Large companies of different sectors, few of them, because each
 * takes requests of a plan.
 */
const BASKET = { equities: ['AAPL', 'GOOGL', 'JPM', 'KO', 'XOM'], coins: ['BTC', 'ETH'] } as const;

const NOT_AVAILABLE = ['interest rates', 'inflation', 'economic growth', 'employment', 'stock indices', 'exchange rates', 'commodities'];

export function marketOverviewTool({ data }: StockToolParts): Tool {
  return defineTool({
    name: 'fetch_market_overview',
    description:
      'Price, growth, margin and multiples of the companies of the data source by sector, and its coins. It has no rates, inflation or indices, and lists what it does not have: say so, and do not fill it in.',
    input: z.object({}),
    timeoutMs: PATIENCE_MS,
    run: async (_input, { signal }): Promise<MarketOverviewData> => {
      const { listing } = data.capabilities;
      const { equities, coins } = listing ?? BASKET;
      const companies: Row[] = [];
      const found: MarketOverviewData['coins'] = [];
      const sources: Source[] = [];
      const missing: { symbol: string; why: string }[] = [];
      const gather = async (symbol: string, work: () => Promise<Source>): Promise<void> => {
        const result = await attempt(work);
        if ('refused' in result) missing.push({ symbol, why: result.refused });
        else sources.push(result.value);
      };
      for (const symbol of equities) {
        await gather(symbol, async () => {
          const loaded = await companyOf(data, symbol, listing !== null, signal);
          companies.push(await rowOf(loaded));
          return loaded.company.source;
        });
      }
      for (const symbol of coins) {
        await gather(symbol, async () => {
          const { name, price, change, marketCap, source } = await data.coin(symbol, signal);
          found.push({ symbol, name, price: perShare(price), change: fractionOrNull(change), marketCap: millionsOrNull(marketCap) });
          return source;
        });
      }
      if (sources.length === 0) throw new Unavailable(missing.map(({ why }) => why).join(' '));
      return {
        unit: 'changes, growth and margins are fractions; capitalisation in millions of USD',
        basis:
          listing === null
            ? `a basket of ${equities.length} large companies and ${coins.length} coins: not the market`
            : `all ${equities.length} companies and ${coins.length} coins of the source: not the market`,
        companies,
        sectors: sectorsOf(companies),
        coins: found,
        notAvailable: NOT_AVAILABLE,
        missing,
        ...sourceOf(sources),
      };
    },
  });
}

/** Statements take three more requests, so they are fetched only if they are free. */
async function companyOf(data: MarketData, symbol: string, statements: boolean, signal: AbortSignal): Promise<LoadedCompany> {
  if (statements) return loadCompany(data, symbol, signal);
  const company = await data.company(symbol, signal);
  return { company, quote: await data.quote(symbol, signal), quarters: [], year: null, missing: [] };
}

async function rowOf(loaded: LoadedCompany): Promise<Row> {
  const { company, quote, year } = loaded;
  const multiples = await multiplesOfCompany(loaded);
  return {
    symbol: company.symbol,
    name: company.name,
    sector: company.sector ?? 'Unknown sector',
    currency: quote.currency,
    price: perShare(quote.price),
    change: quote.previousClose === null ? null : fraction(quote.price / quote.previousClose - 1),
    revenueGrowth: fractionOrNull(year?.revenueGrowth ?? null),
    operatingMargin: year === null || year.revenue <= 0 ? null : fraction(year.operatingIncome / year.revenue),
    priceToEarnings: multiple(multiples?.priceToEarnings ?? null),
  };
}

function sectorsOf(companies: readonly Row[]): MarketOverviewData['sectors'] {
  return [...Map.groupBy(companies, ({ sector }) => sector)].map(([sector, rows]) => ({
    sector,
    companies: rows.length,
    change: median(rows.map(({ change }) => change)),
    revenueGrowth: median(rows.map(({ revenueGrowth }) => revenueGrowth)),
    operatingMargin: median(rows.map(({ operatingMargin }) => operatingMargin)),
    priceToEarnings: multiple(median(rows.map(({ priceToEarnings }) => priceToEarnings))),
  }));
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : fraction((upper + lower) / 2);
}
