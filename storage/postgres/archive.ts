/**
 * Archive in PostgreSQL.
 *
 * Invariants
 * 1. A deletion takes row locks in one short statement and skips locked rows. A hold is a column of
 *    the row, so if a hold and a deletion meet, the later sees what the earlier did.
 * 2. Everything of a session is deleted with it in the same statement, except the record of its
 *    holds.
 * 3. A session counts as indexed once all its messages are. The index itself shows how far a
 *    session is, so a chore that was cut off continues.
 */
import type { SessionId } from '#machines/ids.ts';
import type { Archive } from '#storage/archive.ts';
import { checkedCursor, deadLetterCursor, searchCursor } from '#storage/cursor.ts';
import type { Page } from '#storage/port.ts';
import { ints, storable, texts, uuids } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import {
  decodeCounts,
  decodeDeadLetters,
  decodeHold,
  decodeMatch,
  decodeUnindexed,
  ENTRY,
  type Unindexed,
} from '#storage/postgres/decode.ts';
import { isPrefix, queryWords, searchWordsOf } from '#storage/words.ts';

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

const DELETE = `
with doomed as materialized (
  select id from sessions where not open and not held and closed_at < $1 order by closed_at limit $2 for update skip locked
), journalled as (
  delete from journal j using doomed d where j.session_id = d.id
), worked as (
  delete from outbox o using doomed d where o.session_id = d.id
), searched as (
  delete from search x using doomed d where x.session_id = d.id
), filed as (
  delete from files f using doomed d where f.session_id = d.id
), unrolled as (
  delete from rolled_sessions r using doomed d where r.session_id = d.id
), gone as (
  delete from sessions s using doomed d where s.id = d.id returning s.id
), old as materialized (
  select channel, account, provider_id from rejected where received_at < $1 order by received_at limit $2 for update skip locked
), dropped as (
  delete from rejected r using old o where r.channel = o.channel and r.account = o.account and r.provider_id = o.provider_id returning 1
)
select (select count(*)::int from gone) as sessions, (select count(*)::int from dropped) as "deadLetters"`;

/**
 * Messages of one session that are indexed in one step. With the longest texts they are two
 * megabytes.
 */
const MESSAGES = 64;

const UNINDEXED = `
select s.id as "sessionId", j.seqs, j.texts from (
  select id from sessions where not open and not indexed order by closed_at limit $1
) s cross join lateral (
  select array_agg(m.seq order by m.seq) as seqs, array_agg(m.text order by m.seq) as texts from (
    select seq, text from journal
    where session_id = s.id and text is not null and seq > coalesce((select max(x.seq) from search x where x.session_id = s.id), 0)
    order by seq limit ${MESSAGES}
  ) m
) j`;

/**
 * A session that was deleted meanwhile must not leave words behind, so its row is locked while they
 * are written.
 */
const INDEX = `
with there as materialized (
  select id from sessions where id = any($1::uuid[]) order by id for key share
), written as (
  insert into search (session_id, seq, words)
  select w.session_id, w.seq, array_to_tsvector(string_to_array(w.words, ' '))
  from unnest($2::uuid[], $3::int[], $4::text[]) as w(session_id, seq, words)
  where w.session_id in (select id from there)
  on conflict do nothing
)
update sessions set indexed = true where id in (select id from there) and id = any($5::uuid[])`;

/**
 * More matches than this are common words. Walking from the youngest session soon finds a page of
 * them, and sorting all would cost more.
 */
const RARE = 5_000;

const SEARCH_RARE = `
with matching as materialized (
  select session_id, seq from search where words @@ $1::tsquery limit ${RARE + 1}
), found as materialized (
  select session_id, seq from matching where (session_id, seq) < ($2::uuid, $3::int) order by session_id desc, seq desc limit $4
)
select (select count(*)::int from matching) as matches, ${ENTRY}
from (select 1) one left join found x on true left join journal j on j.session_id = x.session_id and j.seq = x.seq
order by j.session_id desc, j.seq desc`;

const SEARCH_COMMON = `
select 0 as matches, ${ENTRY} from (
  select x.session_id, x.seq from search x
  where x.words @@ $1::tsquery and (x.session_id, x.seq) < ($2::uuid, $3::int)
  order by x.session_id desc, x.seq desc limit $4
) x join journal j on j.session_id = x.session_id and j.seq = x.seq
order by j.session_id desc, j.seq desc`;

const LEASE = `
insert into leases (name, owner, until) values ($1, $2, $4)
on conflict (name) do update set owner = excluded.owner, until = excluded.until where leases.owner = excluded.owner or leases.until <= $3
returning 1`;

const MOST = '9223372036854775807';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

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

    async index(limit) {
      const found = (await database.query('unindexed', UNINDEXED, [limit], 'long')).map(decodeUnindexed);
      if (found.length > 0) await database.query('index', INDEX, indexColumns(found), 'long');
      return found.length;
    },

    async search(query, limit, cursor) {
      const words = queryWords(query);
      if (words.length === 0) return { items: [], next: null };
      const [id, seq] = checkedCursor(searchCursor, cursor)?.split('.') ?? [LAST_ID, 0];
      const values = [words.map(lexeme).join(' & '), id, seq, limit + 1];
      let rows = (await database.query('search-rare', SEARCH_RARE, values, 'long')).map(decodeMatch);
      if ((rows[0]?.matches ?? 0) > RARE) rows = (await database.query('search-common', SEARCH_COMMON, values, 'long')).map(decodeMatch);
      return page(
        rows.flatMap(({ entry }) => entry ?? []),
        limit,
      );
    },

    async lease(name, owner, now, until) {
      return (await database.query('lease', LEASE, [name, owner, now, until])).length === 1;
    },
  };
}

/** Words contain letters and digits only, so nothing has to be escaped. */
function lexeme(word: string): string {
  return `'${word}'${isPrefix(word) ? ':*' : ''}`;
}

function indexColumns(found: readonly Unindexed[]): unknown[] {
  const words = found.flatMap(({ sessionId, seqs, texts: written }) =>
    (written ?? []).map((text, index) => ({ sessionId, seq: seqs?.[index] ?? 0, words: searchWordsOf(text).join(' ') })),
  );
  return [
    uuids(found.map(({ sessionId }) => sessionId)),
    uuids(words.map(({ sessionId }) => sessionId)),
    ints(words.map(({ seq }) => seq)),
    texts(words.map((message) => message.words)),
    uuids(found.filter(({ seqs }) => (seqs?.length ?? 0) < MESSAGES).map(({ sessionId }) => sessionId)),
  ];
}

function page<T extends { readonly sessionId: SessionId; readonly seq: number }>(found: readonly T[], limit: number): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? `${last.sessionId}.${last.seq}` : null };
}
