/** The queries of an analysis session, as a list and as a report. Both come from its journal. */
import * as z from 'zod';
import { inputOf, resultOfEntry } from '#actors/session/journal-payload.ts';
import { QUERY_ENTRY } from '#machines/analysis-session/definition.ts';
import { analysisSessionEvent } from '#machines/analysis-session/events.ts';
import { MAX_SEQ, type SessionId } from '#machines/ids.ts';
import type { JournalEntry, Store } from '#storage/port.ts';
import { type AnalysisSession, ownAnalysis } from './analysis-owner.ts';
import { analysisIdInput, analysisView, querySchema, queryView } from './analysis-view.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { problemTypes } from './problems.ts';

const listedQuery = querySchema.extend({ seq: z.number().describe('Its entry in the journal.') });
type ListedQuery = z.infer<typeof listedQuery>;

const target = ({ sessionId }: { readonly sessionId: string }): string => sessionId;

/** Entries that one page reads, of which most are queries. */
const MOST_ENTRIES = 1_000;

export const listQueries = defineOperation({
  name: 'analysis_sessions.queries',
  scope: 'analysis:read',
  effect: 'read',
  summary: 'Lists the queries that an analysis session recorded, oldest first.',
  input: z.strictObject({
    sessionId: analysisIdInput,
    after: wholeNumber(0, MAX_SEQ).default(0).describe('Only queries after this `seq`.'),
    limit: wholeNumber(1, MOST_ENTRIES).default(100),
  }),
  output: z.strictObject({
    queries: z.array(listedQuery),
    next: z.number().nullable().describe('`after` of the following page. Null: this was the last one.'),
  }),
  errors: [problemTypes.notFound],
  target,
  async run(context, { sessionId, after, limit }) {
    const { row } = await ownAnalysis(context, sessionId);
    const entries = await context.store.journal(row.id, after, limit + 1);
    const shown = entries.slice(0, limit);
    return { queries: shown.flatMap(queryIn), next: entries.length > limit ? (shown.at(-1)?.seq ?? null) : null };
  },
});

export const reportAnalysis = defineOperation({
  name: 'analysis_sessions.report',
  scope: 'analysis:read',
  effect: 'read',
  summary: 'Writes a report on an analysis session in Markdown, with all of its queries.',
  input: z.strictObject({ sessionId: analysisIdInput }),
  output: z.strictObject({ sessionId: z.string(), markdown: z.string() }),
  errors: [problemTypes.notFound],
  target,
  async run(context, { sessionId }) {
    const session = await ownAnalysis(context, sessionId);
    const queries = await allQueries(context.store, session.row.id);
    return { sessionId: session.row.id, markdown: reportOf(session, queries, context.now()) };
  },
});

/** Undefined for an entry that is no query, and for a query that was refused. */
function queryIn(entry: JournalEntry): ListedQuery[] {
  if (entry.kind !== QUERY_ENTRY || Object.keys(resultOfEntry(entry)).length > 0) return [];
  const input = inputOf(entry.payload);
  const event = input?.kind === 'event' ? analysisSessionEvent.safeParse(input.event).data : undefined;
  return event?.type === 'query' ? [{ ...queryView(event.query), at: event.at, seq: entry.seq }] : [];
}

/** The machine takes a limited number of queries, so this ends and fits into memory. */
async function allQueries(store: Pick<Store, 'journal'>, id: SessionId): Promise<readonly ListedQuery[]> {
  const found: ListedQuery[] = [];
  for (let after = 0; ; ) {
    const entries = await store.journal(id, after, MOST_ENTRIES);
    found.push(...entries.flatMap(queryIn));
    const last = entries.at(-1);
    if (last === undefined || entries.length < MOST_ENTRIES) return found;
    after = last.seq;
  }
}

function reportOf(session: AnalysisSession, queries: readonly ListedQuery[], now: number): string {
  const { kind, title, state, openedAt, expiresAt, queriesLeft } = analysisView(session, now);
  const { cacheHits, failures } = session.context;
  return [
    `# ${cell(title ?? `Analysis session, ${kind}`)}`,
    '',
    `- Kind: ${kind}`,
    `- State: ${state}, from ${iso(openedAt)} to ${iso(expiresAt)}`,
    `- Queries: ${queries.length}, of which ${failures} found nothing and ${cacheHits} came from the cache`,
    `- Queries left: ${queriesLeft}`,
    '',
    '## Latest by symbol',
    '',
    ...latestBySubject(queries).map(({ subject, summary, at }) => `- **${cell(subject)}** (${iso(at)}): ${cell(summary)}`),
    '',
    '## Queries',
    '',
    '| at | type | symbol | result | ms | cache |',
    '| --- | --- | --- | --- | --- | --- |',
    ...queries.map(
      ({ at, type, subject, summary, outcome, durationMs, cacheHit }) =>
        `| ${iso(at)} | ${type} | ${cell(subject)} | ${cell(outcome === 'found' ? summary : `${outcome}: ${summary}`)} | ${durationMs} | ${cacheHit ? 'yes' : 'no'} |`,
    ),
    '',
  ].join('\n');
}

/** The last query of each symbol that found something, in the order in which they were searched. */
function latestBySubject(queries: readonly ListedQuery[]): readonly ListedQuery[] {
  const latest = new Map<string, ListedQuery>();
  for (const query of queries) if (query.outcome === 'found') latest.set(query.subject, query);
  return [...latest.values()];
}

const iso = (at: number): string => new Date(at).toISOString();

/** Text that breaks no table and begins no markup. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\|*_`<>[\]#]/g, (character) => `\\${character}`);
}
