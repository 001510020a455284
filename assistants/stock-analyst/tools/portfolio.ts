/**
 * `review_portfolio` evaluates a list of holdings. It computes the weights, so that no model has
 * to.
 */

import * as z from 'zod';
import { defineTool, InvalidInput, type Tool } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import type { Source } from '../market-data/records.ts';
import { subjectIn } from '../market-data/subject.ts';
import type { ReportWords } from '../report/phrases.ts';
import { type Holding, holding, MAX_HOLDINGS } from '../request.ts';
import { fraction, fractionOrNull, perShare } from './figures.ts';
import { wordsFor } from './language.ts';
import { attempt, loadCompany, valuationOf } from './load.ts';
import { PATIENCE_MS, type StockToolParts, sourceOf, sourceShape } from './source.ts';

const rate = z.number().nullable();

export const portfolioData = z.object({
  unit: z.string(),
  /** The largest first. */
  holdings: z.array(
    z.object({
      symbol: z.string(),
      kind: z.enum(['equity', 'crypto']),
      name: z.string(),
      sector: z.string(),
      currency: z.string(),
      weight: z.number(),
      price: z.number(),
      beta: rate,
      /** Value by discounted cash flow against price. */
      upside: rate,
    }),
  ),
  sectors: z.array(z.object({ sector: z.string(), weight: z.number() })),
  currencies: z.array(z.object({ currency: z.string(), weight: z.number() })),
  /** The mean by weight over holdings that have one, and how much of the portfolio these are. */
  beta: z.object({ mean: rate, coverage: z.number() }),
  upside: z.object({ mean: rate, coverage: z.number() }),
  /** As many holdings of equal size would be as concentrated. */
  effectiveHoldings: z.number(),
  /** Left out, and the other weights brought to a sum of 1. */
  missing: z.array(z.object({ symbol: z.string(), why: z.string() })),
  ...sourceShape,
});
export type PortfolioData = z.infer<typeof portfolioData>;

type Row = PortfolioData['holdings'][number];

export function portfolioTool({ data }: StockToolParts): Tool {
  return defineTool({
    name: 'review_portfolio',
    description: `Weights, sectors, currencies, concentration, beta and upside of up to ${MAX_HOLDINGS} holdings. Weights may be in any unit; they are brought to a sum of 1.`,
    input: z.object({ holdings: z.array(holding).min(1).max(MAX_HOLDINGS) }),
    timeoutMs: PATIENCE_MS,
    run: ({ holdings }, { signal, session }) => reviewed(data, holdings, wordsFor(session), signal),
  });
}

/** Evaluation of the holdings. Unavailable ones are left out and named. */
export async function reviewed(
  data: MarketData,
  holdings: readonly Holding[],
  words: ReportWords,
  signal: AbortSignal,
): Promise<PortfolioData> {
  const rows: Row[] = [];
  const missing: { symbol: string; why: string }[] = [];
  const sources: Source[] = [];
  for (const one of merged(data, holdings)) {
    const found = await attempt(() => rowOf(data, one, words, signal));
    if ('refused' in found) missing.push({ symbol: one.symbol, why: found.refused });
    else {
      rows.push(found.value.row);
      sources.push(found.value.source);
    }
  }
  if (rows.length === 0) throw new InvalidInput(missing.map(({ why }) => why).join(' '));
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const weighed = rows.map((row) => ({ ...row, weight: row.weight / total })).toSorted((a, b) => b.weight - a.weight);
  return {
    unit: 'weights, upside and coverage are fractions',
    holdings: weighed.map((row) => ({ ...row, weight: fraction(row.weight) })),
    sectors: sums(weighed, ({ sector }) => sector).map(([sector, weight]) => ({ sector, weight })),
    currencies: sums(weighed, ({ currency }) => currency).map(([currency, weight]) => ({ currency, weight })),
    beta: mean(weighed, ({ beta }) => beta),
    upside: mean(weighed, ({ upside }) => upside),
    effectiveHoldings: Number((1 / weighed.reduce((sum, { weight }) => sum + weight ** 2, 0)).toFixed(1)),
    missing,
    ...sourceOf(sources),
  };
}

/**
 * One row for each symbol. A symbol that the source does not have stays, so that it can be named as
 * missing.
 */
function merged(data: MarketData, holdings: readonly Holding[]): readonly Holding[] {
  const bySymbol = new Map<string, number>();
  for (const { symbol, weight } of holdings) {
    let name = symbol;
    try {
      name = subjectIn(data, symbol).symbol;
    } catch {
      // Reported by rowOf.
    }
    bySymbol.set(name, (bySymbol.get(name) ?? 0) + weight);
  }
  return [...bySymbol].map(([symbol, weight]) => ({ symbol, weight }));
}

async function rowOf(
  data: MarketData,
  { symbol: text, weight }: Holding,
  { sectors }: ReportWords,
  signal: AbortSignal,
): Promise<{ row: Row; source: Source }> {
  const { kind, symbol } = subjectIn(data, text);
  if (kind === 'crypto') {
    const { name, currency, price, source } = await data.coin(symbol, signal);
    return {
      row: { symbol, kind, name, sector: sectors.coins, currency, weight, price: perShare(price), beta: null, upside: null },
      source,
    };
  }
  const loaded = await loadCompany(data, symbol, signal);
  const { company, quote } = loaded;
  const valuation = await valuationOf(loaded);
  const row = {
    symbol,
    kind,
    name: company.name,
    sector: company.sector ?? sectors.unknown,
    currency: quote.currency,
    weight,
    price: perShare(quote.price),
    beta: company.beta,
    upside: 'refused' in valuation ? null : fractionOrNull(valuation.upside),
  };
  return { row, source: company.source };
}

function sums(rows: readonly Row[], of: (row: Row) => string): readonly (readonly [string, number])[] {
  const by = new Map<string, number>();
  for (const row of rows) by.set(of(row), (by.get(of(row)) ?? 0) + row.weight);
  return [...by].map(([name, weight]) => [name, fraction(weight)] as const).toSorted(([, a], [, b]) => b - a);
}

function mean(rows: readonly Row[], of: (row: Row) => number | null): { mean: number | null; coverage: number } {
  const known = rows.flatMap((row) => {
    const value = of(row);
    return value === null ? [] : [{ value, weight: row.weight }];
  });
  const coverage = known.reduce((sum, { weight }) => sum + weight, 0);
  const total = known.reduce((sum, { value, weight }) => sum + value * weight, 0);
  return { mean: coverage === 0 ? null : fraction(total / coverage), coverage: fraction(coverage) };
}
