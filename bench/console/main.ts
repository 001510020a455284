/**
 * Entry point of `npm run bench:console` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import * as z from 'zod';
import { count, list, readArguments } from '../arguments.ts';
import { type Figures, runConsole } from './run.ts';

const HELP = `npm run bench:console -- [options]
  --json            one JSON document instead of a table
  --quick           some seconds, for a first look
  --consoles <n,n>  on the list of one instance, default 100,500,1000
  --sessions <n,n>  open sessions, default 100,10000
  --turns <n>       in a second, default 100
  --seconds <n>     of each load, default 10`;

const counts = list.transform((texts) => texts.map((text) => count.parse(text)));
const options = readArguments(process.argv.slice(2), {
  schema: z.object({ consoles: counts, sessions: counts, turns: count, seconds: count, json: z.boolean().default(false) }),
  names: ['consoles', 'sessions', 'turns', 'seconds'],
  quick: { consoles: '20,100', sessions: '100,5000', turns: '50', seconds: '2' },
  full: { consoles: '100,500,1000', sessions: '100,10000', turns: '100', seconds: '10' },
  help: HELP,
});
if (options === 'help') console.log(HELP);
else {
  const { turns, seconds } = options;
  const loads = options.consoles.flatMap((consoles) => options.sessions.map((sessions) => ({ consoles, sessions, turns, seconds })));
  const figures = await runConsole(loads, (line) => console.error(line));
  const environment = {
    date: new Date().toISOString(),
    node: process.version,
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg().map((load) => Number(load.toPrecision(3))),
  };
  console.log(options.json ? JSON.stringify({ environment, options, figures }, null, 2) : table(environment, figures));
}

function table(environment: Readonly<Record<string, unknown>>, figures: readonly Figures[]): string {
  const short = (value: number): number => Number(value.toPrecision(3));
  return [
    `${String(environment.date).slice(0, 10)}: Node ${environment.node}, ${environment.cpus} CPUs, ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}.`,
    '',
    '| | consoles | sessions | turns/s | p50 ms | p99 ms | received | CPU µs a message | KiB a console |',
    '| :-- | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...figures.map(
      ({ contestant, consoles, sessions, turns, p50Ms, p99Ms, received, cpuMicros, kibPerConsole }) =>
        `| ${contestant} | ${consoles} | ${sessions} | ${turns} | ${short(p50Ms)} | ${short(p99Ms)} | ${Math.round(received * 100)} % | ${short(cpuMicros)} | ${short(kibPerConsole)} |`,
    ),
  ].join('\n');
}
