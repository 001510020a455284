/**
 * Bundled sample data. It is always available, always the same, and invented. Every record is
 * marked.
 */
import { unknownSymbol } from '../failures.ts';
import type { MarketData } from '../port.ts';
import type { Headline, Source } from '../records.ts';
import { parseSymbol } from '../symbol.ts';
import { COINS, COMPANIES, type CompanySeed } from './companies.ts';
import { sampleQuarters } from './statements.ts';

const NAME = 'Sample data';
const SOURCE: Source = { name: `${NAME} (invented values)`, sample: true };
const DAY = '2026-10-30';

export function sampleMarketData(): MarketData {
  return {
    name: NAME,
    capabilities: {
      peers: true,
      coinSupply: true,
      listing: { equities: COMPANIES.map(({ symbol }) => symbol), coins: COINS.map(({ symbol }) => symbol) },
    },
    async company(text, signal) {
      const { symbol, name, exchange, sector, industry, country, currency, beta } = seedOf(text, signal);
      const description = `Sample record of ${name}. Every figure is invented and has nothing to do with the real company.`;
      return { symbol, name, exchange, sector, industry, country, currency, description, beta, source: SOURCE };
    },
    async quote(text, signal) {
      const { symbol, currency, price, shares } = seedOf(text, signal);
      const sharesOutstanding = shares * 1_000_000;
      return {
        symbol,
        currency,
        price,
        previousClose: price,
        marketCap: price * sharesOutstanding,
        sharesOutstanding,
        day: DAY,
        source: SOURCE,
      };
    },
    quarters: async (text, signal) => sampleQuarters(seedOf(text, signal), SOURCE),
    peers: async (text, signal) => seedOf(text, signal).peers,
    async headlines(text, kind, signal) {
      return headlinesOf(kind === 'crypto' ? coinSeedOf(text, signal).headlines : seedOf(text, signal).headlines);
    },
    async coin(text, signal) {
      const { headlines: _, ...seed } = coinSeedOf(text, signal);
      return { ...seed, currency: 'USD', marketCap: seed.price * seed.circulatingSupply, day: DAY, source: SOURCE };
    },
  };
}

function seedOf(text: string, signal?: AbortSignal): CompanySeed {
  return find(COMPANIES, text, signal);
}

function coinSeedOf(text: string, signal?: AbortSignal) {
  return find(COINS, text, signal);
}

function find<T extends { readonly symbol: string }>(seeds: readonly T[], text: string, signal: AbortSignal | undefined): T {
  signal?.throwIfAborted();
  const symbol = parseSymbol(text);
  const seed = seeds.find((candidate) => candidate.symbol === symbol);
  if (seed === undefined) throw unknownSymbol(`${NAME} (which has ${seeds.map((known) => known.symbol).join(', ')})`, symbol);
  return seed;
}

/** A day apart, the newest first. */
function headlinesOf(titles: readonly string[]): readonly Headline[] {
  return titles.map((title, index) => ({
    title,
    publisher: 'Sample',
    day: new Date(Date.parse(DAY) - index * 86_400_000).toISOString().slice(0, 10),
    url: null,
    source: SOURCE,
  }));
}
