/**
 * Entry point of `npm run bench:webhooks` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg } from 'node:os';
import * as z from 'zod';
import { count, readArguments } from '../arguments.ts';
import { type Figures, measureWebhooks } from './run.ts';

const HELP = `npm run bench:webhooks -- [options]
  --json         one JSON document instead of a table
  --quick        some seconds, for a first look
  --rate <n>     webhooks in a second, default 200
  --seconds <n>  default 30
  --people <n>   who write, default 2000`;

const options = readArguments(process.argv.slice(2), {
  schema: z.object({ rate: count, seconds: count, people: count, json: z.boolean().default(false) }),
  names: ['rate', 'seconds', 'people'],
  quick: { rate: '50', seconds: '3', people: '50' },
  full: { rate: '200', seconds: '30', people: '2000' },
  help: HELP,
});
/** The goal, in milliseconds. */
const GOAL_MS = 250;

if (options === 'help') console.log(HELP);
else {
  const { json, ...load } = options;
  const loads = [3, 0].map((statuses) => ({ ...load, statuses }));
  const figures = await measureWebhooks(loads, (line) => console.error(line));
  if (json) console.log(JSON.stringify({ cores: availableParallelism(), load: loadavg(), figures }, null, 2));
  else print(figures);
  if (figures.some(({ lost, twice }) => lost !== 0 || twice !== 0)) process.exitCode = 1;
}

function print(figures: readonly Figures[]): void {
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}. Milliseconds until a webhook is acknowledged. The goal is a p99 under ${GOAL_MS}.`,
  );
  for (const { load, webhooks, p50Ms, p99Ms, mostMs, refused, lost, twice, answered, processorMs } of figures) {
    const what = load.statuses === 0 ? 'messages alone' : `1 message to ${load.statuses} statuses`;
    const times = `p50 ${p50Ms.toFixed(1)}  p99 ${p99Ms.toFixed(1)}  most ${mostMs.toFixed(1)}`;
    console.log(`${load.rate}/s, ${what}: ${webhooks} webhooks  ${times}  refused ${refused}  lost ${lost}  twice ${twice}`);
    const spent = Object.entries(processorMs ?? {}).map(([who, ms]) => `${who} ${ms.toFixed(1)}`);
    console.log(`  answered meanwhile ${answered}, processor time for each webhook: ${spent.join('  ') || 'not known'}`);
  }
}
