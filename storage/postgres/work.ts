/**
 * Outbox in PostgreSQL, with the holders and outcomes of work.
 *
 * Invariants
 * 1. A lane is guarded by its head, its first existing item. An instance that takes from a lane
 *    locks the head first and checks it again under the lock. If another one has locked the head,
 *    the lane belongs to it for now.
 * 2. The items taken from a lane are an unbroken run from its head, up to the first item that is
 *    held or not yet due.
 * 3. A finished item's mark only moves forward, and only its holder can finish it.
 */
import type { Store, WorkItem, WorkOutcome } from '#storage/port.ts';
import { resolved } from '#storage/postgres/addresses.ts';
import { documents, ints, storable, uuids } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import { ADVANCES } from '#storage/postgres/commit-statement.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeKey, decodeMovedMark, decodePending, decodeWork, WORK } from '#storage/postgres/decode.ts';

/**
 * Parameters are $1 owner, $2 now, $3 lease until, $4 limit. An item of the owner's own that is
 * still leased is no obstacle and is skipped.
 */
const CLAIM = `
with ready as materialized (
  select o.session_id, o.serial, o.lane from outbox o where o.free_at <= $2 order by o.free_at limit $4
), lanes as materialized (
  select distinct lane from ready where lane is not null
), heads as materialized (
  select h.session_id, h.serial, h.lane from lanes l
  cross join lateral (
    select o.session_id, o.serial, o.lane, o.free_at from outbox o
    where o.lane = l.lane and not (o.owner is not distinct from $1 and o.lease_until > $2)
    order by o.session_ordinal, o.session_id, o.serial limit 1
  ) h
  where h.free_at <= $2
  union all
  select r.session_id, r.serial, null from ready r where r.lane is null
), locked as materialized (
  select o.session_id, o.serial, o.lane from outbox o join heads h on o.session_id = h.session_id and o.serial = h.serial
  where o.free_at <= $2
  order by o.session_id, o.serial
  for update of o skip locked
), run as materialized (
  select r.session_id, r.serial from locked l
  cross join lateral (
    select o.session_id, o.serial, o.free_at, o.owner, o.lease_until,
      bool_and(o.free_at <= $2 or (o.owner is not distinct from $1 and o.lease_until > $2))
        over (order by o.session_ordinal, o.session_id, o.serial) as unbroken
    from outbox o where o.lane = l.lane
  ) r
  where l.lane is not null and r.unbroken and r.free_at <= $2
  union all
  select l.session_id, l.serial from locked l where l.lane is null
), claimed as (
  update outbox o set owner = $1, lease_until = $3 from run r
  where o.session_id = r.session_id and o.serial = r.serial and o.free_at <= $2
  returning ${WORK}, o.session_ordinal
)
select "sessionId", serial, seq, kind, lane, type, payload, attempts, "notBefore", progress, "movedTo" from claimed
order by session_ordinal, "sessionId", serial`;

const RENEW = `
update outbox o set lease_until = $2, progress = coalesce(i.progress, o.progress)
from unnest($3::uuid[], $4::int[], $5::boolean[], $6::json[]) as k(session_id, serial, saves, document)
cross join lateral (select case when k.saves then k.document end as progress) i
where o.session_id = k.session_id and o.serial = k.serial and o.owner = $1
returning o.session_id as "sessionId", o.serial`;

type Done = WorkOutcome & { readonly status: 'done' };
type Later = WorkOutcome & { readonly status: 'later' };
type Reported = WorkOutcome & { readonly status: 'reported' };

const DONE_COLUMNS: readonly Column<Done>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'serial', type: 'int', of: ({ serial }) => serial },
  { name: 'seq', type: 'int', of: ({ seq }) => seq },
  { name: 'status', type: 'text', of: ({ delivery }) => delivery?.status ?? null },
  { name: 'at', type: 'bigint', of: ({ delivery }) => delivery?.at ?? null },
  { name: 'ref', type: 'text', of: ({ delivery }) => delivery?.ref ?? null },
  { name: 'reason', type: 'text', of: ({ delivery }) => delivery?.reason ?? null },
];

/** The columns, then the owner. */
const DONE = numbered(`
with done as (
  delete from outbox o using ${unnest(DONE_COLUMNS, 'm')}
  where o.session_id = m.session_id and o.serial = m.serial and o.owner = ?
  returning m.session_id, m.serial, m.seq, m.status, m.at, m.ref, m.reason
), marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from done m
  where m.status is not null and j.session_id = m.session_id and j.seq = m.seq and ${ADVANCES}
)
select session_id as "sessionId", serial from done`);

const LATER_COLUMNS: readonly Column<Later>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'serial', type: 'int', of: ({ serial }) => serial },
  { name: 'attempts', type: 'int', of: ({ attempts }) => attempts },
  { name: 'not_before', type: 'bigint', of: ({ notBefore }) => notBefore },
  { name: 'progress', type: 'json', of: ({ progress }) => JSON.stringify(progress) },
];

/** The columns, then the owner. */
const LATER = numbered(`
update outbox o set attempts = m.attempts, not_before = m.not_before, progress = m.progress, owner = null, lease_until = 0
from ${unnest(LATER_COLUMNS, 'm')}
where o.session_id = m.session_id and o.serial = m.serial and o.owner = ?`);

const REPORTED_COLUMNS: readonly Column<Reported>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'seq', type: 'int', of: ({ seq }) => seq },
  { name: 'status', type: 'text', of: ({ delivery }) => delivery.status },
  { name: 'at', type: 'bigint', of: ({ delivery }) => delivery.at },
  { name: 'ref', type: 'text', of: ({ delivery }) => delivery.ref ?? null },
  { name: 'reason', type: 'text', of: ({ delivery }) => delivery.reason ?? null },
];

const REPORTED = numbered(`
with marked as (
  update journal j set delivery_status = m.status, delivery_at = m.at, delivery_ref = coalesce(m.ref, j.delivery_ref), delivery_reason = m.reason
  from ${unnest(REPORTED_COLUMNS, 'm')}
  where j.session_id = m.session_id and j.seq = m.seq and j.delivery_status is not null and ${ADVANCES}
  returning j.session_id, j.seq
)
select m.session_id as "sessionId", m.seq, s.address from marked m
cross join lateral (select s.address from sessions s where s.id = m.session_id) s`);

const PENDING = `
select ${WORK}, o.owner, o.lease_until as "leaseUntil" from outbox o
where o.lane = ${resolved('$1')} order by o.session_ordinal, o.session_id, o.serial`;

type Work = Pick<Store, 'claimWork' | 'renewWork' | 'finishWork' | 'pendingWork'>;

export function workOf(database: Database): Work {
  return {
    async claimWork(owner, now, leaseUntil, limit) {
      const rows = await database.query('claim-work', CLAIM, [owner, now, leaseUntil, limit]);
      return rows.map(decodeWork);
    },

    async renewWork(owner, items, leaseUntil) {
      if (items.length === 0) return [];
      const sorted = items.toSorted(byKey);
      const rows = await database.query('renew-work', RENEW, [
        owner,
        leaseUntil,
        uuids(sorted.map(({ sessionId }) => sessionId)),
        ints(sorted.map(({ serial }) => serial)),
        `{${sorted.map(({ progress }) => progress !== undefined).join()}}`,
        documents(sorted.map(({ progress }) => JSON.stringify(progress ?? null))),
      ]);
      return rows.map(decodeKey);
    },

    async finishWork(owner, outcomes) {
      const sorted = outcomes.toSorted(byKey);
      const done = sorted.filter((outcome) => outcome.status === 'done');
      const later = sorted.filter((outcome) => outcome.status === 'later');
      const finished = done.length > 0 ? await database.query('finish-done', DONE, [...parameters(DONE_COLUMNS, done), owner]) : [];
      if (later.length > 0) await database.query('finish-later', LATER, [...parameters(LATER_COLUMNS, later), owner]);
      const reported = sorted.filter((outcome) => outcome.status === 'reported');
      const moved = reported.length > 0 ? await database.query('finish-reported', REPORTED, parameters(REPORTED_COLUMNS, reported)) : [];
      const ours = new Set(finished.map(decodeKey).map(keyOf));
      return {
        lost: done.filter((outcome) => !ours.has(keyOf(outcome))).map(({ sessionId, serial }) => ({ sessionId, serial })),
        moved: moved.map(decodeMovedMark),
      };
    },

    async pendingWork(lane) {
      const rows = await database.query('pending-work', PENDING, [storable(lane)]);
      return rows.map(decodePending);
    },
  };
}

type Key = Pick<WorkItem, 'sessionId' | 'serial'>;

function keyOf({ sessionId, serial }: Key): string {
  return `${sessionId}.${serial}`;
}

function byKey(a: Key, b: Key): number {
  return a.sessionId < b.sessionId ? -1 : a.sessionId > b.sessionId ? 1 : a.serial - b.serial;
}
