/**
 * Entry point of `npm run bench:operations` (../README.md). Prints results to stdout and progress
 * to stderr.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { migrate } from '#storage/postgres/migrate.ts';
import { startRedis } from '#test/redis-server.ts';
import { openServer } from '../databases.ts';
import { type Results, runOperations } from './run.ts';

const HELP = `npm run bench:operations -- [options]
  --json         one JSON document instead of a table
  --times <n>    how often each operation is done, default 1000; as many sessions are made twice`;

const optionsSchema = z.object({
  help: z.boolean().default(false),
  json: z.boolean().default(false),
  times: z.coerce.number<string>().int().positive().default(1_000),
});

const { values } = parseArgs({ options: { help: { type: 'boolean' }, json: { type: 'boolean' }, times: { type: 'string' } } });
const options = optionsSchema.parse(values);
if (options.help) console.log(HELP);
else await run();

async function run(): Promise<void> {
  // An exit stops the servers that were started. A signal alone would leave them behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const redis = await startRedis();
  process.once('exit', () => void redis.kill());
  const server = await openServer(undefined);
  try {
    const { url } = await server.create('operations');
    await migrate(url);
    const results = await runOperations(url, redis, options.times, (line) => console.error(line));
    const environment = {
      date: new Date().toISOString(),
      node: process.version,
      cpus: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      loadAverage: loadavg().map((load) => Number(load.toPrecision(3))),
    };
    console.log(options.json ? JSON.stringify({ environment, results }, null, 2) : table(environment, results));
  } finally {
    await server.close();
    await redis.stop();
  }
}

function table(environment: Readonly<Record<string, unknown>>, { times, firstFrozenMs, deletedPerMinute, redisBytes }: Results): string {
  return [
    `${String(environment.date).slice(0, 10)}: Node ${environment.node}, ${environment.cpus} CPUs, ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}; each operation ${options.times} times, one after another.`,
    '',
    '| operation | claimed elsewhere, ms | p50 ms | p99 ms | claim ÷ p50 | floor p50 ms |',
    '| :-- | --: | --: | --: | --: | --: |',
    ...times.map(
      ({ operation, claimedMs, p50Ms, p99Ms, floorMs }) =>
        `| ${operation} | ${claimedMs ?? ''} | ${p50Ms} | ${p99Ms} | ${claimedMs === null ? '' : Number((claimedMs / p50Ms).toPrecision(3))} | ${floorMs ?? ''} |`,
    ),
    '',
    `The first message that met a Redis that hangs took ${firstFrozenMs} ms (its budget is 50); the ones after it are in the table.`,
    '',
    `Closed sessions deleted in a minute: ${deletedPerMinute} (claimed elsewhere: 1,000).`,
    '',
    `In Redis a session with 20 messages takes ${redisBytes.key} bytes (claimed elsewhere: 5 KB), of which ${redisBytes.json} are its document.`,
  ].join('\n');
}
