/**
 * Entry point of `npm run bench:analytics` (../README.md). Makes a month of sessions by SQL, lets
 * the program count them, and asks for every measure. With `--database` it only asks, in a database
 * that an earlier run has filled.
 */
import { parseArgs } from 'node:util';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import type { Rollups } from '#storage/rollups.ts';
import { countAll, simpleRollUp } from '#test/src/analytics/simple-roll-up.ts';
import { databaseAt, openServer } from '../databases.ts';
import { DAYS, ENTRIES, generate } from './generate.ts';
import { askQuestions } from './questions.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' },
    repeat: { type: 'string', default: '20' },
    database: { type: 'string' },
  },
});
const sessions = Number(values.sessions);
const log = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
const print = (line: string): void => console.log(line);
/** The first day of the month that is made. */
const SINCE = Date.UTC(2026, 9, 1);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (values.database !== undefined) await ask(values.database);
else {
  const server = await openServer(undefined);
  try {
    const { url } = await server.create('analytics');
    await fill(url);
    await ask(url);
  } finally {
    await server.close();
  }
}

async function fill(url: string): Promise<void> {
  await migrate(url);
  log(`making ${sessions} sessions with ${sessions * ENTRIES} entries`);
  await generate(url, sessions, SINCE, log);
  await withRollups(url, async (rollups) => {
    const rollUp = simpleRollUp({ rollups, onError: (error) => log(String(error)) });
    log('counting');
    const counted = await secondsOf(() => countAll(rollUp));
    print(
      `counted ${sessions} sessions, ${sessions * ENTRIES} entries in ${counted.toFixed(0)} s: ${Math.round((sessions * ENTRIES) / counted)} entries/s`,
    );
    const added = await secondsOf(async () => {
      while (await rollUp.condense()) {}
    });
    print(`added up hours and days in ${added.toFixed(0)} s`);
  });
}

async function ask(url: string): Promise<void> {
  const database = databaseAt(url);
  for (const table of ['rollups', 'rollup_spans', 'rolled_sessions', 'rolled_labels', 'rolled_customers', 'journal']) {
    const bytes = await database.count(`select pg_total_relation_size('${table}')`);
    print(`${table}: ${await database.count(`select count(*) from ${table}`)} rows, ${Math.round(bytes / 2 ** 20)} MiB`);
  }
  await withRollups(url, (rollups) =>
    askQuestions({ rollups, from: SINCE / 86_400_000, days: DAYS, timeZone: 'Asia/Kolkata', repeat: Number(values.repeat) }, print),
  );
}

async function withRollups(url: string, use: (rollups: Rollups) => Promise<void>): Promise<void> {
  const lifecycle = createPostgresStore({ connectionString: url });
  try {
    await use(lifecycle.rollups);
  } finally {
    await lifecycle.close();
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}
