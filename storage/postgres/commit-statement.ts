/**
 * The SQL of a commit, put together from the parts that a batch needs: a part that has nothing to do would still cost its
 * start, which is most of what a batch of one turn costs. Each combination that occurs is one prepared statement.
 *
 * Parts refer to one another by name; `?` stands for the next parameter. `turn` counts turns from 1, `ordinals` holds each
 * turn's session ordinal at its place, 0 where the turn lost.
 */
import type { SessionId } from '#machines/ids.ts';
import type { TurnCommit } from '#storage/port.ts';
import { documents, flags, ints, literal, texts, uuids } from '#storage/postgres/arrays.ts';

/** Does this event id stand in the journal of that session? */
export interface Question {
  readonly turn: number;
  readonly eventId: string;
  readonly sessionId: SessionId;
}

export interface Batch {
  /** In the order of their session ids. */
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

/** Further along: the same rule as storage/delivery.ts. `j` is the entry, `m` the mark. */
export const ADVANCES = `(j.delivery_status is null or (j.delivery_status <> 'failed' and
  array_position('{pending,sent,delivered,read}'::text[], case m.status when 'failed' then 'delivered' else m.status end)
  > array_position('{pending,sent,delivered,read}'::text[], j.delivery_status)))`;

const TURN = `turn as materialized (
  select * from unnest(?::uuid[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[], ?::int[], ?::text[], ?::text[],
    ?::text[], ?::text[], ?::boolean[], ?::json[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::uuid[])
  with ordinality as t(id, expected, version, address, assistant, machine_id, machine_version, state, handler, agent_id, tags, open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id, n)
)`;

const TAKEN = `taken as materialized (
  select e.n, e.turn, j.seq
  from unnest(?::bigint[], ?::uuid[], ?::text[]) with ordinality as e(turn, session_id, event_id, n)
  cross join lateral (select j.seq from journal j where j.session_id = e.session_id and j.event_id = e.event_id limit 1) j
)`;

const FRESH = `and t.n not in (select turn from taken)`;

const updated = (fresh: string) => `updated as (
  update sessions s set assistant = t.assistant, machine_id = t.machine_id, machine_version = t.machine_version, version = t.version,
    state = t.state, handler = t.handler, agent_id = t.agent_id, tags = t.tags::text[], open = t.open, snapshot = t.snapshot,
    wake_at = t.wake_at, last_activity_at = t.last_activity_at, closed_at = t.closed_at
  from turn t
  where s.id = t.id and s.version = t.expected and t.expected > 0 ${fresh}
  returning t.n, s.ordinal
)`;

const opened = (fresh: string) => `opening as materialized (
  select t.*, coalesce(p.ordinal, 0) + 1 as ordinal from turn t
  left join lateral (select p.ordinal from sessions p where p.id = t.previous_id and p.address = t.address limit 1) p on true
  where t.expected = 0 ${fresh}
), opened as (
  insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags, open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id)
  select id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags::text[], open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id
  from opening order by address
  on conflict do nothing
  returning id
)`;

const UPDATES_WON = 'select n, ordinal from updated';
const OPENINGS_WON = 'select n, ordinal from opening where (id in (select id from opened)) is true';

const ordinals = (won: string) => `won as materialized (
  ${won}
), ordinals as materialized (
  select array_agg(ordinal order by n) as of from (
    select n, ordinal from won union all select n, 0 from turn where (n in (select n from won)) is false
  ) every
)`;

const JOURNALLED = `journalled as (
  insert into journal (session_id, seq, at, kind, author, text, event_id, payload, delivery_status, delivery_at, delivery_ref, delivery_reason)
  select j.session_id, j.seq, j.at, j.kind, j.author, j.text, j.event_id, j.payload, j.status, j.delivered_at, j.ref, j.reason
  from unnest(?::int[], ?::uuid[], ?::int[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::json[], ?::text[],
    ?::bigint[], ?::text[], ?::text[])
    as j(turn, session_id, seq, at, kind, author, text, event_id, payload, status, delivered_at, ref, reason)
  where (select of from ordinals)[j.turn] > 0
)`;

const SETTLED = `settled as (
  delete from outbox o using unnest(?::int[], ?::uuid[], ?::int[]) as x(turn, session_id, serial)
  where (select of from ordinals)[x.turn] > 0 and o.session_id = x.session_id and o.serial = x.serial
)`;

const MARKED = `marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from unnest(?::int[], ?::uuid[], ?::int[], ?::text[], ?::bigint[], ?::text[], ?::text[]) as m(turn, session_id, seq, status, at, ref, reason)
  where (select of from ordinals)[m.turn] > 0 and j.session_id = m.session_id and j.seq = m.seq and ${ADVANCES}
)`;

const WORKED = `worked as (
  insert into outbox (session_id, serial, seq, kind, lane, type, payload, attempts, not_before, progress, session_ordinal, owner, lease_until)
  select o.session_id, o.serial, o.seq, o.kind, o.lane, o.type, o.payload, o.attempts, o.not_before, o.progress,
    (select of from ordinals)[o.turn], ?, ?
  from unnest(?::int[], ?::uuid[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[], ?::json[], ?::int[], ?::bigint[], ?::json[])
    as o(turn, session_id, serial, seq, kind, lane, type, payload, attempts, not_before, progress)
  where (select of from ordinals)[o.turn] > 0
)`;

const RESULT = `select (select of from ordinals) as ordinals`;
const RESULT_WITH_TAKEN = `${RESULT}, (select array_agg(n::int) from taken) as taken, (select array_agg(seq) from taken) as seqs`;

/** Keeps the texts that it has put together: there are few combinations. */
export function commitStatements(): (batch: Batch) => Statement {
  const known = new Map<string, string>();
  return ({ turns, questions, owner, leaseUntil }) => {
    const asks = questions.length > 0;
    const fresh = asks ? FRESH : '';
    const opens = turns.some(({ expectedVersion }) => expectedVersion === 0);
    const updates = turns.some(({ expectedVersion }) => expectedVersion > 0);
    const won = [...(updates ? [UPDATES_WON] : []), ...(opens ? [OPENINGS_WON] : [])].join('\n  union all\n  ');
    const work = turns.some(({ work }) => work.length > 0);
    const parts: readonly [letter: string, needed: boolean, sql: () => string, values: () => readonly unknown[]][] = [
      ['', true, () => TURN, () => sessionColumns(turns)],
      ['a', asks, () => TAKEN, () => questionColumns(questions)],
      ['u', updates, () => updated(fresh), () => []],
      ['o', opens, () => opened(fresh), () => []],
      ['', true, () => ordinals(won), () => []],
      ['j', turns.some(({ journal }) => journal.length > 0), () => JOURNALLED, () => journalColumns(turns)],
      ['s', turns.some(({ settled }) => settled.length > 0), () => SETTLED, () => settledColumns(turns)],
      ['m', turns.some(({ deliveries }) => deliveries.length > 0), () => MARKED, () => deliveryColumns(turns)],
      ['w', work, () => WORKED, () => [owner, leaseUntil, ...workColumns(turns)]],
    ];
    const needed = parts.filter(([, is]) => is);
    const name = `commit-${needed.map(([letter]) => letter).join('')}`;
    const text = known.get(name) ?? numbered(`with ${needed.map(([, , sql]) => sql()).join(', ')}\n${asks ? RESULT_WITH_TAKEN : RESULT}`);
    known.set(name, text);
    return { name, text, values: needed.flatMap(([, , , values]) => values()) };
  };
}

function numbered(sql: string): string {
  const pieces = sql.split('?');
  return pieces.map((piece, index) => (index === 0 ? piece : `$${index}${piece}`)).join('');
}

function questionColumns(questions: readonly Question[]): unknown[] {
  return [
    ints(questions.map(({ turn }) => turn)),
    uuids(questions.map(({ sessionId }) => sessionId)),
    texts(questions.map(({ eventId }) => eventId)),
  ];
}

function sessionColumns(turns: readonly TurnCommit[]): unknown[] {
  const rows = turns.map(({ session }) => session);
  return [
    uuids(rows.map(({ id }) => id)),
    ints(turns.map(({ expectedVersion }) => expectedVersion)),
    ints(rows.map(({ version }) => version)),
    texts(rows.map(({ address }) => address)),
    texts(rows.map(({ assistant }) => assistant)),
    texts(rows.map(({ machineId }) => machineId)),
    ints(rows.map(({ machineVersion }) => machineVersion)),
    texts(rows.map(({ state }) => state)),
    texts(rows.map(({ handler }) => handler)),
    texts(rows.map(({ agentId }) => agentId)),
    texts(rows.map(({ tags }) => literal(tags))),
    flags(rows.map(({ open }) => open)),
    documents(rows.map(({ snapshot }) => JSON.stringify(snapshot))),
    ints(rows.map(({ wakeAt }) => wakeAt)),
    ints(rows.map(({ openedAt }) => openedAt)),
    ints(rows.map(({ lastActivityAt }) => lastActivityAt)),
    ints(rows.map(({ closedAt }) => closedAt)),
    uuids(rows.map(({ previousId }) => previousId)),
  ];
}

function journalColumns(turns: readonly TurnCommit[]): unknown[] {
  const rows = turns.flatMap(({ journal }) => journal);
  return [
    ints(turns.flatMap(({ journal }, index) => journal.map(() => index + 1))),
    uuids(rows.map(({ sessionId }) => sessionId)),
    ints(rows.map(({ seq }) => seq)),
    ints(rows.map(({ at }) => at)),
    texts(rows.map(({ kind }) => kind)),
    texts(rows.map(({ author }) => author)),
    texts(rows.map(({ text }) => text)),
    texts(rows.map(({ eventId }) => eventId)),
    documents(rows.map(({ payload }) => JSON.stringify(payload))),
    texts(rows.map(({ delivery }) => delivery?.status ?? null)),
    ints(rows.map(({ delivery }) => delivery?.at ?? null)),
    texts(rows.map(({ delivery }) => delivery?.ref ?? null)),
    texts(rows.map(({ delivery }) => delivery?.reason ?? null)),
  ];
}

function settledColumns(turns: readonly TurnCommit[]): unknown[] {
  return [
    ints(turns.flatMap(({ settled }, index) => settled.map(() => index + 1))),
    uuids(turns.flatMap(({ session, settled }) => settled.map(() => session.id))),
    ints(turns.flatMap(({ settled }) => settled)),
  ];
}

function deliveryColumns(turns: readonly TurnCommit[]): unknown[] {
  const rows = turns.flatMap(({ deliveries }) => deliveries);
  return [
    ints(turns.flatMap(({ deliveries }, index) => deliveries.map(() => index + 1))),
    uuids(turns.flatMap(({ session, deliveries }) => deliveries.map(() => session.id))),
    ints(rows.map(({ seq }) => seq)),
    texts(rows.map(({ delivery }) => delivery.status)),
    ints(rows.map(({ delivery }) => delivery.at)),
    texts(rows.map(({ delivery }) => delivery.ref ?? null)),
    texts(rows.map(({ delivery }) => delivery.reason ?? null)),
  ];
}

function workColumns(turns: readonly TurnCommit[]): unknown[] {
  const rows = turns.flatMap(({ work }) => work);
  return [
    ints(turns.flatMap(({ work }, index) => work.map(() => index + 1))),
    uuids(rows.map(({ sessionId }) => sessionId)),
    ints(rows.map(({ serial }) => serial)),
    ints(rows.map(({ seq }) => seq)),
    texts(rows.map(({ kind }) => kind)),
    texts(rows.map(({ lane }) => lane)),
    texts(rows.map(({ type }) => type)),
    documents(rows.map(({ payload }) => JSON.stringify(payload))),
    ints(rows.map(({ attempts }) => attempts)),
    ints(rows.map(({ notBefore }) => notBefore)),
    documents(rows.map(({ progress }) => JSON.stringify(progress))),
  ];
}
