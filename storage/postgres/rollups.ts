/**
 * Roll-ups in PostgreSQL.
 *
 * Invariants
 * 1. A batch is one statement. Everything in it depends on the update of the one row of
 *    `rollup_progress`, which states the position before it. Its lock lets one of two instances
 *    through.
 * 2. A mark is deleted by its place in the table together with its content, so a place that was
 *    used again is left alone.
 * 3. A session that was deleted meanwhile must not leave a row behind, so its row is locked while
 *    the batch is written.
 */
import type { SessionId } from '#machines/ids.ts';
import { checkedCursor, rolledCursor } from '#storage/cursor.ts';
import { ints, texts, uuids } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import type { Database } from '#storage/postgres/database.ts';
import {
  decodeApplied,
  decodeListedSession,
  decodeRolledCustomer,
  decodeRollupEntry,
  decodeRollupId,
  decodeRollupMark,
  decodeRollupProgress,
  decodeRollupSource,
  decodeRollupSum,
  decodeSpanProgress,
} from '#storage/postgres/decode.ts';
import { addLateCounts, nextSpan, SPAN_PROGRESS, sumsStatement } from '#storage/postgres/rollup-spans.ts';
import {
  addedUp,
  BUCKET_MS,
  NO_PROGRESS,
  pageOf,
  placeInOrder,
  ROLLUP_DIMENSIONS,
  type RolledCustomer,
  type RolledSession,
  type RollupBatch,
  type RollupCount,
  type RollupFilter,
  type RollupLabel,
  type RollupMark,
  type Rollups,
} from '#storage/rollups.ts';

const PROGRESS = 'select position::float8 as position, back_to as "backTo", complete from rollup_progress';

const MARKS = `select session_id as "sessionId", ctid::text || ' ' || version as mark from rollup_marks limit $1`;

const HISTORY = 'select id from sessions where $2::uuid is null or id < $2 order by id desc limit $1';

const SOURCES = `
select s.id as "sessionId", s.address, s.assistant, s.opened_at as "openedAt",
  case when r.session_id is not null then json_build_object(
    'sessionId', r.session_id, 'seq', r.seq, 'openedAt', r.opened_at, 'lastAt', r.last_at, 'assistant', r.assistant,
    'channel', r.channel, 'queue', r.queue, 'agent', r.agent, 'facts', r.facts) end as rolled
from sessions s left join rolled_sessions r on r.session_id = s.id
where s.id = any($1::uuid[])`;

const ENTRIES = `
select j.session_id as "sessionId", j.seq, j.at, j.kind, j.payload
from unnest($1::uuid[], $2::int[]) as w(session_id, after)
cross join lateral (
  select e.session_id, e.seq, e.at, e.kind, e.payload from journal e
  where e.session_id = w.session_id and e.seq > w.after order by e.seq limit $3
) j
order by j.session_id, j.seq`;

const CUSTOMERS = 'select c.key, c.days from rolled_customers c where c.key = any($1::text[])';

const FORGET_CUSTOMERS = `
with mine as (update rollup_progress set position = position + 1 returning 1)
delete from rolled_customers c where c.key = any($1::text[]) and exists (select from mine)`;

const SESSIONS: readonly Column<RolledSession>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'seq', type: 'int', of: ({ seq }) => seq },
  { name: 'opened_at', type: 'bigint', of: ({ openedAt }) => openedAt },
  { name: 'last_at', type: 'bigint', of: ({ lastAt }) => lastAt },
  { name: 'assistant', type: 'text', of: ({ assistant }) => assistant },
  { name: 'channel', type: 'text', of: ({ channel }) => channel },
  { name: 'queue', type: 'text', of: ({ queue }) => queue },
  { name: 'agent', type: 'text', of: ({ agent }) => agent },
  { name: 'facts', type: 'json', of: ({ facts }) => JSON.stringify(facts) },
];

const LABELS: readonly Column<RollupLabel>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'label', type: 'text', of: ({ label }) => label },
  { name: 'bucket', type: 'int', of: ({ bucket }) => bucket },
  { name: 'assistant', type: 'text', of: ({ assistant }) => assistant },
  { name: 'channel', type: 'text', of: ({ channel }) => channel },
  { name: 'queue', type: 'text', of: ({ queue }) => queue },
  { name: 'agent', type: 'text', of: ({ agent }) => agent },
];

const COUNTS: readonly Column<RollupCount>[] = [
  { name: 'measure', type: 'text', of: ({ measure }) => measure },
  { name: 'bucket', type: 'int', of: ({ bucket }) => bucket },
  { name: 'assistant', type: 'text', of: ({ assistant }) => assistant },
  { name: 'channel', type: 'text', of: ({ channel }) => channel },
  { name: 'queue', type: 'text', of: ({ queue }) => queue },
  { name: 'agent', type: 'text', of: ({ agent }) => agent },
  { name: 'key', type: 'text', of: ({ key }) => key },
  { name: 'n', type: 'bigint', of: ({ n }) => n },
  { name: 'total', type: 'bigint', of: ({ total }) => total },
];

const DAYS: readonly Column<RolledCustomer>[] = [
  { name: 'key', type: 'text', of: ({ key }) => key },
  { name: 'days', type: 'text', of: ({ days }) => ints(days) },
];

const PLACES: readonly Column<{ readonly place: string; readonly sessionId: string; readonly version: number }>[] = [
  { name: 'place', type: 'text', of: ({ place }) => place },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'version', type: 'int', of: ({ version }) => version },
];

const names = (columns: readonly { readonly name: string }[], of: string): string =>
  columns.map(({ name }) => (name === 'days' ? `${of}.days::int[]` : `${of}.${name}`)).join(', ');
const written = (columns: readonly { readonly name: string }[], without: readonly string[]): string =>
  columns
    .filter(({ name }) => !without.includes(name))
    .map(({ name }) => `${name} = excluded.${name}`)
    .join(', ');

/** Rows are written in the order of their keys, so that two batches never wait for each other. */
const APPLY = numbered(`
with mine as materialized (
  insert into rollup_progress as p (only_one, position, back_to, complete)
  select true, 1, ?::uuid, ?::boolean where ?::bigint = 0 or exists (select from rollup_progress)
  on conflict (only_one) do update set position = p.position + 1, back_to = excluded.back_to, complete = excluded.complete
  where p.position = ?::bigint returning p.hours, p.days
), alive as materialized (
  select s.id from sessions s where s.id = any(?::uuid[]) and exists (select from mine) order by s.id for key share
), kept as (
  insert into rolled_sessions (${SESSIONS.map(({ name }) => name).join(', ')})
  select ${names(SESSIONS, 'r')} from ${unnest(SESSIONS, 'r')} where r.session_id in (select id from alive)
  on conflict (session_id) do update set ${written(SESSIONS, ['session_id'])}
), labelled as (
  insert into rolled_labels (${LABELS.map(({ name }) => name).join(', ')})
  select ${names(LABELS, 'l')} from ${unnest(LABELS, 'l')} where l.session_id in (select id from alive)
  on conflict (session_id, label, bucket) do nothing
), given as materialized (
  select ${names(COUNTS, 'c')} from ${unnest(COUNTS, 'c')} where exists (select from mine)
), late as (
  ${addLateCounts('given c')}
), counted as (
  insert into rollups (${COUNTS.map(({ name }) => name).join(', ')})
  select ${names(COUNTS, 'c')} from given c
  order by c.measure, c.bucket, c.assistant, c.channel, c.queue, c.agent, c.key
  on conflict (measure, bucket, assistant, channel, queue, agent, key) do update set n = rollups.n + excluded.n, total = rollups.total + excluded.total
), known as (
  insert into rolled_customers (key, days)
  select ${names(DAYS, 'd')} from ${unnest(DAYS, 'd')} where exists (select from mine)
  on conflict (key) do update set days = excluded.days
), done as (
  delete from rollup_marks m using ${unnest(PLACES, 'p')}
  where m.ctid = p.place::tid and m.session_id = p.session_id and m.version = p.version and exists (select from mine)
)
select count(*)::int as applied from mine`);

/** @param place by what the sessions are in order, in SQL. */
const listed = (
  place: string,
): string => `r.session_id as "sessionId", r.opened_at as "openedAt", r.last_at as "lastAt", r.assistant, r.channel,
  r.queue, r.agent, ${place} as place,
  array(select distinct x.label from rolled_labels x where x.session_id = r.session_id order by x.label) as labels`;

/**
 * One statement for each shape of a list. The limit is part of it, because PostgreSQL would plan
 * for a tenth of the table if it did not know it.
 *
 * A session that counted several times is listed for the last one. PostgreSQL would join the whole
 * table for a `not exists`, and a `max` is found for each row on the way to the limit.
 */
function listStatement(filter: RollupFilter, byLabel: boolean, limit: number) {
  const asked = ROLLUP_DIMENSIONS.filter((dimension) => filter[dimension] !== undefined);
  const matches = (row: string): string => asked.map((dimension, index) => `and ${row}.${dimension} = $${index + 6}`).join(' ');
  const text = byLabel
    ? `
select ${listed('l.bucket')} from (
  select l.session_id, l.bucket from rolled_labels l
  where l.label = $5 and l.bucket >= $1 and l.bucket < $2 and (l.bucket, l.session_id) < ($3::bigint, $4::uuid) ${matches('l')}
    and l.bucket = (
      select max(m.bucket) from rolled_labels m
      where m.session_id = l.session_id and m.label = l.label and m.bucket < $2 ${matches('m')})
  order by l.bucket desc, l.session_id desc limit ${limit}
) l join rolled_sessions r on r.session_id = l.session_id
order by l.bucket desc, l.session_id desc`
    : `
select ${listed('r.opened_at')} from rolled_sessions r
where r.opened_at >= $1::bigint * ${BUCKET_MS} and r.opened_at < $2::bigint * ${BUCKET_MS} and (r.opened_at, r.session_id) < ($3::bigint, $4::uuid)
  and $5::text is null ${matches('r')}
order by r.opened_at desc, r.session_id desc limit ${limit}`;
  return {
    name: `listed-${byLabel ? 'label' : 'opened'}-${asked.join()}-${limit}`,
    text,
    asked: asked.map((dimension) => filter[dimension]),
  };
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function rollupsOf(database: Database): Rollups {
  return {
    async rollupProgress() {
      const [row] = await database.query('rollup-progress', PROGRESS, []);
      return row === undefined ? NO_PROGRESS : decodeRollupProgress(row);
    },

    async rollupMarks(limit) {
      return (await database.query('rollup-marks', MARKS, [limit], 'long')).map(decodeRollupMark);
    },

    async rollupHistory(limit, before) {
      return (await database.query('rollup-history', HISTORY, [limit, before], 'long')).map(decodeRollupId);
    },

    async rollupSources(ids) {
      return (await database.query('rollup-sources', SOURCES, [uuids(ids)], 'long')).map(decodeRollupSource);
    },

    async rollupEntries(sessions, limit) {
      const values = [uuids(sessions.map(({ sessionId }) => sessionId)), ints(sessions.map(({ after }) => after)), limit];
      return (await database.query('rollup-entries', ENTRIES, values, 'long')).map(decodeRollupEntry);
    },

    async rolledCustomers(keys) {
      return (await database.query('rolled-customers', CUSTOMERS, [texts(keys)], 'long')).map(decodeRolledCustomer);
    },

    async forgetCustomers(keys) {
      await database.query('forget-customers', FORGET_CUSTOMERS, [texts(keys)], 'long');
    },

    async applyRollup(batch) {
      return decodeApplied((await database.query('apply-rollup', APPLY, valuesOf(batch), 'long'))[0]);
    },

    async condenseRollups(until) {
      const [row] = await database.query('span-progress', SPAN_PROGRESS, [], 'long');
      const next = row === undefined ? undefined : nextSpan(decodeSpanProgress(row), until);
      if (next === undefined) return false;
      return (await database.query(next.name, next.text, next.values, 'long')).length > 0;
    },

    async rollupSums(query) {
      const [row] = await database.query('span-progress', SPAN_PROGRESS, [], 'long');
      const { name, text, values } = sumsStatement(query, row === undefined ? { hours: 0, days: 0 } : decodeSpanProgress(row));
      return (await database.query(name, text, values, 'long')).map(decodeRollupSum);
    },

    async listedSessions({ from, to, filter, label }, limit, cursor) {
      const after = checkedCursor(rolledCursor, cursor);
      const { place, sessionId } = after === undefined ? { place: Number.MAX_SAFE_INTEGER, sessionId: LAST_ID } : placeInOrder(after);
      const { name, text, asked } = listStatement(filter, label !== undefined, limit + 1);
      const values = [from, to, place, sessionId, label ?? null, ...asked];
      return pageOf((await database.query(name, text, values, 'long')).map(decodeListedSession), limit);
    },
  };
}

function valuesOf({ position, sessions, counts, labels, customers, marks, backTo, complete }: RollupBatch): unknown[] {
  const ids: readonly SessionId[] = sessions.map(({ sessionId }) => sessionId);
  return [
    backTo,
    complete,
    position,
    position,
    uuids(ids),
    ...parameters(SESSIONS, sessions),
    ...parameters(LABELS, labels),
    ...parameters(COUNTS, addedUp(counts)),
    ...parameters(DAYS, customers),
    ...parameters(PLACES, marks.map(placed)),
  ];
}

function placed({ sessionId, mark }: RollupMark) {
  const [place = '', version = ''] = mark.split(' ');
  return { place, sessionId, version: Number(version) };
}
