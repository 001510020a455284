/** Context of an analysis session. It has totals and the last queries, so it stays small. */
import * as z from 'zod';
import { ANALYSIS_KINDS, QUERY_TYPES, type QueryRecord, queryRecord } from './events.ts';
import { HOUR_MS, MAX_TTL_HOURS, RECENT_QUERIES } from './limits.ts';

export const analysisSessionInput = z.strictObject({
  /** Key of the caller that the session belongs to. */
  owner: z.string().min(1).max(64),
  kind: z.enum(ANALYSIS_KINDS),
  title: z.string().max(200).nullable(),
  ttlHours: z.int().min(1).max(MAX_TTL_HOURS),
  /** Milliseconds since the epoch. */
  now: z.number(),
});
export type AnalysisSessionInput = z.infer<typeof analysisSessionInput>;

/** What its opener gives of it. */
export const analysisSessionRequest = analysisSessionInput.omit({ now: true });

const numberedQuery = queryRecord.extend({
  /** 1 for the first of its session. */
  number: z.int().positive(),
  at: z.number(),
});

export const analysisSessionContext = z.strictObject({
  owner: z.string(),
  kind: z.enum(ANALYSIS_KINDS),
  title: z.string().nullable(),
  openedAt: z.number(),
  expiresAt: z.number(),
  /** Time of the last event that changed the expiry. The timer counts from it. */
  countedFrom: z.number(),
  queries: z.int().nonnegative(),
  cacheHits: z.int().nonnegative(),
  failures: z.int().nonnegative(),
  durationMs: z.number().nonnegative(),
  byType: z.record(z.enum(QUERY_TYPES), z.int().nonnegative()),
  /**
   * Queries by symbol, in the order of the first ones. Pairs, because a caller can invent a symbol
   * such as `__proto__`, which no object keeps. There are at most as many as queries.
   */
  bySubject: z.array(z.tuple([z.string(), z.int().positive()])),
  recent: z.array(numberedQuery).max(RECENT_QUERIES),
});
export type AnalysisSessionContext = z.infer<typeof analysisSessionContext>;

export function initialContext({ owner, kind, title, ttlHours, now }: AnalysisSessionInput): AnalysisSessionContext {
  return {
    owner,
    kind,
    title,
    openedAt: now,
    expiresAt: now + ttlHours * HOUR_MS,
    countedFrom: now,
    queries: 0,
    cacheHits: 0,
    failures: 0,
    durationMs: 0,
    byType: { symbol: 0, coin: 0 },
    bySubject: [],
    recent: [],
  };
}

/** Whole hours by which the session can still be extended. */
export function hoursLeft({ openedAt, expiresAt }: Pick<AnalysisSessionContext, 'openedAt' | 'expiresAt'>): number {
  return Math.floor((openedAt + MAX_TTL_HOURS * HOUR_MS - expiresAt) / HOUR_MS);
}

export function withQuery(context: AnalysisSessionContext, query: QueryRecord, at: number): AnalysisSessionContext {
  const number = context.queries + 1;
  return {
    ...context,
    queries: number,
    cacheHits: context.cacheHits + (query.cacheHit ? 1 : 0),
    failures: context.failures + (query.outcome === 'found' ? 0 : 1),
    durationMs: context.durationMs + query.durationMs,
    byType: { ...context.byType, [query.type]: context.byType[query.type] + 1 },
    bySubject: counted(context.bySubject, query.subject),
    recent: [...context.recent, { ...query, number, at }].slice(-RECENT_QUERIES),
  };
}

type Counts = AnalysisSessionContext['bySubject'];

function counted(counts: Counts, subject: string): Counts {
  const isKnown = counts.some(([known]) => known === subject);
  return isKnown ? counts.map(([known, count]) => [known, known === subject ? count + 1 : count]) : [...counts, [subject, 1]];
}
