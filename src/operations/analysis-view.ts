/** How callers see analysis sessions and their queries. Times are milliseconds since the epoch. */
import * as z from 'zod';
import { hoursLeft } from '#machines/analysis-session/context.ts';
import { ANALYSIS_KINDS, QUERY_TYPES } from '#machines/analysis-session/events.ts';
import { MAX_QUERIES } from '#machines/analysis-session/limits.ts';
import type { AnalysisSession } from './analysis-owner.ts';
import { json } from './session-view.ts';

export const analysisIdInput = z.string().max(200).describe('The id of an analysis session.');

const time = (what: string) => z.number().describe(`${what} Milliseconds since the epoch.`);

export const querySchema = z.strictObject({
  type: z.enum(QUERY_TYPES),
  subject: z.string().describe('Symbol of the share or coin.'),
  parameters: z.record(z.string(), json),
  summary: z.string().describe('The result in one line. Of a query that failed, the reason.'),
  durationMs: z.number(),
  cacheHit: z.boolean().describe('Nothing was requested from the source of market data.'),
  outcome: z.string().describe('`found`, or the code of the error.'),
  at: time('When it was recorded.'),
});

export const numberedQuerySchema = querySchema.extend({ number: z.number().describe('1 for the first of its session.') });

export const analysisSchema = z.strictObject({
  sessionId: z.string(),
  kind: z.enum(ANALYSIS_KINDS),
  title: z.string().nullable(),
  state: z.enum(['ACTIVE', 'EXPIRED', 'CLOSED']),
  openedAt: time('When it was created.'),
  expiresAt: time('When it expires.'),
  hoursLeft: z.number().describe('Whole hours by which it can still be extended.'),
  queries: z.number().describe('Queries that it has recorded.'),
  queriesLeft: z.number().describe('Queries that it can still record.'),
});

/** A session whose timer is not served yet has expired nevertheless. */
export function analysisView({ row, context }: AnalysisSession, now: number): z.input<typeof analysisSchema> {
  const { kind, title, openedAt, expiresAt, queries } = context;
  const isOpen = row.open && now < expiresAt;
  return {
    sessionId: row.id,
    kind,
    title,
    state: isOpen ? 'ACTIVE' : row.state === 'CLOSED' ? 'CLOSED' : 'EXPIRED',
    openedAt,
    expiresAt,
    hoursLeft: isOpen ? hoursLeft(context) : 0,
    queries,
    queriesLeft: isOpen ? MAX_QUERIES - queries : 0,
  };
}

/** With its number, if it has one. */
export function queryView<Query extends { readonly parameters: Readonly<Record<string, unknown>> }>(query: Query) {
  return { ...query, parameters: { ...query.parameters } };
}
