/**
 * Two processes count one database, and are killed at any moment. What they stored is compared with
 * a second count of the journals, by the check of the chaos run, which must also find a count that
 * is missing and one that is there twice.
 */

import * as fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { RollupEntry, Rollups } from '#storage/rollups.ts';
import { startProcess } from '#test/end-to-end/app-process.ts';
import { analyticsFindings } from '#test/faults/checks.ts';
import { readStored } from '#test/faults/evidence.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { generate } from '../../../bench/analytics/generate.ts';
import { countAll, simpleRollUp } from './simple-roll-up.ts';

const SESSIONS = 60;
const PROGRAM = new URL('counting-process.ts', import.meta.url).pathname;

const { connectionString } = await createTestDatabase();
let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString });
  await client.connect();
});
afterAll(() => client.end());

async function findings(): Promise<readonly string[]> {
  return analyticsFindings(await readStored(connectionString));
}

/** Spans that are not what their quarter hours amount to, or that are missing. */
const WRONG_SPANS = `
with parts as (select distinct parts, span from rollup_spans), expected as (
  select r.measure, p.parts, p.span, r.bucket / p.span * p.span as bucket,
    case when p.parts like '%assistant%' then r.assistant else '' end as assistant,
    case when p.parts like '%channel%' then r.channel else '' end as channel,
    case when p.parts like '%queue%' then r.queue else '' end as queue,
    case when p.parts like '%agent%' then r.agent else '' end as agent, r.key, sum(r.n) as n, sum(r.total) as total
  from rollups r cross join parts p, rollup_progress g
  where r.bucket < case when p.span = 4 then g.hours else g.days end group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)
select count(*)::int as wrong, (select count(*)::int from rollup_spans) as all from (
  (select measure, parts, span, bucket, assistant, channel, queue, agent, key, n, total from rollup_spans except select * from expected)
  union all
  (select * from expected except select measure, parts, span, bucket, assistant, channel, queue, agent, key, n, total from rollup_spans)
) d`;

async function countWithKills(seed: number): Promise<number> {
  const moments = fc.sample(fc.integer({ min: 1, max: 3 }), { seed, numRuns: 8 });
  let kills = 0;
  for (const moment of moments) {
    const two = [startProcess([PROGRAM, connectionString]), startProcess([PROGRAM, connectionString])];
    const reached = await Promise.race(two.map((one) => one.printed(new RegExp(`^step ${moment}$|^done$`))));
    for (const one of two) if ((await one.end('SIGKILL')) === null) kills += 1;
    if (reached[0] === 'done') break;
  }
  const last = startProcess([PROGRAM, connectionString]);
  await last.printed(/^done$/);
  await last.exited;
  return kills;
}

test('each entry is counted once, and late ones reach the hours and days that were added up', async () => {
  await generate(connectionString, SESSIONS, Date.now() - 40 * 86_400_000, () => {});
  await client.query(`update sessions set snapshot = '{"timers":[]}'`);
  // What is left out at first is late then.
  await client.query('create table late as select * from journal where seq > 14');
  await client.query('delete from journal where seq > 14');
  await client.query('insert into rollup_marks select id, version from sessions where ordinal % 2 = 0');
  expect(await countWithKills(7)).toBeGreaterThan(4);
  expect(await findings()).toEqual([]);
  expect((await client.query(WRONG_SPANS)).rows).toEqual([{ wrong: 0, all: expect.any(Number) }]);

  await client.query('insert into journal select * from late');
  await client.query('insert into rollup_marks select id, version from sessions');
  expect(await countWithKills(8)).toBeGreaterThan(4);
  expect(await findings()).toEqual([]);
  const [{ wrong, all } = { wrong: -1, all: 0 }] = (await client.query(WRONG_SPANS)).rows;
  expect(wrong).toBe(0);
  expect(all).toBeGreaterThan(1_000);
  const measures = (await readStored(connectionString)).rollups.map(({ measure }) => measure);
  expect(measures).toEqual(expect.arrayContaining(['cache_hits', 'intents', 'ratings', 'tool_calls', 'cost']));
});

test.each([
  ['missing', 'delete from rollups where ctid = (select ctid from rollups limit 1)'],
  ['there twice', 'update rollups set n = n * 2 where ctid = (select ctid from rollups where n > 0 limit 1)'],
])('the check finds a count that is %s', async (_name, statement) => {
  const before = await client.query('select * from rollups');
  await client.query(statement);
  expect(await findings()).not.toEqual([]);
  await client.query('truncate rollups');
  for (const row of before.rows)
    await client.query('insert into rollups select * from json_populate_record(null::rollups, $1)', [JSON.stringify(row)]);
  expect(await findings()).toEqual([]);
});

test.each<readonly [string, (entries: readonly RollupEntry[]) => readonly RollupEntry[]]>([
  ['passes over one entry', (entries) => entries.filter(({ seq }) => seq !== 5)],
  ['takes one entry twice', (entries) => entries.flatMap((entry) => (entry.seq === 5 ? [entry, entry] : [entry]))],
])('the check finds that the counting %s', async (_name, change) => {
  await client.query('truncate rollups, rollup_spans, rollup_marks, rollup_progress, rolled_sessions, rolled_labels, rolled_customers');
  const lifecycle = createPostgresStore({ connectionString });
  const rollups: Rollups = {
    ...lifecycle.rollups,
    rollupEntries: async (sessions, limit) => change(await lifecycle.rollups.rollupEntries(sessions, limit)),
  };
  const rollUp = simpleRollUp({ rollups });
  await countAll(rollUp);
  await lifecycle.close();
  expect(await findings()).not.toEqual([]);
});
