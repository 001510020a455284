/** Evidence that a round leaves, read from outside, in tables, recorder, readers and chats. */
import pg from 'pg';
import * as z from 'zod';
import { parseSessionId } from '#machines/ids.ts';
import type { JournalEntry } from '#storage/port.ts';
import type { Call } from '#test/fakes/bot-api.ts';
import type { ShownMessage } from '#test/fakes/bot-api-chats.ts';
import type { Death } from '#test/faults/app-process.ts';
import type { Shown } from '#test/faults/messengers.ts';
import type { Recorded } from '#test/faults/recorder.ts';
import type { Outage } from '#test/faults/recovery.ts';
import type { Sent } from '#test/faults/visitor.ts';
import type { WebhookRequest } from '#test/faults/webhooks.ts';

const session = z.object({
  id: z.string(),
  address: z.string(),
  ordinal: z.number(),
  assistant: z.string(),
  version: z.number(),
  open: z.boolean(),
  openedAt: z.coerce.number(),
  snapshot: z.looseObject({ timers: z.array(z.looseObject({ serial: z.number(), due: z.number() })) }),
});
export type StoredSession = z.infer<typeof session>;

const entry = z.object({
  sessionId: z.string(),
  address: z.string(),
  seq: z.number(),
  at: z.coerce.number(),
  kind: z.string(),
  text: z.string().nullable(),
  eventId: z.string().nullable(),
  payload: z.looseObject({}),
  delivery: z.string().nullable(),
});
export type StoredEntry = z.infer<typeof entry>;

/** The entry as the program's own code takes it. Author and delivery are not needed here. */
export function journalEntry({ sessionId, seq, at, kind, text, eventId, payload }: StoredEntry): JournalEntry {
  return {
    sessionId: parseSessionId(sessionId),
    seq,
    at,
    kind,
    text,
    eventId,
    payload: z.json().parse(payload),
    author: null,
    delivery: null,
  };
}

const rollup = z.object({
  measure: z.string(),
  bucket: z.number(),
  assistant: z.string(),
  channel: z.string(),
  queue: z.string(),
  agent: z.string(),
  key: z.string(),
  n: z.coerce.number(),
  total: z.coerce.number(),
});

export interface Stored {
  /** By address, in the order in which they followed one another. */
  readonly sessions: readonly StoredSession[];
  /** In order of address, session, seq. */
  readonly journal: readonly StoredEntry[];
  /** The same, found by address and by session. */
  readonly byAddress: ReadonlyMap<string, readonly StoredEntry[]>;
  readonly bySession: ReadonlyMap<string, readonly StoredEntry[]>;
  /** Work that is left in the outbox, a sentence each. */
  readonly work: readonly string[];
  /** What was counted for analytics. */
  readonly rollups: readonly z.infer<typeof rollup>[];
}

export interface Evidence extends Stored {
  readonly recorded: readonly Recorded[];
  /** In the order in which they were received. */
  readonly webhookRequests: readonly WebhookRequest[];
  readonly visitors: readonly {
    readonly name: string;
    readonly address: string;
    readonly sent: readonly Sent[];
    /** Undefined if it did not read its stream. */
    readonly shown: readonly string[] | undefined;
  }[];
  readonly chats: readonly {
    readonly address: string;
    readonly said: readonly string[];
    readonly transcript: readonly ShownMessage[];
    readonly sends: readonly Call[];
  }[];
  readonly messengers: readonly { readonly address: string; readonly said: readonly string[]; readonly shown: readonly Shown[] }[];
  /** Reactions of the program as customers see them, by address and the id of the message. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly deaths: readonly Death[];
  readonly postgresKills: readonly number[];
  readonly outages: readonly (Omit<Outage, 'urls'> & { readonly slots: readonly string[] })[];
  readonly leaseMs: number;
  /** When the faults began. */
  readonly began: number;
  /** When the faults were over and an instance was up. */
  readonly calmSince: number;
  /** When the evidence was taken. */
  readonly at: number;
}

const SESSIONS = `select id, address, ordinal, assistant, version, open, opened_at as "openedAt", snapshot from sessions order by address, ordinal`;
const JOURNAL = `select j.session_id as "sessionId", s.address, j.seq, j.at, j.kind, j.text, j.event_id as "eventId", j.payload, j.delivery_status as delivery
  from journal j join sessions s on s.id = j.session_id order by s.address, s.ordinal, j.seq`;
/** The probe's callback lives as long as its session, so its work is held and not left over. */
const LISTENS = `(kind = 'invocation' and type = 'desk' and owner is not null)`;
const WORK = `select format('%s %s of %s, serial %s, attempts %s, held by %s', kind, type, session_id, serial, attempts, coalesce(owner, 'nobody')) as line from outbox where not ${LISTENS} order by 1`;

export async function readStored(connectionString: string): Promise<Stored> {
  return withClient(connectionString, async (client) => {
    const journal = z.array(entry).parse((await client.query(JOURNAL)).rows);
    return {
      sessions: z.array(session).parse((await client.query(SESSIONS)).rows),
      journal,
      byAddress: Map.groupBy(journal, ({ address }) => address),
      bySession: Map.groupBy(journal, ({ sessionId }) => sessionId),
      work: z
        .array(z.object({ line: z.string() }))
        .parse((await client.query(WORK)).rows)
        .map(({ line }) => line),
      rollups: z.array(rollup).parse((await client.query('select * from rollups')).rows),
    };
  });
}

/** Messages of customers at these addresses that are in the journal. */
export async function receivedAt(connectionString: string, addresses: readonly string[]): Promise<number> {
  const count = `select count(*)::int as count from journal j join sessions s on s.id = j.session_id
    where s.address = any($1) and j.kind = 'customer.message'`;
  return withClient(
    connectionString,
    async (client) => z.object({ count: z.number() }).parse((await client.query(count, [addresses])).rows[0]).count,
  );
}

const UNREST = `select
  (select count(*) from outbox where not ${LISTENS})::int as work,
  (select count(*) from journal where delivery_status = 'pending')::int as pending,
  (select count(*) from sessions where open and assistant = 'companion')::int as open,
  (select count(*) from sessions where open and (snapshot->'underWay' is not null or json_array_length(snapshot->'held') > 0))::int as held,
  (select count(*) from sessions where wake_at is not null)::int as armed,
  (select count(*) from rollup_marks)::int as uncounted,
  (select count(*) from webhook_places where done < up_to)::int as webhooks`;

/**
 * Counts of what is still under way. If all are zero, it is quiet. Companions close by themselves,
 * probes run out of timers and of code that they wait for.
 */
export async function unrest(connectionString: string): Promise<Readonly<Record<string, number>>> {
  return withClient(connectionString, async (client) => z.record(z.string(), z.number()).parse((await client.query(UNREST)).rows[0]));
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
