/**
 * Entry point of `npm run bench:console` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import * as z from 'zod';
import { count, list, readArguments } from '../arguments.ts';
import { type Figures, runConsole } from './run.ts';

const HELP = `npm run bench:console -- [options]
  --json             one JSON document instead of a table
  --quick            some seconds, for a first look
  --consoles <n,n>   on the lists of one instance, default 100,1000
  --sessions <n,n>   open sessions, default 100,10000
  --turns <n,n>      in a second, default 100,500
  --seconds <n>      of each load, default 8
  --slow <n>         consoles that do not read while turns are played, default 10
  --spread <n>       consoles on two instances with 10 turns a second, default 5000, 0 for none`;

const counts = list.transform((texts) => texts.map((text) => count.parse(text)));
const maybe = z.coerce.number().int().min(0);
const options = readArguments(process.argv.slice(2), {
  schema: z.object({
    consoles: counts,
    sessions: counts,
    turns: counts,
    seconds: count,
    slow: maybe,
    spread: maybe,
    json: z.boolean().default(false),
  }),
  names: ['consoles', 'sessions', 'turns', 'seconds', 'slow', 'spread'],
  quick: { consoles: '100', sessions: '1000', turns: '100', seconds: '2', slow: '2', spread: '100' },
  full: { consoles: '100,1000', sessions: '100,10000', turns: '100,500', seconds: '8', slow: '10', spread: '5000' },
  help: HELP,
});
if (options === 'help') console.log(HELP);
else {
  const { seconds, slow, spread } = options;
  const loads = options.consoles.flatMap((consoles) =>
    options.sessions.flatMap((sessions) => options.turns.map((turns) => ({ consoles, instances: 1, sessions, turns, seconds, slow }))),
  );
  if (spread > 0) loads.push({ consoles: spread, instances: 2, sessions: 10_000, turns: 10, seconds, slow });
  const figures = await runConsole(loads, (one) => console.error(row(one)));
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
  return [
    `${String(environment.date).slice(0, 10)}: Node ${environment.node}, ${environment.cpus} CPUs, ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}.`,
    '',
    '| | consoles | instances | sessions | turns/s | managed | p50 ms | p99 ms | turns sent | messages/s a console | CPU of an instance | CPU µs a console and second | KiB a console | MiB while played | readers wrong | lists to slow readers |',
    '| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...figures.map(row),
  ].join('\n');
}

function row(one: Figures): string {
  const short = (value: number): number => Number(value.toPrecision(3));
  const cells = [
    one.contestant,
    one.consoles,
    one.instances,
    one.sessions,
    one.turns,
    short(one.played),
    short(one.p50Ms),
    short(one.p99Ms),
    `${Math.round(one.sent * 100)} %`,
    short(one.messages),
    `${Math.round(one.cpu * 100)} %`,
    short(one.cpuMicros),
    short(one.kibPerConsole),
    short(one.mibWhilePlayed),
    `${one.different} of ${one.compared}`,
    one.lists,
  ];
  return `| ${cells.join(' | ')} |`;
}
