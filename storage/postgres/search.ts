/**
 * Search in PostgreSQL, by a GIN index over the words of each entry.
 *
 * Invariants
 * 1. No turn writes to it. A chore finds what is missing by comparing versions, so nothing that is
 *    lost on the way can be missed for good.
 * 2. A deleted session leaves no entry behind. Its row is locked while entries are written, and the
 *    deletion takes them with it (archive.ts).
 * 3. What a search reads is bounded, whatever is searched.
 */
import { checkedCursor, searchCursor } from '#storage/cursor.ts';
import { hasNearWords, isNear, slipKeys } from '#storage/near-words.ts';
import type { Page } from '#storage/port.ts';
import { ints, storable, texts, uuids } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeHit, decodeSearchPlace, decodeUnindexed, decodeWord, ENTRY, SESSION } from '#storage/postgres/decode.ts';
import { exactQuery, type IndexQuery, indexTextOf, nearQuery } from '#storage/postgres/search-text.ts';
import { type IndexedSession, type SearchFilter, type SearchHit, type SearchIndex, sourceOf } from '#storage/search.ts';
import type { SearchQuery } from '#storage/search-query.ts';

/**
 * Entries of one session that are indexed in one step. With the longest texts they are two
 * megabytes.
 */
const ENTRIES = 64;

/** Open sessions are compared one by one. Closed ones that are not in the index have an index. */
const UNINDEXED = `
with behind as materialized (
  (select s.id, coalesce(p.seq, 0) as seq from sessions s left join search_progress p on p.session_id = s.id
    where not s.open and not s.searched order by s.closed_at limit $1)
  union all
  (select s.id, coalesce(p.seq, 0) from sessions s left join search_progress p on p.session_id = s.id
    where s.open and s.version > coalesce(p.seq, 0) limit $1)
)
select ${SESSION}, j.seqs, j.ats, j.kinds, j.texts from behind b join sessions s on s.id = b.id cross join lateral (
  select array_agg(m.seq order by m.seq) as seqs, array_agg(m.at order by m.seq) as ats,
    array_agg(m.kind order by m.seq) as kinds, array_agg(m.text order by m.seq) as texts
  from (
    select seq, at, kind, text from journal where session_id = b.id and text is not null and seq > b.seq and seq <= s.version
    order by seq limit ${ENTRIES}
  ) m
) j`;

const PUT = `
with there as materialized (
  select id from sessions where id = any($1::uuid[]) order by id for key share
), written as (
  insert into search (session_id, seq, at, words)
  select w.session_id, w.seq, w.at, w.words::tsvector
  from unnest($2::uuid[], $3::int[], $4::bigint[], $5::text[]) as w(session_id, seq, at, words)
  where w.session_id in (select id from there)
  on conflict (session_id, seq) do update set at = excluded.at, words = excluded.words
  where (search.at, search.words) is distinct from (excluded.at, excluded.words)
), advanced as (
  insert into search_progress as p (session_id, seq)
  select a.session_id, a.seq from unnest($6::uuid[], $7::int[]) as a(session_id, seq) where a.session_id in (select id from there)
  on conflict (session_id) do update set seq = greatest(p.seq, excluded.seq)
), left_behind as (
  delete from search_progress where session_id = any($8::uuid[])
), known as (
  insert into search_lexicon (word, keys)
  select n.word, n.keys::int[] from unnest($9::text[], $10::text[]) as n(word, keys) on conflict do nothing
)
update sessions set searched = true where id in (select id from there) and id = any($8::uuid[])`;

/** Words that share a key with one of ours. */
const NEAR = 'select word from search_lexicon where keys && $1::int[] limit 2000';
/** Near words of one word of a query that are searched. */
const MOST_NEAR = 20;

const FORGET = `
with checked as materialized (
  select word from search_lexicon where word > $1 order by word limit $2
), gone as (
  delete from search_lexicon w using checked o where w.word = o.word
  and not exists (select 1 from search x where x.words @@ quote_literal(o.word)::tsquery)
)
select max(word) as word from checked`;

/**
 * More candidates than this are common words. They lie all over the table, and walking from the
 * youngest session finds a page of them with fewer reads.
 */
const RARE = 1_000;
/** Entries that a walk reads. A page that is not full after them goes on with the next call. */
const WALKED = 50_000;

const FIRST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LAST_SEQ = 2_147_483_647;

export function searchOf(database: Database): SearchIndex {
  async function nearWords(query: SearchQuery): Promise<ReadonlyMap<string, readonly string[]>> {
    const words = query.flatMap((term) => (term.kind === 'word' && hasNearWords(term.word) ? [term.word] : []));
    if (words.length === 0) return new Map();
    const found = (await database.query('near-words', NEAR, [ints(words.flatMap(slipKeys))], 'long')).map(decodeWord);
    return new Map(words.map((word) => [word, found.filter((other) => other !== word && isNear(word, other)).slice(0, MOST_NEAR)]));
  }

  async function hitsOf({ wanted, candidates }: IndexQuery, filter: SearchFilter, place: Place, limit: number): Promise<Page<SearchHit>> {
    const { isNear, session, seq } = place;
    const within = filter.session === undefined ? [] : [filter.session];
    const run = async (kind: string, { name, values }: Conditions, text: string, more: readonly unknown[]) => {
      const found = await database.query(`search-${kind}-${name}`, text, [wanted, session, seq, limit + 1, ...more, ...values], 'long');
      return found.map(decodeHit);
    };
    if (filter.session === undefined) {
      const conditions = conditionsOf(filter, 6);
      const found = await run('rare', conditions, rareStatement(conditions), [candidates]);
      if ((found[0]?.candidates ?? 0) <= RARE) return page(found, limit, isNear);
    }
    const kind = filter.session === undefined ? 'walk' : 'walk-session';
    const conditions = conditionsOf(filter, 5 + within.length);
    const hits = page(await run(kind, conditions, walkStatement(conditions, within.length > 0), within), limit, isNear);
    if (hits.next !== null) return hits;
    const [end] = await database.query(`search-end-${kind}`, endStatement(within.length > 0), [session, seq, ...within], 'long');
    return { items: hits.items, next: end === undefined ? null : cursorOf({ ...decodeSearchPlace(end), isNear }) };
  }

  return {
    async search({ query, filter, limit, cursor }) {
      if (query.length === 0) return { items: [], next: null };
      const start = startOf(filter);
      const place = placeOf(cursor) ?? { ...start, isNear: false };
      const exact = place.isNear ? undefined : await hitsOf(exactQuery(query, filter), filter, place, limit);
      const items = exact?.items ?? [];
      if (exact !== undefined && exact.next !== null) return exact;
      const nearStart = { ...start, isNear: true };
      if (items.length === limit) return { items, next: cursorOf(nearStart) };
      const near = nearQuery(query, filter, await nearWords(query));
      if (near === undefined) return { items, next: null };
      const more = await hitsOf(near, filter, place.isNear ? place : nearStart, limit - items.length);
      return { items: [...items, ...more.items], next: more.next };
    },

    async unindexed(limit) {
      return (await database.query('unindexed', UNINDEXED, [limit], 'long')).map((row) => {
        const { session, entries } = decodeUnindexed(row);
        return { session, entries, upTo: entries.length < ENTRIES ? session.version : (entries.at(-1)?.seq ?? session.version) };
      });
    },

    async put(sessions) {
      if (sessions.length > 0) await database.query('put-search', PUT, columnsOf(sessions), 'long');
    },

    async forgetWords(after, limit) {
      const [row] = await database.query('forget-words', FORGET, [after ?? '', limit], 'long');
      return row === undefined ? null : decodeWord(row);
    },
  };
}

/** Before that entry. */
interface Place {
  readonly isNear: boolean;
  readonly session: string;
  readonly seq: number;
}

/** Ids begin with the time at which their session was opened. Clocks of instances may differ. */
const CLOCKS_MS = 3_600_000;

/** Nothing was written before `to` in a session that was opened after it. */
function startOf({ to }: SearchFilter): Pick<Place, 'session' | 'seq'> {
  if (to === undefined) return { session: FIRST, seq: LAST_SEQ };
  const time = Math.max(0, to + CLOCKS_MS)
    .toString(16)
    .padStart(12, '0')
    .slice(0, 12);
  return { session: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`, seq: LAST_SEQ };
}

function placeOf(cursor: string | undefined): Place | undefined {
  const [match, session, seq] = checkedCursor(searchCursor, cursor)?.split('.') ?? [];
  return session === undefined ? undefined : { isNear: match === 'n', session, seq: Number(seq) };
}

function cursorOf({ isNear, session, seq }: Place): string {
  return `${isNear ? 'n' : 'e'}.${session}.${seq}`;
}

function page(found: readonly ReturnType<typeof decodeHit>[], limit: number, isNear: boolean): Page<SearchHit> {
  const hits = found.flatMap(({ hit }) => hit ?? []);
  const items = hits.slice(0, limit).map((hit) => ({ ...hit, isNear }));
  const last = items.at(-1);
  if (hits.length <= limit || last === undefined) return { items, next: null };
  return { items, next: cursorOf({ isNear, session: last.sessionId, seq: last.entry?.seq ?? 0 }) };
}

interface Conditions {
  /** One for each combination of filters, as part of a statement's name. */
  readonly name: string;
  /** Over `x`, an entry of the index. */
  readonly entry: readonly string[];
  readonly values: readonly unknown[];
}

/** @param first number of the first of their parameters. */
function conditionsOf({ agent, tag, open, from, to }: SearchFilter, first: number): Conditions {
  const values: unknown[] = [];
  const names: string[] = [];
  const entry: string[] = [];
  const session: string[] = [];
  const add = (name: string, into: string[], value: unknown, condition: (parameter: string) => string): void => {
    if (value === undefined) return;
    names.push(name);
    into.push(condition(`$${values.push(typeof value === 'string' ? storable(value) : value) + first - 1}`));
  };
  add('from', entry, from, (at) => `x.at >= ${at}::bigint`);
  add('to', entry, to, (at) => `x.at < ${at}::bigint`);
  add('agent', session, agent, (id) => `s.agent_id = ${id}::text`);
  add('tag', session, tag, (name) => `s.tags @> array[${name}::text]`);
  add('open', session, open, (is) => `s.open = ${is}::boolean`);
  // A subquery, because a join may read the rows of all sessions. This reads them by their key, for
  // entries that match only.
  const ofSession = `(select ${session.join(' and ')} from sessions s where s.id = x.session_id)`;
  return { name: names.join('-'), entry: session.length === 0 ? entry : [...entry, ofSession], values };
}

const PLACE = '(x.session_id, x.seq) < ($2::uuid, $3::int)';
const ORDER = 'x.session_id desc, x.seq desc';
const HIT = `x.session_id as "hitSession", x.at as "hitAt", ${ENTRY}`;

function rareStatement(conditions: Conditions): string {
  return `
with candidates as materialized (
  select x.session_id, x.seq, x.at, x.words from search x where x.words @@ $5::tsquery limit ${RARE + 1}
), found as materialized (
  select x.session_id, x.seq, x.at from candidates x
  where ${['x.words @@ $1::tsquery', PLACE, ...conditions.entry].join(' and ')} order by ${ORDER} limit $4
)
select (select count(*)::int from candidates) as candidates, ${HIT}
from (select 1) one left join found x on true left join journal j on j.session_id = x.session_id and j.seq = x.seq
order by ${ORDER}`;
}

/**
 * Sessions, or one session, from the youngest entry on. They are two statements, because the
 * planner would take a condition on a session that may be null for a narrow one, and sort the
 * table.
 */
function walk(place: string, session: string | undefined, columns: string): string {
  const within = session === undefined ? '' : ` and x.session_id = ${session}::uuid`;
  return `select ${columns} from search x where ${place}${within} order by ${ORDER}`;
}

function walkStatement(conditions: Conditions, isOneSession: boolean): string {
  return `
select 0 as candidates, ${HIT} from (
  select x.session_id, x.seq, x.at from (
    ${walk(PLACE, isOneSession ? '$5' : undefined, 'x.session_id, x.seq, x.at, x.words')} limit ${WALKED}
  ) x
  where ${['x.words @@ $1::tsquery', ...conditions.entry].join(' and ')} order by ${ORDER} limit $4
) x left join journal j on j.session_id = x.session_id and j.seq = x.seq
order by ${ORDER}`;
}

function endStatement(isOneSession: boolean): string {
  const walked = walk('(x.session_id, x.seq) < ($1::uuid, $2::int)', isOneSession ? '$3' : undefined, 'x.session_id as session, x.seq');
  return `${walked} offset ${WALKED - 1} limit 1`;
}

function columnsOf(sessions: readonly IndexedSession[]): unknown[] {
  const entries = sessions.flatMap(({ session, profile, entries: written }) => {
    const channel = session.address.slice(0, session.address.indexOf(':'));
    const facts = { channel, assistant: session.assistant };
    const profileText = { id: session.id, seq: 0, at: session.openedAt, ...indexTextOf(profile, { ...facts, source: 'profile' }) };
    return [
      profileText,
      ...written.map(({ seq, at, kind, text }) => ({
        id: session.id,
        seq,
        at,
        ...indexTextOf(text ?? '', { ...facts, source: sourceOf(kind) }),
      })),
    ];
  });
  const isWhole = ({ session, upTo }: IndexedSession): boolean => !session.open && upTo === session.version;
  const partly = sessions.filter((one) => !isWhole(one));
  // In order, so that two writers cannot wait for each other.
  const words = [...new Set(entries.flatMap((entry) => entry.words))].sort();
  return [
    uuids(sessions.map(({ session }) => session.id)),
    uuids(entries.map(({ id }) => id)),
    ints(entries.map(({ seq }) => seq)),
    ints(entries.map(({ at }) => at)),
    texts(entries.map(({ vector }) => storable(vector))),
    uuids(partly.map(({ session }) => session.id)),
    ints(partly.map(({ upTo }) => upTo)),
    uuids(sessions.filter(isWhole).map(({ session }) => session.id)),
    texts(words),
    texts(words.map((word) => `{${slipKeys(word).join()}}`)),
  ];
}
