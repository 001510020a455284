/**
 * Entry point of `npm run bench:against` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { resolve } from 'node:path';
import * as z from 'zod';
import { count, list, readArguments } from '../arguments.ts';
import { openServer } from '../databases.ts';
import { type Compared, runAgainst } from './run.ts';

const HELP = `npm run bench:against -- --before <folder> [options]
  --before <folder>      the other checkout, with its packages installed
  --json                 one JSON document instead of a table
  --quick                a short run: 2 rounds of 0.5 s, less to rely on
  --kinds <list>         kinds of answer as before:after, default live:live,outbox:outbox
                         outbox:journal compares a web answer with what it was in 0.1.0
  --concurrency <list>   turns in flight, default 1,64,512
  --rounds <n>           runs of each checkout, default 6
  --seconds <s>          length of one measurement, default 3
  --conversations <n>    default 1000`;

const kind = z.string().transform((text) => {
  const [before = '', after = before] = text.split(':');
  return { before, after };
});

const options = readArguments(process.argv.slice(2), {
  schema: z.object({
    before: z.string(),
    json: z.boolean().default(false),
    kinds: list.pipe(z.array(kind)),
    concurrency: list.pipe(z.array(count)),
    rounds: count,
    seconds: z.coerce.number().positive(),
    conversations: count,
  }),
  names: ['before', 'kinds', 'concurrency', 'rounds', 'seconds', 'conversations'],
  quick: { kinds: 'live:live,outbox:outbox', concurrency: '1,64,512', rounds: '2', seconds: '0.5', conversations: '1000' },
  full: { kinds: 'live:live,outbox:outbox', concurrency: '1,64,512', rounds: '6', seconds: '3', conversations: '1000' },
  help: HELP,
});
if (options === 'help') console.log(HELP);
else {
  // An exit stops the server that was started. A signal alone would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const server = await openServer(undefined);
  try {
    const { before, json, ...others } = options;
    const compared = await runAgainst({ ...others, checkouts: [resolve(before), process.cwd()], url: server.url }, (line) =>
      console.error(line),
    );
    console.log(json ? JSON.stringify({ options, compared }, null, 2) : table(compared));
  } finally {
    await server.close();
  }
}

function table(compared: readonly Compared[]): string {
  const short = (value: number): number => Number(value.toPrecision(3));
  const pair = ([before, after]: readonly [number, number]): string => `${short(before)} → ${short(after)}`;
  return [
    '| answer | in flight | turns/s | after ÷ before (of the rounds) | p50 ms | after ÷ before | CPU µs/turn | WAL bytes/turn |',
    '| :-- | --: | --: | --: | --: | --: | --: | --: |',
    ...compared.map(
      ({ before, after, concurrency, turnsPerSecond, ratio, spread, p50Ms, cpuMicrosPerTurn, walBytesPerTurn }) =>
        `| ${before === after ? before : `${before} → ${after}`} | ${concurrency} | ${pair(turnsPerSecond)} | ${short(ratio.turns)} (${spread.map(short).join('–')}) | ${pair(p50Ms)} | ${short(ratio.p50)} | ${pair(cpuMicrosPerTurn)} | ${pair(walBytesPerTurn)} |`,
    ),
  ].join('\n');
}
