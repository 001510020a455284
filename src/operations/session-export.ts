/** The operation that gives a session as a file, of any length, in constant memory. */
import * as z from 'zod';
import type { SessionId } from '#machines/ids.ts';
import { factWords } from '#machines/session/fact-words.ts';
import type { JournalEntry, Store } from '#storage/port.ts';
import { EXPORT_FORMATS } from './export-port.ts';
import { defineOperation, streamHead } from './operation.ts';
import { problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

/** Entries that are read, and held, at a time. */
const PAGE = 200;

/** What is stored of a session whose machine knows facts. */
const withEntities = z.object({ snapshot: z.object({ context: z.object({ entities: z.record(z.string(), z.json()) }) }) });

export const exportSession = defineOperation({
  name: 'sessions.export',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Writes a session and its whole journal as JSON, CSV, Markdown or PDF.',
  input: z.strictObject({ sessionId: sessionIdInput, format: z.enum(EXPORT_FORMATS).default('json') }),
  output: streamHead,
  binary: true,
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  detail: ({ format }) => format,
  async run(context, { sessionId, format }) {
    const row = await existingSession(context, sessionId);
    const { mimeType, write } = context.exportWriters[format];
    const { entities = {} } = withEntities.safeParse(row.snapshot).data?.snapshot.context ?? {};
    const facts = factWords(entities, context.factFieldsOf(row.assistant) ?? {}, 'en');
    const bytes = encoded(write(row, entriesOf(context.store, row.id, row.version), facts));
    return { name: `session-${row.id}.${format}`, mimeType, bytes };
  },
});

/** Entries up to `version`, so that an export of a session that goes on ends. */
async function* entriesOf(store: Pick<Store, 'journal'>, id: SessionId, version: number): AsyncGenerator<JournalEntry> {
  for (let after = 0; after < version; ) {
    const page = await store.journal(id, after, Math.min(PAGE, version - after));
    yield* page;
    const last = page.at(-1);
    // It was deleted meanwhile.
    if (last === undefined) return;
    after = last.seq;
  }
}

async function* encoded(parts: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of parts) yield typeof part === 'string' ? encoder.encode(part) : part;
}
