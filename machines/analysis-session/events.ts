/**
 * Events and data of an analysis session, which is a program's research over a few hours or days.
 * The machine records what was searched. It searches nothing itself.
 */
import * as z from 'zod';
import type { Json } from '../definition.ts';
import { MAX_TTL_HOURS } from './limits.ts';

/** What a session is about. These are the subjects of the stock analyst. */
export const ANALYSIS_KINDS = ['equity', 'crypto', 'portfolio', 'comparative', 'macro'] as const;

/** `symbol` searched for a share, `coin` for a coin. */
export const QUERY_TYPES = ['symbol', 'coin'] as const;

const json: z.ZodType<Json> = z.json();

/** Milliseconds since the epoch. */
const time = z.int().nonnegative();

export const queryRecord = z.strictObject({
  type: z.enum(QUERY_TYPES),
  /** Symbol of the share or coin. */
  subject: z.string().min(1).max(40),
  parameters: z.record(z.string().max(40), json),
  /** The result in one line. Of a query that failed, the reason. */
  summary: z.string().max(500),
  durationMs: z.number().nonnegative(),
  /** Nothing was requested from the source. */
  cacheHit: z.boolean(),
  /** `found`, or the code of the error. */
  outcome: z.string().min(1).max(40),
});
export type QueryRecord = z.infer<typeof queryRecord>;

export const analysisSessionEvent = z.discriminatedUnion('type', [
  /** Opens the session. It changes nothing in one that is open. */
  z.strictObject({ type: z.literal('begin'), at: time }),
  z.strictObject({ type: z.literal('query'), at: time, query: queryRecord }),
  z.strictObject({ type: z.literal('extend'), at: time, hours: z.int().min(1).max(MAX_TTL_HOURS) }),
  /** Also sent for a human agent, with fields that this machine has no use for. */
  z.looseObject({ type: z.literal('close'), at: time, by: z.string(), reason: z.string().exactOptional() }),
]);
export type AnalysisSessionEvent = z.infer<typeof analysisSessionEvent>;
