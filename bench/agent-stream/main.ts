/**
 * Entry point of `npm run bench:stream` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import * as z from 'zod';
import { count, readArguments } from '../arguments.ts';
import { type Figures, PACE_MS, runAgentStream } from './run.ts';

const HELP = `npm run bench:stream -- [options]
  --json         one JSON document instead of a table
  --quick        some seconds, for a first look
  --rounds <n>   how often each streams, default 21
  --chunks <n>   chunks of a burst, default 2000
  --paced <n>    chunks of an answer at a pace, default 200`;

const options = readArguments(process.argv.slice(2), {
  schema: z.object({ rounds: count, chunks: count, paced: count, json: z.boolean().default(false) }),
  names: ['rounds', 'chunks', 'paced'],
  quick: { rounds: '3', chunks: '500', paced: '50' },
  full: { rounds: '21', chunks: '2000', paced: '200' },
  help: HELP,
});
if (options === 'help') console.log(HELP);
else {
  const figures = await runAgentStream(options, (line) => console.error(line));
  const environment = {
    date: new Date().toISOString(),
    node: process.version,
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg().map((load) => Number(load.toPrecision(3))),
  };
  console.log(options.json ? JSON.stringify({ environment, options, figures }, null, 2) : table(environment, options, figures));
}

function table(
  environment: Readonly<Record<string, unknown>>,
  { rounds, chunks }: { rounds: number; chunks: number },
  figures: readonly Figures[],
): string {
  const short = (value: number): number => Number(value.toPrecision(3));
  return [
    `${String(environment['date']).slice(0, 10)}: Node ${environment['node']}, ${environment['cpus']} CPUs, ${environment['memoryGiB']} GiB, load ${String(environment['loadAverage'])}; medians of ${rounds} rounds; a burst has ${chunks} chunks, the pace is one in ${PACE_MS} ms.`,
    '',
    '| | to the first chunk, ms | ÷ bare | a chunk of a burst, µs | ÷ bare | delay of a chunk at a pace, p50 ms | p99 ms | p50 ÷ bare |',
    '| :-- | --: | --: | --: | --: | --: | --: | --: |',
    ...figures.map(
      ({ contestant, firstMs, microsPerChunk, delayMs, ratio }) =>
        `| ${contestant} | ${short(firstMs)} | ${short(ratio.firstMs)} | ${short(microsPerChunk)} | ${short(ratio.microsPerChunk)} | ${short(delayMs.p50)} | ${short(delayMs.p99)} | ${short(ratio.delayMs)} |`,
    ),
  ].join('\n');
}
