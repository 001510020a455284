/**
 * SQL of a commit, assembled from the parts that a batch needs. A part without work would still
 * cost its start, which is most of the cost of a batch of one turn. Each combination that occurs is
 * one prepared statement.
 *
 * Parts refer to one another by name. `?` is the next parameter. `turn` counts turns from
 * 1. `won` holds, at the same places of two arrays, the numbers of the turns that won and the
 * ordinals of their sessions.
 */
import type { SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry, TurnCommit, WorkItem } from '#storage/port.ts';
import { movedParts } from '#storage/postgres/addresses.ts';
import { ints, literal } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';

/** Whether the journal of that session has this event id. */
export interface Question {
  readonly turn: number;
  readonly eventId: string;
  readonly sessionId: SessionId;
}

export interface Batch {
  /** In the order of their session ids. One that moves its session is a batch of its own. */
  readonly turns: readonly TurnCommit[];
  readonly questions: readonly Question[];
  readonly owner: string;
  readonly leaseUntil: number;
}

export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Further along, by the same rule as storage/delivery.ts. `j` is the entry, `m` the mark. */
export const ADVANCES = `(j.delivery_status is null or (j.delivery_status <> 'failed' and
  array_position('{pending,sent,delivered,read}'::text[], case m.status when 'failed' then 'delivered' else m.status end)
  > array_position('{pending,sent,delivered,read}'::text[], j.delivery_status)))`;

/** Something that a turn brings along. */
interface Of<T> {
  readonly turn: number;
  readonly of: T;
}

/** What every turn writes. */
const MOVING: readonly Column<TurnCommit>[] = [
  { name: 'id', type: 'uuid', of: ({ session }) => session.id },
  { name: 'expected', type: 'int', of: ({ expectedVersion }) => expectedVersion },
  { name: 'version', type: 'int', of: ({ session }) => session.version },
  { name: 'state', type: 'text', of: ({ session }) => session.state },
  { name: 'snapshot', type: 'json', of: ({ session, snapshotText }) => snapshotText ?? JSON.stringify(session.snapshot) },
  { name: 'wake_at', type: 'bigint', of: ({ session }) => session.wakeAt },
  { name: 'last_activity_at', type: 'bigint', of: ({ session }) => session.lastActivityAt },
];

/** What only few turns change. */
const STEADY: readonly Column<TurnCommit>[] = [
  { name: 'assistant', type: 'text', of: ({ session }) => session.assistant },
  { name: 'machine_id', type: 'text', of: ({ session }) => session.machineId },
  { name: 'machine_version', type: 'int', of: ({ session }) => session.machineVersion },
  { name: 'handler', type: 'text', of: ({ session }) => session.handler },
  { name: 'agent_id', type: 'text', of: ({ session }) => session.agentId },
  { name: 'tags', type: 'text', of: ({ session }) => literal(session.tags) },
  { name: 'queue', type: 'text', of: ({ session }) => session.queue },
  { name: 'waiting_since', type: 'bigint', of: ({ session }) => session.waitingSince },
  { name: 'open', type: 'boolean', of: ({ session }) => session.open },
  { name: 'closed_at', type: 'bigint', of: ({ session }) => session.closedAt },
];

/** What a session is opened with. */
const FIXED: readonly Column<TurnCommit>[] = [
  { name: 'address', type: 'text', of: ({ session }) => session.address },
  { name: 'opened_at', type: 'bigint', of: ({ session }) => session.openedAt },
  { name: 'previous_id', type: 'uuid', of: ({ session }) => session.previousId },
];

/** What a turn that moves its session says beside. */
const MOVED: readonly Column<TurnCommit>[] = [
  { name: 'address', type: 'text', of: ({ session }) => session.address },
  { name: 'moved_from', type: 'text', of: ({ movedFrom }) => movedFrom ?? null },
];

const WRITTEN = ['version', 'state', 'snapshot', 'wake_at', 'last_activity_at'];
const WRITTEN_WHOLE = [...WRITTEN, ...STEADY.map(({ name }) => name)];
const OPENED = ['id', 'address', 'ordinal', 'opened_at', 'previous_id', ...WRITTEN_WHOLE];

const QUESTIONS: readonly Column<Question>[] = [
  { name: 'turn', type: 'bigint', of: ({ turn }) => turn },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'event_id', type: 'text', of: ({ eventId }) => eventId },
];

const TAKEN = `taken as materialized (
  select e.n, e.turn, j.seq
  from ${unnest(QUESTIONS, 'e', 'n')}
  cross join lateral (select j.seq from journal j where j.session_id = e.session_id and j.event_id = e.event_id limit 1) j
)`;

const FRESH = `and t.n not in (select turn from taken)`;

const turnsOf = (columns: readonly Column<TurnCommit>[]) => `turn as (select * from ${unnest(columns, 't', 'n')})`;

const updated = (written: readonly string[], fresh: string) => `updated as (
  update sessions s set ${written.map((name) => `${name} = ${given(name)}`).join(', ')}
  from turn t
  where s.id = t.id and s.version = t.expected and t.expected > 0 ${fresh}
  returning t.n::int, s.ordinal
)`;

/**
 * A session that is at the new address already takes along what was left at the old one, and that
 * is put before it.
 */
const moving = `moving as materialized (
  select t.n, t.moved_from as old, t.address as new, s.id as mover, case when s.address = t.moved_from then g.shift else 0 end as own_shift, g.shift
  from turn t
  cross join lateral (
    select s.id, s.address from sessions s where s.id = t.id and s.version = t.expected and s.address in (t.moved_from, t.address)
  ) s
  cross join lateral (
    select case when s.address = t.moved_from
      then coalesce((select max(x.ordinal) from sessions x where x.address = t.address), 0)
      else (select min(x.ordinal) from sessions x where x.address = t.address) - 1
        - coalesce((select max(x.ordinal) from sessions x where x.address = t.moved_from), 0)
    end as shift
  ) g
  where may_move(t.moved_from, t.id) and not exists (select 1 from sessions x where x.address = t.address and x.open and x.id <> t.id)
)`;

const updatedAndMoved = (fresh: string) => `updated as (
  update sessions s set address = t.address, ordinal = s.ordinal + m.own_shift, ${WRITTEN_WHOLE.map((name) => `${name} = ${given(name)}`).join(', ')}
  from turn t, moving m
  where s.id = t.id and s.version = t.expected and m.n = t.n ${fresh}
  returning t.n::int, s.ordinal
)`;

const opened = (fresh: string) => `opening as materialized (
  select t.*, coalesce(p.ordinal, 0) + 1 as ordinal from turn t
  left join lateral (select p.ordinal from sessions p where p.id = t.previous_id and p.address = t.address limit 1) p on true
  where t.expected = 0 ${fresh}
), opened as (
  insert into sessions (${OPENED.join(', ')})
  select ${OPENED.map((name) => given(name)).join(', ')} from opening t order by address
  on conflict do nothing
  returning id
)`;

/** A text[] comes inside a text. */
function given(name: string): string {
  return name === 'tags' ? 't.tags::text[]' : `t.${name}`;
}

const UPDATES_WON = 'select n, ordinal from updated';
const OPENINGS_WON = 'select n::int, ordinal from opening where (id in (select id from opened)) is true';

const winners = (won: string) => `won as materialized (
  select array_agg(n) as turns, array_agg(ordinal) as ordinals from (${won}) won
)`;

/** Did this turn win? */
const won = (turn: string) => `${turn} = any ((select turns from won)::int[])`;

const ENTRIES: readonly Column<Of<JournalEntry>>[] = [
  { name: 'turn', type: 'int', of: ({ turn }) => turn },
  { name: 'session_id', type: 'uuid', of: ({ of }) => of.sessionId },
  { name: 'seq', type: 'int', of: ({ of }) => of.seq },
  { name: 'at', type: 'bigint', of: ({ of }) => of.at },
  { name: 'kind', type: 'text', of: ({ of }) => of.kind },
  { name: 'author', type: 'text', of: ({ of }) => of.author },
  { name: 'text', type: 'text', of: ({ of }) => of.text },
  { name: 'event_id', type: 'text', of: ({ of }) => of.eventId },
  { name: 'payload', type: 'json', of: ({ of }) => JSON.stringify(of.payload) },
];

const ENTRY_DELIVERIES: readonly Column<Of<JournalEntry>>[] = [
  { name: 'delivery_status', type: 'text', of: ({ of }) => of.delivery?.status ?? null },
  { name: 'delivery_at', type: 'bigint', of: ({ of }) => of.delivery?.at ?? null },
  { name: 'delivery_ref', type: 'text', of: ({ of }) => of.delivery?.ref ?? null },
  { name: 'delivery_reason', type: 'text', of: ({ of }) => of.delivery?.reason ?? null },
];

function journalled(columns: readonly Column<Of<JournalEntry>>[]): string {
  const names = columns.map(({ name }) => name).filter((name) => name !== 'turn');
  return `journalled as (
  insert into journal (${names.join(', ')})
  select ${names.map((name) => `j.${name}`).join(', ')} from ${unnest(columns, 'j')} where ${won('j.turn')}
)`;
}

/**
 * A turn with entries leaves a mark for the roll-ups (storage/rollups.ts). It is one narrow row
 * without an index.
 */
const NOTED = `noted as (
  insert into rollup_marks (session_id, version) select t.id, t.version from turn t where ${won('t.n::int')} and t.version > t.expected
)`;

const SETTLED_WORK: readonly Column<Of<Pick<WorkItem, 'sessionId' | 'serial'>>>[] = [
  { name: 'turn', type: 'int', of: ({ turn }) => turn },
  { name: 'session_id', type: 'uuid', of: ({ of }) => of.sessionId },
  { name: 'serial', type: 'int', of: ({ of }) => of.serial },
];

const SETTLED = `settled as (
  delete from outbox o using ${unnest(SETTLED_WORK, 'x')}
  where ${won('x.turn')} and o.session_id = x.session_id and o.serial = x.serial
)`;

const MARKS: readonly Column<Of<{ readonly sessionId: SessionId; readonly seq: number; readonly delivery: Delivery }>>[] = [
  { name: 'turn', type: 'int', of: ({ turn }) => turn },
  { name: 'session_id', type: 'uuid', of: ({ of }) => of.sessionId },
  { name: 'seq', type: 'int', of: ({ of }) => of.seq },
  { name: 'status', type: 'text', of: ({ of }) => of.delivery.status },
  { name: 'at', type: 'bigint', of: ({ of }) => of.delivery.at },
  { name: 'ref', type: 'text', of: ({ of }) => of.delivery.ref ?? null },
  { name: 'reason', type: 'text', of: ({ of }) => of.delivery.reason ?? null },
];

const MARKED = `marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from ${unnest(MARKS, 'm')}
  where ${won('m.turn')} and j.session_id = m.session_id and j.seq = m.seq and ${ADVANCES}
)`;

/**
 * Work that this turn settles is left out. The turn deletes it, and a statement must not touch a
 * row twice.
 */
const MOVED_ALONG = movedParts(won('m.n'), `o.session_id = m.mover and o.serial = any (?::int[])`);

const WORK: readonly Column<Of<WorkItem>>[] = [
  { name: 'turn', type: 'int', of: ({ turn }) => turn },
  { name: 'session_id', type: 'uuid', of: ({ of }) => of.sessionId },
  { name: 'serial', type: 'int', of: ({ of }) => of.serial },
  { name: 'seq', type: 'int', of: ({ of }) => of.seq },
  { name: 'kind', type: 'text', of: ({ of }) => of.kind },
  { name: 'lane', type: 'text', of: ({ of }) => of.lane },
  { name: 'type', type: 'text', of: ({ of }) => of.type },
  { name: 'payload', type: 'json', of: ({ of }) => JSON.stringify(of.payload) },
  { name: 'attempts', type: 'int', of: ({ of }) => of.attempts },
  { name: 'not_before', type: 'bigint', of: ({ of }) => of.notBefore },
  { name: 'progress', type: 'json', of: ({ of }) => JSON.stringify(of.progress) },
];

const WORKED = `worked as (
  insert into outbox (session_id, serial, seq, kind, lane, type, payload, attempts, not_before, progress, session_ordinal, owner, lease_until)
  select o.session_id, o.serial, o.seq, o.kind, o.lane, o.type, o.payload, o.attempts, o.not_before, o.progress,
    (select ordinals from won)[array_position((select turns from won), o.turn)], ?, ?
  from ${unnest(WORK, 'o')} where ${won('o.turn')}
)`;

const RESULT = `select (select turns from won) as won`;
const RESULT_WITH_TAKEN = `${RESULT}, (select array_agg(n::int) from taken) as taken, (select array_agg(seq) from taken) as seqs`;

/** Caches the assembled texts, because there are few combinations. */
export function commitStatements(): (batch: Batch) => Statement {
  const known = new Map<string, string>();
  return ({ turns, questions, owner, leaseUntil }) => {
    const checks = questions.length > 0;
    const fresh = checks ? FRESH : '';
    const opens = turns.some(({ expectedVersion }) => expectedVersion === 0);
    const updates = turns.some(({ expectedVersion }) => expectedVersion > 0);
    const whole = turns.some(({ steady }) => !steady);
    const moves = turns.some(({ movedFrom }) => movedFrom !== undefined);
    const columns = [...MOVING, ...(whole ? STEADY : []), ...(opens ? FIXED : []), ...(moves ? MOVED : [])];
    const entries = each(turns, ({ journal }) => journal);
    const delivers = entries.some(({ of }) => of.delivery !== null);
    const entryColumns = [...ENTRIES, ...(delivers ? ENTRY_DELIVERIES : [])];
    const settled = each(turns, ({ session: { id }, settled }) => settled.map((serial) => ({ sessionId: id, serial })));
    const marks = each(turns, ({ session: { id }, deliveries }) => deliveries.map((mark) => ({ sessionId: id, ...mark })));
    const work = each(turns, ({ work }) => work);
    const theWinners = [...(updates ? [UPDATES_WON] : []), ...(opens ? [OPENINGS_WON] : [])].join(' union all ');
    const parts: readonly [letter: string, needed: boolean, sql: () => string, values: () => readonly unknown[]][] = [
      [whole ? 'f' : '', true, () => turnsOf(columns), () => parameters(columns, turns)],
      ['a', checks, () => TAKEN, () => parameters(QUESTIONS, questions)],
      ['p', moves, () => moving, () => []],
      ['u', updates && !moves, () => updated(whole ? WRITTEN_WHOLE : WRITTEN, fresh), () => []],
      ['', moves, () => updatedAndMoved(fresh), () => []],
      ['o', opens, () => opened(fresh), () => []],
      ['', true, () => winners(theWinners), () => []],
      [delivers ? 'd' : 'j', entries.length > 0, () => journalled(entryColumns), () => parameters(entryColumns, entries)],
      ['', entries.length > 0, () => NOTED, () => []],
      ['s', settled.length > 0, () => SETTLED, () => parameters(SETTLED_WORK, settled)],
      ['m', marks.length > 0, () => MARKED, () => parameters(MARKS, marks)],
      ['', moves, () => MOVED_ALONG, () => [ints(settled.map(({ of }) => of.serial))]],
      ['w', work.length > 0, () => WORKED, () => [owner, leaseUntil, ...parameters(WORK, work)]],
    ];
    const needed = parts.filter(([, is]) => is);
    const name = `commit-${needed.map(([letter]) => letter).join('')}`;
    const text = known.get(name) ?? numbered(`with ${needed.map(([, , sql]) => sql()).join(', ')}\n${checks ? RESULT_WITH_TAKEN : RESULT}`);
    known.set(name, text);
    return { name, text, values: needed.flatMap(([, , , values]) => values()) };
  };
}

function each<T>(turns: readonly TurnCommit[], listOf: (turn: TurnCommit) => readonly T[]): Of<T>[] {
  const all: Of<T>[] = [];
  for (let index = 0; index < turns.length; index++) {
    const turn = turns[index];
    if (turn) for (const one of listOf(turn)) all.push({ turn: index + 1, of: one });
  }
  return all;
}
