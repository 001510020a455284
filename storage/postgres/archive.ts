/**
 * Archive in PostgreSQL.
 *
 * Invariants
 * 1. A deletion takes row locks in one short statement and skips locked rows. A hold is a column of
 *    the row, so if a hold and a deletion meet, the later sees what the earlier did.
 * 2. Everything of a session is deleted with it in the same statement, except the record of its
 *    holds.
 */
import type { Archive } from '#storage/archive.ts';
import { checkedCursor, deadLetterCursor } from '#storage/cursor.ts';
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCounts, decodeDeadLetters, decodeDeletion, decodeHold } from '#storage/postgres/decode.ts';

const REJECT = `
insert into rejected (channel, account, provider_id, received_at, code, reason, content, size)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1`;

const DEAD_LETTERS = `
select channel, account, provider_id as "providerId", received_at as "receivedAt", code, reason, content, size, ordinal::text
from rejected r where r.ordinal < $1 order by r.ordinal desc limit $2`;

/** Counts the session, and the change. */
const HOLD = `
with found as materialized (
  select id, held from sessions where id = $1 for update
), changed as (
  update sessions s set held = $2 from found f where s.id = f.id and f.held <> $2 returning s.id
), kept as (
  insert into holds (session_id, held, at, by, reason) select id, $2, $3, $4, $5 from changed
)
select (select count(*)::int from found) as sessions, (select count(*)::int from changed) as held`;

const HOLDS = 'select held, at, by, reason from holds where session_id = $1 order by ordinal';

const EXPIRED = `
select (select count(*)::int from sessions where not open and not held and closed_at < $1) as sessions,
  (select count(*)::int from sessions where held and not open and closed_at < $1) as held,
  (select count(*)::int from rejected where received_at < $1) as "deadLetters"`;

/** Deletes the sessions of `doomed` with everything that belongs to them. */
const DELETION = `journalled as (
  delete from journal j using doomed d where j.session_id = d.id
), worked as (
  delete from outbox o using doomed d where o.session_id = d.id
), searched as (
  delete from search x using doomed d where x.session_id = d.id
), forgotten as (
  delete from search_progress p using doomed d where p.session_id = d.id
), filed as (
  delete from files f using doomed d where f.session_id = d.id
), unfollowed as (
  delete from webhook_places p using doomed d where p.session_id = d.id
), undelivered as (
  delete from webhook_deliveries w using doomed d where w.session_id = d.id
), unrolled as (
  delete from rolled_sessions r using doomed d where r.session_id = d.id
), unlabelled as (
  delete from rolled_labels l using doomed d where l.session_id = d.id
), gone as (
  delete from sessions s using doomed d where s.id = d.id returning s.id
)`;

const DELETE = `
with doomed as materialized (
  select id from sessions where not open and not held and closed_at < $1 order by closed_at limit $2 for update skip locked
), ${DELETION}, old as materialized (
  select channel, account, provider_id from rejected where received_at < $1 order by received_at limit $2 for update skip locked
), dropped as (
  delete from rejected r using old o where r.channel = o.channel and r.account = o.account and r.provider_id = o.provider_id returning 1
)
select (select count(*)::int from gone) as sessions, (select count(*)::int from dropped) as "deadLetters"`;

/** Waits for a turn or a hold under way. */
const DELETE_ONE = `
with found as materialized (
  select id, open, held from sessions where id = $1 for update
), doomed as materialized (
  select id from found where not open and not held
), ${DELETION}
select case when exists (select 1 from doomed) then 'deleted' when open then 'open' else 'held' end as value from found`;

const LEASE = `
insert into leases (name, owner, until) values ($1, $2, $4)
on conflict (name) do update set owner = excluded.owner, until = excluded.until where leases.owner = excluded.owner or leases.until <= $3
returning 1`;

const MOST = '9223372036854775807';

export function archiveOf(database: Database): Archive {
  return {
    async keepDeadLetter({ channel, account, providerId, receivedAt, code, reason, content, size }) {
      const named = [channel, account, providerId].map(storable);
      const kept = [receivedAt, storable(code), storable(reason), storable(content), size];
      return (await database.query('reject', REJECT, [...named, ...kept])).length === 1;
    },

    async deadLetters(limit, cursor) {
      const rows = await database.query('dead-letters', DEAD_LETTERS, [checkedCursor(deadLetterCursor, cursor) ?? MOST, limit + 1], 'long');
      const found = rows.slice(0, limit).map(decodeDeadLetters);
      return { items: found.map(({ event }) => event), next: rows.length > limit ? (found.at(-1)?.ordinal ?? null) : null };
    },

    async hold(sessionId, { held, at, by, reason }) {
      const [row] = await database.query('hold', HOLD, [sessionId, held, at, storable(by), storable(reason)]);
      const { sessions, held: changed } = decodeCounts(row);
      return sessions === 0 ? 'no session' : changed === 0 ? 'unchanged' : 'changed';
    },

    async holds(sessionId) {
      return (await database.query('holds', HOLDS, [sessionId], 'long')).map(decodeHold);
    },

    async expired(before) {
      const [row] = await database.query('expired', EXPIRED, [before], 'long');
      return decodeCounts(row);
    },

    async deleteExpired(before, limit) {
      const [row] = await database.query('delete-expired', DELETE, [before, limit], 'long');
      const { sessions, deadLetters } = decodeCounts(row);
      return { sessions, deadLetters };
    },

    async deleteSession(sessionId) {
      const [row] = await database.query('delete-session', DELETE_ONE, [sessionId]);
      return row === undefined ? 'no session' : decodeDeletion(row);
    },

    async lease(name, owner, now, until) {
      return (await database.query('lease', LEASE, [name, owner, now, until])).length === 1;
    },
  };
}
