/**
 * Builds the statement of a listing, one for each combination of filters, newest first. Ids sort by
 * opening time.
 *
 * Invariant. A page by address, channel, agent, queue or open reads its own rows by index, whatever
 * the values are. Plans are kept and made without the values (connections.ts), so the text itself
 * leads to the index. With a filter `queue = $1 order by id` the planner could walk all sessions in
 * the order of their ids. That is fast for a common value and scans everything for a rare one. A
 * range of `(queue, id)`, in that order, can only be read from the index on both.
 */
import type { SessionFilter } from '#storage/port.ts';
import { resolved } from '#storage/postgres/addresses.ts';
import { storable } from '#storage/postgres/arrays.ts';
import { SESSION } from '#storage/postgres/decode.ts';

interface Listing {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** No session has them, because ids are of version 7. */
const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const CHANNEL = "split_part(s.address, ':', 1)";

const COLUMNS = {
  queue: 's.queue',
  agent: 's.agent_id',
  channel: CHANNEL,
  address: 's.address',
  assistant: 's.assistant',
  state: 's.state',
  handler: 's.handler',
} as const;
const FIELDS = ['queue', 'agent', 'channel', 'address', 'assistant', 'state', 'handler'] as const;

type Field = keyof typeof COLUMNS;

/** `limit + 1` rows, so that the caller knows whether more follow. */
export function listing(filter: SessionFilter, limit: number, cursor: string = HIGHEST): Listing {
  const values: unknown[] = [cursor, limit + 1];
  const names: string[] = [];
  const given = new Map<Field, string>();
  for (const field of FIELDS) {
    const value = filter[field];
    if (value === undefined) continue;
    // Two letters for each field, because PostgreSQL takes names of at most 63 bytes.
    names.push(field.slice(0, 2));
    const parameter = `$${values.push(storable(value))}::text`;
    given.set(field, field === 'address' ? resolved(parameter) : parameter);
  }
  const tag = filter.tag === undefined ? undefined : `$${values.push(storable(filter.tag))}::text`;
  if (tag !== undefined) names.push('tag');
  if (filter.open !== undefined) names.push(filter.open ? 'open' : 'closed');
  return { name: `sessions-${names.join('-')}`, text: textOf(given, filter.open, tag), values };
}

function textOf(given: ReadonlyMap<Field, string>, open: boolean | undefined, tag: string | undefined): string {
  const equal = [...given].map(([field, parameter]) => `${COLUMNS[field]} = ${parameter}`);
  // A literal, because an index over only the open ones, or only the others, serves no parameter.
  const opens = open === undefined ? [] : [open ? 's.open' : 'not s.open'];
  if (tag !== undefined) return taggedPage([...equal, ...opens, `s.tags <> '{}'`, `s.tags @> array[${tag}]`]);
  for (const field of ['queue', 'agent'] as const) {
    const value = given.get(field);
    if (value !== undefined) return page({ [COLUMNS[field]]: value }, [`${COLUMNS[field]} is not null`, ...equal, ...opens]);
  }
  const channel = given.get('channel');
  if (channel === undefined || given.has('address')) return page({}, [...equal, ...opens]);
  const pages = (open === undefined ? [true, false] : [open]).map((is) => page({ [CHANNEL]: channel, 's.open': `${is}` }, equal));
  return pages.length === 1 ? pages.join() : `select * from ((${pages.join(') union all (')})) s order by s.id desc limit $2`;
}

/**
 * A page in the order of an index on the columns of `lead`, which have the given values, and the
 * id.
 */
function page(lead: Readonly<Record<string, string>>, conditions: readonly string[]): string {
  const row = [...Object.keys(lead), 's.id'];
  const [below, above] = ['$1::uuid', `'${LOWEST}'::uuid`].map((id) => [...Object.values(lead), id].join(', '));
  const range = [`(${row.join(', ')}) < (${below})`, `(${row.join(', ')}) > (${above})`];
  const order = row.map((name) => `${name} desc`).join(', ');
  return `select ${SESSION} from sessions s where ${[...range, ...conditions].join(' and ')} order by ${order} limit $2`;
}

/**
 * The index of tags has no order. All matching ids are read and sorted, and then the rows of the
 * page.
 */
function taggedPage(conditions: readonly string[]): string {
  return `with tagged as materialized (select s.id from sessions s where ${conditions.join(' and ')})
select ${SESSION} from sessions s
where s.id = any (array(select t.id from tagged t where t.id < $1::uuid order by t.id desc limit $2)) order by s.id desc`;
}
