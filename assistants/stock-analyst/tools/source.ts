/** Source of figures, as every tool result names it. */
import * as z from 'zod';
import type { MarketData } from '../market-data/port.ts';
import type { Source } from '../market-data/records.ts';

export const sourceShape = {
  source: z.string(),
  /** Invented values, which must not pass for facts. */
  sample: z.boolean(),
};

export function sourceOf(sources: readonly Source[]): { readonly source: string; readonly sample: boolean } {
  return { source: [...new Set(sources.map(({ name }) => name))].join('; '), sample: sources.some(({ sample }) => sample) };
}

/** Time limit of a tool in milliseconds. Requests to a provider may have to wait for their turn. */
export const PATIENCE_MS = 90_000;

export interface StockToolParts {
  readonly data: MarketData;
  /** Milliseconds since the epoch, for the date of a report. */
  readonly now: () => number;
}
