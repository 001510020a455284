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
 * 4. Everything else a turn writes is joined to the turns that won. Nothing of the others is written.
 * 5. Rows are taken in the order of session ids (opened ones by address), so batches that overlap wait, not deadlock.
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
), updated as (
  update sessions s set assistant = t.assistant, machine_id = t.machine_id, machine_version = t.machine_version, version = t.version,
    state = t.state, handler = t.handler, agent_id = t.agent_id, tags = t.tags::text[], open = t.open, snapshot = t.snapshot,
    wake_at = t.wake_at, last_activity_at = t.last_activity_at, closed_at = t.closed_at
  from turn t
  where s.id = t.id and s.version = t.expected and t.expected > 0 and t.n not in (select turn from taken)
  returning t.n, s.id, s.ordinal
), opened as (
  insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags, open,
    snapshot, wake_at, opened_at, last_activity_at, closed_at, previous_id)
  select t.id, t.address, coalesce(p.ordinal, 0) + 1, t.assistant, t.machine_id, t.machine_version, t.version, t.state, t.handler,
    t.agent_id, t.tags::text[], t.open, t.snapshot, t.wake_at, t.opened_at, t.last_activity_at, t.closed_at, t.previous_id
  from turn t left join sessions p on p.id = t.previous_id and p.address = t.address
  where t.expected = 0 and t.n not in (select turn from taken)
  order by t.address
  on conflict do nothing
  returning id, ordinal
), won as materialized (
  select n, id, ordinal from updated
  union all
  select t.n, o.id, o.ordinal from opened o join turn t on t.id = o.id
), journalled as (
  insert into journal (session_id, seq, at, kind, author, text, event_id, payload, delivery_status, delivery_at, delivery_ref, delivery_reason)
  select w.id, j.seq, j.at, j.kind, j.author, j.text, j.event_id, j.payload, j.delivery_status, j.delivery_at, j.delivery_ref, j.delivery_reason
  from unnest($22::bigint[], $23::int[], $24::bigint[], $25::text[], $26::text[], $27::text[], $28::text[], $29::json[], $30::text[],
    $31::bigint[], $32::text[], $33::text[])
    as j(turn, seq, at, kind, author, text, event_id, payload, delivery_status, delivery_at, delivery_ref, delivery_reason)
  join won w on w.n = j.turn
), settled as (
  delete from outbox o using unnest($34::bigint[], $35::int[]) as x(turn, serial) join won w on w.n = x.turn
  where o.session_id = w.id and o.serial = x.serial
), marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from unnest($36::bigint[], $37::int[], $38::text[], $39::bigint[], $40::text[], $41::text[]) as m(turn, seq, status, at, ref, reason)
  join won w on w.n = m.turn
  where j.session_id = w.id and j.seq = m.seq and ${ADVANCES}
), worked as (
  insert into outbox (session_id, serial, session_ordinal, seq, kind, lane, type, payload, attempts, not_before, progress, owner, lease_until)
  select w.id, o.serial, w.ordinal, o.seq, o.kind, o.lane, o.type, o.payload, o.attempts, o.not_before, o.progress, $52, $53
  from unnest($42::bigint[], $43::int[], $44::int[], $45::text[], $46::text[], $47::text[], $48::json[], $49::int[], $50::bigint[], $51::json[])
    as o(turn, serial, seq, kind, lane, type, payload, attempts, not_before, progress)
  join won w on w.n = o.turn
)
select (select array_agg(n::int) from won) as won, (select array_agg(n::int) from taken) as taken, (select array_agg(seq) from taken) as seqs`;

export async function commitTurns(database: Database, turns: readonly TurnCommit[], owner: string, leaseUntil: number): Promise<readonly CommitResult[]> {
  if (turns.length === 0) return [];
  checkBatch(turns);
  const sorted = [...turns].sort((a, b) => (a.session.id < b.session.id ? -1 : 1));
  // One question per event id and session that it could stand in.
  const asked = sorted.flatMap((turn, index) => turn.journal.flatMap(({ eventId }) => (eventId === null ? [] : questions(turn, index, eventId))));
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
  const { won, taken } = decodeCommit(rows[0]);
  const results = new Map<string, CommitResult>();
  for (const [index, turn] of sorted.entries()) {
    results.set(turn.session.id, won.has(index + 1) ? { ok: true } : { ok: false, reason: 'conflict' });
  }
  const duplicates = Map.groupBy(taken, ({ question }) => asked[question - 1]?.turn ?? 0);
  for (const [turn, found] of duplicates) {
    const id = sorted[turn - 1]?.session.id;
    if (id !== undefined) results.set(id, { ok: false, reason: 'duplicate', taken: found.flatMap(({ question, seq }) => answer(asked[question - 1], seq)) });
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
  return [ints(turns.flatMap(({ settled }, index) => settled.map(() => index + 1))), ints(turns.flatMap(({ settled }) => settled))];
}

function deliveryColumns(turns: readonly TurnCommit[]): unknown[] {
  const rows = turns.flatMap(({ deliveries }) => deliveries);
  return [
    ints(turns.flatMap(({ deliveries }, index) => deliveries.map(() => index + 1))),
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
