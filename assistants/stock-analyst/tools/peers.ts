/** `compare_peers` compares shares (and coins). */

import * as z from 'zod';
import { defineTool, InvalidInput, type Tool } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import type { Coin } from '../market-data/records.ts';
import { subjectIn } from '../market-data/subject.ts';
import type { ReportWords } from '../report/phrases.ts';
import { MAX_COMPARED, symbolText } from '../request.ts';
import { comparePeers, type Multiples } from '../valuation/peers.ts';
import { fraction, fractionOrNull, millionsOrNull, multiple, perShare } from './figures.ts';
import { wordsFor } from './language.ts';
import { attempt, type LoadedCompany, loadCompany, multiplesOfCompany, valuationOf } from './load.ts';
import { PATIENCE_MS, type StockToolParts, sourceOf, sourceShape } from './source.ts';

const rate = z.number().nullable();

export const peerData = z.object({
  unit: z.string(),
  /** In the requested order. The first is compared with the others. */
  companies: z.array(
    z.object({
      symbol: z.string(),
      name: z.string(),
      currency: z.string(),
      price: z.number(),
      marketCap: rate,
      revenueGrowth: rate,
      operatingMargin: rate,
      priceToEarnings: rate,
      enterpriseValueToEbitda: rate,
      enterpriseValueToSales: rate,
      priceToFreeCashFlow: rate,
      /** Value by discounted cash flow against price. */
      upside: rate,
    }),
  ),
  coins: z.array(z.object({ symbol: z.string(), name: z.string(), price: z.number(), change: rate, marketCap: rate, issuedShare: rate })),
  /** The first company against the median of the others. `premium` 0.2 means a fifth dearer. */
  standings: z.array(z.object({ multiple: z.string(), own: rate, median: rate, percentile: rate, premium: rate })),
  missing: z.array(z.object({ symbol: z.string(), why: z.string() })),
  ...sourceShape,
});
export type PeerData = z.infer<typeof peerData>;

export function peersTool({ data }: StockToolParts): Tool {
  return defineTool({
    name: 'compare_peers',
    description: `Price, growth, margin and multiples of up to ${MAX_COMPARED} shares or coins beside each other. With one symbol, its peers are found. The first is set against the median of the others.`,
    input: z.object({ symbols: z.array(symbolText).min(1).max(MAX_COMPARED) }),
    timeoutMs: PATIENCE_MS,
    run: async ({ symbols }, { signal, session }) => compared(data, await widened(data, symbols, signal), wordsFor(session), signal),
  });
}

/** One share alone is compared with what the source takes for its peers. */
async function widened(data: MarketData, symbols: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const wanted = [...new Set(symbols.map((symbol) => subjectIn(data, symbol).symbol))];
  const [only] = wanted;
  if (only === undefined || wanted.length > 1) return wanted;
  if (subjectIn(data, only).kind === 'crypto')
    throw new InvalidInput(`${data.name} knows no peers of the coin ${only}: name what to compare it with.`);
  // An unknown symbol is reported as unknown, and not as a company without peers.
  await data.company(only, signal);
  const peers = await data.peers(only, signal);
  if (peers.length === 0) throw new InvalidInput(`${data.name} knows no peers of ${only}: name what to compare it with.`, { symbol: only });
  return [only, ...peers.filter((symbol) => symbol !== only).slice(0, MAX_COMPARED - 1)];
}

/** The comparison. Missing parts are named. */
export async function compared(
  data: MarketData,
  symbols: readonly string[],
  { refusal }: ReportWords,
  signal: AbortSignal,
): Promise<PeerData> {
  const found: { readonly loaded: LoadedCompany; readonly multiples: Multiples; readonly upside: number | null }[] = [];
  const coins: Coin[] = [];
  const missing: { symbol: string; why: string }[] = [];
  for (const symbol of symbols) {
    const result = await attempt(async () => {
      const subject = subjectIn(data, symbol);
      if (subject.kind === 'crypto') return data.coin(subject.symbol, signal);
      return loadCompany(data, subject.symbol, signal);
    });
    if ('refused' in result) missing.push({ symbol, why: result.refused });
    else if ('company' in result.value) {
      const loaded = result.value;
      const valuation = await valuationOf(loaded);
      const multiples = await multiplesOfCompany(loaded);
      for (const one of loaded.missing) missing.push({ symbol, why: refusal(one) });
      found.push({
        loaded,
        multiples: multiples ?? {
          symbol,
          priceToEarnings: null,
          enterpriseValueToEbitda: null,
          enterpriseValueToSales: null,
          priceToFreeCashFlow: null,
        },
        upside: 'refused' in valuation ? null : valuation.upside,
      });
    } else coins.push(result.value);
  }
  if (found.length + coins.length === 0) throw new InvalidInput(missing.map(({ why }) => why).join(' '));
  const [own, ...others] = found.map(({ multiples }) => multiples);
  return {
    unit: 'market capitalisation in millions of the currency (coins: of USD); growth, margin, change, upside, premium and percentile are fractions',
    companies: found.map(({ loaded: { company, quote, year }, multiples, upside }) => ({
      symbol: company.symbol,
      name: company.name,
      currency: quote.currency,
      price: perShare(quote.price),
      marketCap: millionsOrNull(quote.marketCap),
      revenueGrowth: fractionOrNull(year?.revenueGrowth ?? null),
      operatingMargin: year === null || year.revenue <= 0 ? null : fraction(year.operatingIncome / year.revenue),
      priceToEarnings: multiple(multiples.priceToEarnings),
      enterpriseValueToEbitda: multiple(multiples.enterpriseValueToEbitda),
      enterpriseValueToSales: multiple(multiples.enterpriseValueToSales),
      priceToFreeCashFlow: multiple(multiples.priceToFreeCashFlow),
      upside: fractionOrNull(upside),
    })),
    coins: coins.map(({ symbol, name, price, change, marketCap, circulatingSupply, maximumSupply }) => ({
      symbol,
      name,
      price: perShare(price),
      change: fractionOrNull(change),
      marketCap: millionsOrNull(marketCap),
      issuedShare: maximumSupply === null || circulatingSupply === null ? null : fraction(circulatingSupply / maximumSupply),
    })),
    standings:
      own === undefined || others.length === 0
        ? []
        : comparePeers(own, others).standings.map(({ multiple: name, own: value, median, percentile, premium }) => ({
            multiple: name,
            own: multiple(value),
            median: multiple(median),
            percentile: fractionOrNull(percentile),
            premium: fractionOrNull(premium),
          })),
    missing,
    ...sourceOf([...found.flatMap(({ loaded }) => [loaded.company.source, loaded.quote.source]), ...coins.map(({ source }) => source)]),
  };
}
