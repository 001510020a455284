/**
 * All sessions of a database with their journals, for tests that compare what is stored before and
 * after.
 */
import pg from 'pg';
import * as z from 'zod';
import { parseSessionId } from '#machines/ids.ts';
import type { JournalEntry } from '#storage/port.ts';

const session = z.object({
  id: z.string().transform(parseSessionId),
  address: z.string(),
  ordinal: z.number(),
  assistant: z.string(),
  /** State and handler, for example `ACTIVE/bot`. */
  state: z.string(),
  open: z.boolean(),
  previousId: z.string().nullable(),
  snapshot: z.looseObject({}),
});
const entry = z.object({
  sessionId: z.string().transform(parseSessionId),
  seq: z.number(),
  at: z.coerce.number(),
  kind: z.string(),
  author: z.string().nullable(),
  text: z.string().nullable(),
  eventId: z.string().nullable(),
  payload: z.json(),
  delivery: z.string().nullable(),
});

export interface StoredSession extends z.infer<typeof session> {
  /** Oldest first. */
  readonly entries: readonly (Omit<JournalEntry, 'delivery'> & { readonly delivery: string | null })[];
}

/** Oldest first. */
export async function storedSessions(connectionString: string): Promise<readonly StoredSession[]> {
  const sessions = z.array(session).parse(
    await rows(
      connectionString,
      `select id, address, ordinal, assistant, state || '/' || handler as state, open, previous_id as "previousId", snapshot
        from sessions order by id`,
    ),
  );
  const journal = z.array(entry).parse(
    await rows(
      connectionString,
      `select session_id as "sessionId", seq, at, kind, author, text, event_id as "eventId", payload, delivery_status as delivery
        from journal order by session_id, seq`,
    ),
  );
  const bySession = Map.groupBy(journal, ({ sessionId }) => sessionId);
  return sessions.map((one) => ({ ...one, entries: bySession.get(one.id) ?? [] }));
}

export async function rows(connectionString: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
