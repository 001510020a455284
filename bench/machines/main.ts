/**
 * Entry point of `npm run bench:machines` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg } from 'node:os';
import * as z from 'zod';
import { count, readArguments } from '../arguments.ts';
import { type Figures, measureMachines, type Round } from './run.ts';

const HELP = `npm run bench:machines -- [options]
  --json           one JSON document instead of a table
  --quick          some seconds, for a first look
  --rate <n>       turns in a second at most, default 500
  --seconds <n>    of each round, default 10
  --pairs <n>      rounds with watchers and as many without, default 6
  --watchers <n>   people who watch, default 10
  --watch <what>   counts, session or both, default both
  --sessions <n>   open sessions, default 48. One network opens no more than 60 at once`;

const options = readArguments(process.argv.slice(2), {
  schema: z.object({
    rate: count,
    seconds: count,
    pairs: count,
    watchers: count,
    sessions: count,
    watch: z.enum(['counts', 'session', 'both']),
    json: z.boolean().default(false),
  }),
  names: ['rate', 'seconds', 'pairs', 'watchers', 'sessions', 'watch'],
  quick: { rate: '100', seconds: '3', pairs: '1', watchers: '10', sessions: '20', watch: 'both' },
  full: { rate: '500', seconds: '10', pairs: '6', watchers: '10', sessions: '48', watch: 'both' },
  help: HELP,
});

if (options === 'help') console.log(HELP);
else {
  const { json, ...load } = options;
  const figures = await measureMachines(load, (round) => console.error(row(round)));
  if (json) console.log(JSON.stringify({ cores: availableParallelism(), load: loadavg(), figures }, null, 2));
  else print(figures);
}

function row({ watched, turns, perSecond, cpuMs, p50Ms, p99Ms, polls, heapMiB }: Round): string {
  const cpu = `CPU ${cpuMs.toFixed(2)} ms a turn`;
  const times = `p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms`;
  return `${watched ? 'watched' : 'alone  '}  ${turns} turns, ${perSecond.toFixed(0)}/s  ${cpu}  ${times}  ${polls} polls  heap ${heapMiB.toFixed(0)} MiB`;
}

function print({ rounds, ratios, requestMs }: Figures): void {
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}. With watchers over without, medians of pairs.`);
  for (const round of rounds) console.log(row(round));
  for (const [what, { median, least, most }] of Object.entries(ratios)) {
    console.log(`${what}: ${median.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`);
  }
  const { median, least, most } = requestMs;
  console.log(`CPU ms a request of a watcher: ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`);
}
