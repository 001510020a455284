/**
 * Entry point of `npm run bench:analytics` (../README.md). Makes a month of sessions by SQL, lets
 * the program count them, and asks for every measure.
 */
import { parseArgs } from 'node:util';
import { ALWAYS_OPEN, BusinessHours } from '#machines/handoff/business-hours.ts';
import { NO_QUEUES, queuesOf } from '#machines/handoff/queues.ts';
import { inTimeBy } from '#src/analytics/in-time.ts';
import { RollUp } from '#src/analytics/roll-up.ts';
import { figuresOf } from '#src/operations/analytics-figures.ts';
import { MEASURE_NAMES, type MeasureName } from '#src/operations/analytics-measures.ts';
import { stepsOf } from '#src/operations/analytics-ranges.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { databaseAt, openServer } from '../databases.ts';
import { DAYS, ENTRIES, generate } from './generate.ts';

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '1000000' }, repeat: { type: 'string', default: '20' } },
});
const sessions = Number(values.sessions);
const log = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
/** The first day of the month that is made. */
const SINCE = Date.UTC(2026, 9, 1);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const server = await openServer(undefined);
try {
  const { url } = await server.create('analytics');
  await migrate(url);
  log(`making ${sessions} sessions with ${sessions * ENTRIES} entries`);
  await generate(url, sessions, SINCE, log);
  const lifecycle = createPostgresStore({ connectionString: url });
  const { rollups } = lifecycle;
  try {
    const rollUp = new RollUp({
      rollups,
      inTime: inTimeBy(queuesOf(NO_QUEUES), () => new BusinessHours(ALWAYS_OPEN)),
      key: 'bench',
      clock: { now: Date.now, after: () => () => {} },
      lease: undefined,
      onError: (error) => log(String(error)),
    });
    log('counting');
    const began = performance.now();
    await rollUp.round();
    const seconds = (performance.now() - began) / 1_000;
    const database = databaseAt(url);
    const rows = await database.count('select count(*) from rollups');
    const bytes = await database.count(`select pg_total_relation_size('rollups')`);
    const facts = await database.count(`select pg_total_relation_size('rolled_sessions')`);
    console.log(
      `counted ${sessions} sessions, ${sessions * ENTRIES} entries in ${seconds.toFixed(0)} s: ${Math.round((sessions * ENTRIES) / seconds)} entries/s`,
    );
    console.log(`${rows} rows of roll-ups, ${mib(bytes)} MiB; ${mib(facts)} MiB kept of sessions`);
    const opened = await figures(['sessions'], undefined, undefined);
    console.log(`sessions in the month: ${opened.get('sessions')?.[0]?.total.value}`);
    console.log('\n| question about a month, by day | p50 ms | p95 ms |\n| :-- | --: | --: |');
    for (const name of MEASURE_NAMES) print(name, await timed(() => figures([name], undefined, undefined)));
    print('sessions, one channel', await timed(() => figures(['sessions'], { channel: 'web' }, undefined)));
    print('duration, by queue', await timed(() => figures(['duration'], {}, 'queue')));
    print('analyses or intents, by key', await timed(() => figures(['intents'], {}, 'key')));
    print('all measures in one question', await timed(() => figures(MEASURE_NAMES, {}, undefined)));
    const range = { from: SINCE, to: SINCE + DAYS * 86_400_000, filter: {} };
    print('sessions behind abandonment', await timed(() => rollups.rolledSessions({ ...range, label: 'outcome:abandoned' }, 30)));
    print('sessions of a label that none has', await timed(() => rollups.rolledSessions({ ...range, label: 'rating:9' }, 30)));
  } finally {
    await lifecycle.close();
  }

  function figures(names: readonly MeasureName[], filter: Readonly<Record<string, string>> | undefined, by: 'queue' | 'key' | undefined) {
    const from = SINCE / 86_400_000;
    const { edges } = stepsOf({ timeZone: 'Asia/Kolkata', from, to: from + DAYS }, 'day', 'monday');
    return figuresOf(rollups, names, { filter: filter ?? {}, edges, by, top: 20, now: Date.now() });
  }
} finally {
  await server.close();
}

async function timed(ask: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = 0; count < Number(values.repeat); count += 1) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b);
}

function print(name: string, times: readonly number[]): void {
  const at = (share: number): number => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} |`);
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
