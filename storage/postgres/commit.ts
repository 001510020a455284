/**
 * The commit: many turns of different sessions, each all or nothing, in one statement.
 *
 * Owns: the statement, and how a batch is laid out for it.
 * Does not own: retrying (database.ts), who may call it when (the commit queue).
 * Invariants, all under READ COMMITTED:
 * 1. A turn on a session that exists is decided by the UPDATE's `version = expected`. PostgreSQL evaluates it again on
 *    the newest row once it holds its lock, so of several commits on one version exactly one wins.
 * 2. A turn that opens a session is decided by unique indexes: one open session per address, one follower per session.
 *    Losing is `on conflict do nothing`, so it never fails the other turns.
 * 3. An event id counts as taken when it stands in the journal of this session or of its lineage. The journal that the
 *    statement sees is complete for this: entries of this session that came later would fail 1, and a lineage only
 *    holds sessions that were seen closed, with what they took.
 * 4. Everything else a turn writes goes by whether its turn won (`ordinals`: 0 is lost). Nothing of the others is written.
 * 5. Nothing is joined but parameters to tables by index; what parameters need of one another goes by array position or
 *    hashed `in`. The plan is then the same for one turn and for 512, for a table that is empty and for a large one.
 * 6. Rows are taken in the order of session ids (opened ones by address), so batches that overlap wait, not deadlock.
 */
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, TakenEvent, TurnCommit } from '#storage/port.ts';
import { documents, flags, ints, literal, texts, uuids } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCommit } from '#storage/postgres/decode.ts';

/** Further along: the same rule as storage/delivery.ts. `j` is the entry, `m` the mark. */
export const ADVANCES = `(j.delivery_status is null or (j.delivery_status <> 'failed' and
  array_position('{pending,sent,delivered,read}'::text[], case m.status when 'failed' then 'delivered' else m.status end)
  > array_position('{pending,sent,delivered,read}'::text[], j.delivery_status)))`;

const COMMIT = `
with turn as materialized (
  select * from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::boolean[], $13::json[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::uuid[])
  with ordinality as t(id, expected, version, address, assistant, machine_id, machine_version, state, handler, agent_id, tags, open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id, n)
), taken as materialized (
  select e.n, e.turn, j.seq
  from unnest($19::bigint[], $20::uuid[], $21::text[]) with ordinality as e(turn, session_id, event_id, n)
  cross join lateral (select j.seq from journal j where j.session_id = e.session_id and j.event_id = e.event_id limit 1) j
), opening as materialized (
  select t.*, coalesce(p.ordinal, 0) + 1 as ordinal from turn t
  left join lateral (select p.ordinal from sessions p where p.id = t.previous_id and p.address = t.address limit 1) p on true
  where t.expected = 0 and t.n not in (select turn from taken)
), updated as (
  update sessions s set assistant = t.assistant, machine_id = t.machine_id, machine_version = t.machine_version, version = t.version,
    state = t.state, handler = t.handler, agent_id = t.agent_id, tags = t.tags::text[], open = t.open, snapshot = t.snapshot,
    wake_at = t.wake_at, last_activity_at = t.last_activity_at, closed_at = t.closed_at
  from turn t
  where s.id = t.id and s.version = t.expected and t.expected > 0 and t.n not in (select turn from taken)
  returning t.n, s.ordinal
), opened as (
  insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags, open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id)
  select id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags::text[], open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id
  from opening order by address
  on conflict do nothing
  returning id
), won as materialized (
  select n, ordinal from updated
  union all
  select n, ordinal from opening where (id in (select id from opened)) is true
), ordinals as materialized (
  select array_agg(ordinal order by n) as of from (
    select n, ordinal from won union all select n, 0 from turn where (n in (select n from won)) is false
  ) every
), journalled as (
  insert into journal (session_id, seq, at, kind, author, text, event_id, payload, delivery_status, delivery_at, delivery_ref, delivery_reason)
  select j.session_id, j.seq, j.at, j.kind, j.author, j.text, j.event_id, j.payload, j.status, j.delivered_at, j.ref, j.reason
  from unnest($22::int[], $23::uuid[], $24::int[], $25::bigint[], $26::text[], $27::text[], $28::text[], $29::text[], $30::json[], $31::text[],
    $32::bigint[], $33::text[], $34::text[])
    as j(turn, session_id, seq, at, kind, author, text, event_id, payload, status, delivered_at, ref, reason)
  where (select of from ordinals)[j.turn] > 0
), settled as (
  delete from outbox o using unnest($35::int[], $36::uuid[], $37::int[]) as x(turn, session_id, serial)
  where (select of from ordinals)[x.turn] > 0 and o.session_id = x.session_id and o.serial = x.serial
), marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from unnest($38::int[], $39::uuid[], $40::int[], $41::text[], $42::bigint[], $43::text[], $44::text[]) as m(turn, session_id, seq, status, at, ref, reason)
  where (select of from ordinals)[m.turn] > 0 and j.session_id = m.session_id and j.seq = m.seq and ${ADVANCES}
), worked as (
  insert into outbox (session_id, serial, session_ordinal, seq, kind, lane, type, payload, attempts, not_before, progress, owner, lease_until)
  select o.session_id, o.serial, (select of from ordinals)[o.turn], o.seq, o.kind, o.lane, o.type, o.payload, o.attempts, o.not_before, o.progress, $56, $57
  from unnest($45::int[], $46::uuid[], $47::int[], $48::int[], $49::text[], $50::text[], $51::text[], $52::json[], $53::int[], $54::bigint[], $55::json[])
    as o(turn, session_id, serial, seq, kind, lane, type, payload, attempts, not_before, progress)
  where (select of from ordinals)[o.turn] > 0
)
select (select of from ordinals) as ordinals, (select array_agg(n::int) from taken) as taken, (select array_agg(seq) from taken) as seqs`;

export async function commitTurns(
  database: Database,
  turns: readonly TurnCommit[],
  owner: string,
  leaseUntil: number,
): Promise<readonly CommitResult[]> {
  if (turns.length === 0) return [];
  checkBatch(turns);
  const sorted = [...turns].sort((a, b) => (a.session.id < b.session.id ? -1 : 1));
  // One question per event id and session that it could stand in.
  const asked = sorted.flatMap((turn, index) =>
    turn.journal.flatMap(({ eventId }) => (eventId === null ? [] : questions(turn, index, eventId))),
  );
  const rows = await database.query('commit', COMMIT, [
    ...sessionColumns(sorted),
    ints(asked.map(({ turn }) => turn)),
    uuids(asked.map(({ sessionId }) => sessionId)),
    texts(asked.map(({ eventId }) => eventId)),
    ...journalColumns(sorted),
    ...settledColumns(sorted),
    ...deliveryColumns(sorted),
    ...workColumns(sorted),
    owner,
    leaseUntil,
  ]);
  const { ordinals, taken } = decodeCommit(rows[0]);
  const results = new Map<string, CommitResult>();
  for (const [index, turn] of sorted.entries()) {
    results.set(turn.session.id, (ordinals[index] ?? 0) > 0 ? { ok: true } : { ok: false, reason: 'conflict' });
  }
  const duplicates = Map.groupBy(taken, ({ question }) => asked[question - 1]?.turn ?? 0);
  for (const [turn, found] of duplicates) {
    const id = sorted[turn - 1]?.session.id;
    if (id !== undefined)
      results.set(id, { ok: false, reason: 'duplicate', taken: found.flatMap(({ question, seq }) => answer(asked[question - 1], seq)) });
  }
  return turns.map((turn) => results.get(turn.session.id) ?? { ok: false, reason: 'conflict' });
}

type Question = { readonly turn: number; readonly eventId: string; readonly sessionId: TakenEvent['sessionId'] };

function questions(turn: TurnCommit, index: number, eventId: string): Question[] {
  const own = turn.expectedVersion === 0 ? [] : [turn.session.id];
  return [...own, ...turn.lineage].map((sessionId) => ({ turn: index + 1, eventId, sessionId }));
}

function answer(question: Question | undefined, seq: number): TakenEvent[] {
  return question === undefined ? [] : [{ eventId: question.eventId, sessionId: question.sessionId, seq }];
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
