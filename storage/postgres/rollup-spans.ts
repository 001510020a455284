/**
 * Sums of hours and days beside those of quarter hours, so that a question about a month of many
 * sessions reads some ten thousands of rows, however many there are of quarter hours.
 *
 * Owns which rows answer a question, and the adding up of an hour or a day. Does not own batches
 * (rollups.ts).
 *
 * Invariants
 * 1. The sums of a span are those of its quarter hours. A batch adds what it counts late to the
 *    spans that there are already, in its own statement. Adding up a span and applying a batch
 *    change the same row of `rollup_progress`, so one of two that meet does nothing.
 * 2. A question is answered from quarter hours where there is no span that fits, so a span that is
 *    missing makes it slower and never wrong.
 */
import { ints, texts } from '#storage/postgres/arrays.ts';
import { BUCKET_MS, ROLLUP_DIMENSIONS, type RollupDimension, type RollupQuery } from '#storage/rollups.ts';

/** Buckets of an hour and of a day of UTC. */
const HOUR = 3_600_000 / BUCKET_MS;
const DAY = 24 * HOUR;

/**
 * Dimensions that spans tell apart. Agents are many, so together with all others they are kept by
 * day only.
 */
const PARTS: readonly { readonly of: readonly RollupDimension[]; readonly hours: boolean }[] = [
  { of: [], hours: true },
  ...ROLLUP_DIMENSIONS.map((dimension) => ({ of: [dimension], hours: true })),
  { of: ['assistant', 'channel', 'queue'], hours: true },
  { of: ROLLUP_DIMENSIONS, hours: false },
];

const nameOf = (parts: readonly RollupDimension[]): string => parts.join(' ');

const PLACE = ['measure', 'parts', 'span', 'bucket', ...ROLLUP_DIMENSIONS, 'key'].join(', ');

/** The parts with a flag for each dimension, in SQL. */
const PARTS_TABLE = `(values ${PARTS.map(
  ({ of, hours }) => `('${nameOf(of)}', ${[hours, ...ROLLUP_DIMENSIONS.map((dimension) => of.includes(dimension))].join(', ')})`,
).join(', ')}) p(parts, hours, ${ROLLUP_DIMENSIONS.map((dimension) => `by_${dimension}`).join(', ')})`;

const DIMENSIONS = ROLLUP_DIMENSIONS.map((dimension) => `c.${dimension}`).join(', ');
const COLUMNS = PLACE.split(', ').length;
/** The columns of a place, by their number. */
const BY_PLACE = Array.from({ length: COLUMNS }, (_, index) => index + 1).join(', ');

/**
 * Adds those of the counts `c` of a batch whose span was added up before. `mine` is the progress.
 */
export function addLateCounts(counts: string): string {
  const spans = `(select ${HOUR}, hours from mine union all select ${DAY}, days from mine) s(span, up_to)`;
  return `${addToSpans(`${counts} cross join ${spans}`, 'c.bucket < s.up_to')}
  on conflict (${PLACE}) do update set n = rollup_spans.n + excluded.n, total = rollup_spans.total + excluded.total`;
}

/** Adds counts `c` to spans `s`. */
function addToSpans(from: string, where: string): string {
  const dimensions = ROLLUP_DIMENSIONS.map((dimension) => `case when p.by_${dimension} then c.${dimension} else '' end`);
  return `insert into rollup_spans (${PLACE}, n, total)
  select c.measure, p.parts, s.span, c.bucket / s.span * s.span, ${dimensions.join(', ')}, c.key, sum(c.n), sum(c.total)
  from ${from} cross join ${PARTS_TABLE} where (p.hours or s.span = ${DAY}) and ${where}
  group by ${BY_PLACE} order by ${BY_PLACE}`;
}

/** The measures that there are, each found by one look into the index. */
const MEASURES = `names(measure) as (
  (select r.measure from rollups r order by r.measure limit 1)
  union all
  select (select r.measure from rollups r where r.measure > n.measure order by r.measure limit 1) from names n where n.measure is not null
)`;

const inSpan = (span: number): string => `c.measure = n.measure and c.bucket >= $1 and c.bucket < $1 + ${span}`;

/** Where the sums begin, once the sessions of before are counted. */
const BEGIN = `
update rollup_progress p set hours = f.first, days = f.first, position = p.position + 1
from (select min(bucket) / ${DAY} * ${DAY} as first from rollups) f
where p.position = $1 and p.complete and p.hours is null and f.first is not null
returning p.position`;

const ADD_HOUR = `
with recursive ${MEASURES}, mine as materialized (
  update rollup_progress p set hours = p.hours + ${HOUR}, position = p.position + 1 where p.position = $2 and p.hours = $1 returning p.hours
), added as (
  ${addToSpans(`mine cross join names n join rollups c on ${inSpan(HOUR)} cross join (values (${HOUR})) s(span)`, 'true')}
)
select 1 from mine`;

/** A day is added up from its hours, except for what is kept by day only. */
const ADD_DAY = `
with recursive ${MEASURES}, mine as materialized (
  update rollup_progress p set days = p.days + ${DAY}, position = p.position + 1 where p.position = $2 and p.days = $1 returning p.days
), c as (
  select c.measure, c.parts, ${DIMENSIONS}, c.key, c.n, c.total
  from names n cross join ${PARTS_TABLE} join rollup_spans c on c.parts = p.parts and c.span = ${HOUR} and ${inSpan(DAY)} where p.hours
  union all
  select c.measure, '${nameOf(ROLLUP_DIMENSIONS)}', ${DIMENSIONS}, c.key, c.n, c.total from names n join rollups c on ${inSpan(DAY)}
), added as (
  insert into rollup_spans (${PLACE}, n, total)
  select c.measure, c.parts, ${DAY}, $1, ${DIMENSIONS}, c.key, sum(c.n), sum(c.total)
  from mine cross join c group by c.measure, c.parts, ${DIMENSIONS}, c.key
)
select 1 from mine`;

/** Up to which bucket there are sums. 0 if there are none. */
export interface SpanProgress {
  readonly position: number;
  readonly complete: boolean;
  readonly hours: number;
  readonly days: number;
}

export const SPAN_PROGRESS = `
select position::float8 as position, complete, coalesce(hours, 0) as hours, coalesce(days, 0) as days from rollup_progress`;

/** The statement that adds up the next span before `until`. Undefined if nothing is left. */
export function nextSpan({ position, complete, hours, days }: SpanProgress, until: number) {
  if (!complete) return undefined;
  if (hours === 0) return { name: 'begin-spans', text: BEGIN, values: [position] };
  if (hours - days >= DAY) return { name: 'add-day', text: ADD_DAY, values: [days, position] };
  return hours + HOUR <= until ? { name: 'add-hour', text: ADD_HOUR, values: [hours, position] } : undefined;
}

/** Buckets that are read as spans of one length. */
interface Piece {
  readonly span: number;
  readonly from: number;
  readonly to: number;
}

/** Splits each step into the longest spans that there are. */
function piecesOf(edges: readonly number[], spans: readonly (readonly [span: number, upTo: number])[]): readonly Piece[] {
  const pieces: Piece[] = [];
  const split = (from: number, to: number, [longest, ...shorter]: typeof spans): void => {
    if (from >= to) return;
    const [span, upTo] = longest ?? [1, to];
    const first = Math.ceil(from / span) * span;
    const last = Math.floor(Math.min(to, upTo) / span) * span;
    if (first >= last) return split(from, to, shorter);
    split(from, first, shorter);
    const before = pieces.at(-1);
    if (before?.span === span && before.to === first) pieces[pieces.length - 1] = { ...before, to: last };
    else pieces.push({ span, from: first, to: last });
    split(last, to, shorter);
  };
  for (const [index, from] of edges.slice(0, -1).entries()) split(from, edges[index + 1] ?? from, spans);
  return pieces;
}

/**
 * One statement for each shape of a question, with the conditions that it has. The rows of each
 * measure in each piece are read through a primary key. They are added up for each piece, which
 * also keeps PostgreSQL from joining the pieces to a table that it has read as a whole.
 */
export function sumsStatement({ measures, edges, filter, by, byKey }: RollupQuery, { hours, days }: Pick<SpanProgress, 'hours' | 'days'>) {
  const asked = ROLLUP_DIMENSIONS.filter((dimension) => filter[dimension] !== undefined);
  const parts = PARTS.find(({ of }) => [...asked, ...(by === undefined ? [] : [by])].every((dimension) => of.includes(dimension)));
  const pieces = piecesOf(edges, [[DAY, days], ...(parts?.hours === true ? [[HOUR, hours] as const] : [])]);
  const [spans, quarters] = [pieces.filter(({ span }) => span > 1), pieces.filter(({ span }) => span === 1)];
  const sums = (from: string): string => `select u.measure, u.bucket, ${by === undefined ? `''` : `u.${by}`} as "group",
    ${byKey ? 'u.key' : `''`} as key, sum(u.n)::float8 as n, sum(u.total)::float8 as total
  from ${from} and u.measure = any($1::text[]) and u.bucket >= p.first and u.bucket < p.last
    ${asked.map((dimension, index) => `and u.${dimension} = $${index + 8}`).join(' ')}
  group by 1, 2, 3, 4`;
  const name = nameOf(parts?.of ?? []);
  return {
    // The filter and the split decide the parts. PostgreSQL takes 63 characters.
    name: `sums-${by ?? ''}-${byKey ? 'key' : ''}-${asked.join()}`,
    text: `
select s.measure, width_bucket(s.bucket, $2::int[]) - 1 as step, s."group", s.key, sum(s.n) as n, sum(s.total) as total
from (
  select s.* from unnest($3::int[], $4::int[], $5::int[]) p(span, first, last)
  cross join lateral (${sums(`rollup_spans u where u.parts = '${name}' and u.span = p.span`)}) s
  union all
  select s.* from unnest($6::int[], $7::int[]) p(first, last) cross join lateral (${sums('rollups u where true')}) s
) s
group by 1, 2, 3, 4
having sum(s.n) <> 0 or sum(s.total) <> 0`,
    values: [
      ...[texts(measures), ints(edges)],
      ...[ints(spans.map(({ span }) => span)), ints(spans.map(({ from }) => from)), ints(spans.map(({ to }) => to))],
      ...[ints(quarters.map(({ from }) => from)), ints(quarters.map(({ to }) => to))],
      ...asked.map((dimension) => filter[dimension]),
    ],
  };
}
