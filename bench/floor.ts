/**
 * Contestant (c) is the floor. Bare SQL writes the rows of the runtime's turns, many turns a
 * statement. There is no machine and no decision about versions or duplicates. Nothing is encoded
 * but numbers, since every document is a copy of the runtime's.
 *
 * Its database is a copy of the runtime's, so tables, indexes, sizes and planner settings are the
 * same.
 */
import { documents, ints, texts, uuids } from '#storage/postgres/arrays.ts';
import { openDatabase } from '#storage/postgres/database.ts';
import { Batches } from './batches.ts';
import type { Turns } from './contestant.ts';
import type { Database } from './databases.ts';
import type { Answers } from './options.ts';
import { JOURNALLED, SENT } from './runtime.ts';

/**
 * The runtime's defaults. Other sizes and a third statement under way made no difference beyond the
 * noise.
 */
const BATCH = { size: 256, inFlight: 2 };

const STORE = `
update sessions s set version = t.version, snapshot = t.snapshot, last_activity_at = t.at
from unnest($1::uuid[], $2::int[], $3::bigint[], $4::json[]) as t(id, version, at, snapshot) where s.id = t.id`;

const JOURNAL = `
insert into journal (session_id, seq, at, kind, author, text, event_id, payload, delivery_status, delivery_at)
select * from unnest($5::uuid[], $6::int[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[], $12::json[], $13::text[], $14::bigint[])`;

const ENQUEUE = `
insert into outbox (session_id, serial, session_ordinal, seq, kind, lane, type, payload, attempts, not_before, progress, owner, lease_until)
select o.id, o.seq, 1, o.seq, 'effect', o.lane, 'message.send', o.payload, 0, o.at, 'null', 'floor', o.at + 15000
from unnest($1::uuid[], $2::int[], $3::bigint[], $15::text[], $16::json[]) as o(id, seq, at, lane, payload)`;

const COMMIT = {
  live: `with stored as (${STORE}) ${JOURNAL}`,
  journal: `with stored as (${STORE}) ${JOURNAL}`,
  outbox: `with stored as (${STORE}), journalled as (${JOURNAL}) ${ENQUEUE}`,
} as const satisfies Record<Answers, string>;

const MARK = `
with m as materialized (select * from unnest($1::uuid[], $2::int[], $3::bigint[]) as m(id, seq, at)),
done as (delete from outbox o using m where o.session_id = m.id and o.serial = m.seq)
update journal j set delivery_status = 'sent', delivery_at = m.at from m where j.session_id = m.id and j.seq = m.seq`;

/** A conversation with the rows of its last turn, as the runtime wrote them. */
interface Conversation {
  readonly id: string;
  readonly address: string;
  version: number;
  readonly snapshot: string;
  readonly entries: readonly {
    readonly kind: string;
    readonly author: string;
    readonly text: string;
    readonly payload: string;
    readonly sent: boolean;
  }[];
  readonly work: string;
}

/** A turn to write, with the conversation as it will be. */
interface Written {
  readonly conversation: Conversation;
  readonly version: number;
  readonly at: number;
}

export async function floorContestant(database: Database, answers: Answers): Promise<Turns> {
  const entriesATurn = { live: 1, journal: 2, outbox: 2 }[answers];
  const { query, close } = openDatabase({ connectionString: database.url });
  const conversations = await read(query, entriesATurn);
  const commits = new Batches<Written>(BATCH, async (turns) => void (await query('floor', COMMIT[answers], columns(turns, answers))));
  const marks = new Batches<Written>({ ...BATCH, inFlight: 1 }, async (turns) => void (await query('floor-mark', MARK, keys(turns))));
  const earlier = await database.count(JOURNALLED);

  return {
    async turn(index) {
      const conversation = conversations[index];
      if (conversation === undefined) throw new Error(`there is no conversation ${index}`);
      conversation.version += entriesATurn;
      const turn = { conversation, version: conversation.version, at: Date.now() };
      await commits.add(turn);
      if (answers === 'outbox') void marks.add(turn);
    },
    settle: () => marks.settle(),
    async counters() {
      if ((await database.count('select count(*) from outbox')) > 0) throw new Error('floor: answers are left in the outbox');
      return {
        'messages in the journal': (await database.count(JOURNALLED)) - earlier,
        'counted by the versions': (await database.count(`select sum((version - 1) / ${entriesATurn}) from sessions`)) - earlier,
        ...(answers !== 'live' ? { 'answers marked as sent': (await database.count(SENT)) - earlier } : {}),
      };
    },
    close,
  };
}

async function read(
  query: (name: string, text: string, values: readonly unknown[]) => Promise<readonly unknown[]>,
  entries: number,
): Promise<Conversation[]> {
  const rows = await query('read', READ, [entries]);
  const read = rows as Omit<Conversation, 'work'>[];
  const conversations: Conversation[] = [];
  for (const row of read) {
    const index = Number(row.address.split(':')[2]);
    const params = { text: row.entries.at(-1)?.text };
    conversations[index] = { ...row, work: JSON.stringify({ address: row.address, params, message: true }) };
  }
  return conversations;
}

const READ = `
select s.id, s.address, s.version, s.snapshot::text as snapshot, (
  select json_agg(json_build_object('kind', kind, 'author', author, 'text', text, 'payload', payload::text, 'sent', delivery_status is not null) order by seq)
  from journal j where j.session_id = s.id and j.seq > s.version - $1
) as entries
from sessions s`;

function columns(turns: readonly Written[], answers: Answers): unknown[] {
  const sorted = turns.toSorted((a, b) => (a.conversation.id < b.conversation.id ? -1 : 1));
  const rows = sorted.flatMap(({ conversation, version, at }) =>
    conversation.entries.map((entry, index) => ({
      ...entry,
      version,
      id: conversation.id,
      at,
      seq: version - conversation.entries.length + index + 1,
    })),
  );
  return [
    ...keys(sorted),
    documents(sorted.map(({ conversation }) => conversation.snapshot)),
    uuids(rows.map(({ id }) => id)),
    ints(rows.map(({ seq }) => seq)),
    ints(rows.map(({ at }) => at)),
    texts(rows.map(({ kind }) => kind)),
    texts(rows.map(({ author }) => author)),
    texts(rows.map(({ text }) => text)),
    texts(rows.map(({ sent, kind, version, id }) => (sent || kind !== 'customer.message' ? null : `floor:${version}:${id}`))),
    documents(rows.map(({ payload }) => payload)),
    texts(rows.map(({ sent }) => (sent ? (answers === 'journal' ? 'sent' : 'pending') : null))),
    ints(rows.map(({ sent, at }) => (sent ? at : null))),
    ...(answers === 'outbox'
      ? [texts(sorted.map(({ conversation }) => conversation.address)), documents(sorted.map(({ conversation }) => conversation.work))]
      : []),
  ];
}

function keys(turns: readonly Written[]): unknown[] {
  return [
    uuids(turns.map(({ conversation }) => conversation.id)),
    ints(turns.map(({ version }) => version)),
    ints(turns.map(({ at }) => at)),
  ];
}
