/**
 * Entry point of `npm run bench:growth` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { openServer } from '../databases.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { type Results, runGrowth } from './run.ts';

const options = parseOptions(process.argv.slice(2));
if (options === 'help') console.log(HELP);
else {
  // An exit stops the server that was started. A signal alone would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const server = await openServer(undefined);
  try {
    const results = await runGrowth(server, options, (line) => console.error(line));
    const environment = {
      date: new Date().toISOString(),
      node: process.version,
      cpus: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      loadAverage: loadavg().map((load) => Number(load.toPrecision(3))),
      postgres: await server.settings(),
    };
    console.log(options.json ? JSON.stringify({ environment, options, results }, null, 2) : table(environment, options, results));
  } finally {
    await server.close();
  }
}

function table(environment: Readonly<Record<string, unknown>>, options: Options, results: Results): string {
  const { withSessions, withJournal, spread, timers, bytes, peakMemoryMiB } = results;
  const met = (found: boolean) => (found ? 'met' : '**missed**');
  const p99 = Number((timers.p99Meanwhile / timers.p99Before).toPrecision(3));
  return [
    `${String(environment.date).slice(0, 10)}: Node ${environment.node}, ${environment.cpus} CPUs, ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}; ${options.rounds} rounds of ${options.seconds} s, ${options.inFlight} in flight.`,
    '',
    '| | 1,000 sessions stored | grown | ratio | aim | |',
    '| :-- | --: | --: | --: | :-- | :-- |',
    `| µs a turn, ${options.sessions} more open sessions with armed timers | ${withSessions.small} | ${withSessions.large} | ${withSessions.ratio} | at most 1.2 | ${met(withSessions.ratio <= 1.2)} |`,
    `| µs a turn, and ${options.journal} journal rows | ${withJournal.small} | ${withJournal.large} | ${withJournal.ratio} | at most 1.2 | ${met(withJournal.ratio <= 1.2)} |`,
    `| µs a turn, each at another stored session | | ${spread} | | | |`,
    `| p99 of messages, ms (${options.rate}/s), while ${timers.due} timers are due | ${timers.p99Before} | ${timers.p99Meanwhile} | ${p99} | at most 2 | ${met(p99 <= 2)} |`,
    `| memory of the process at its peak, MiB | | ${peakMemoryMiB} | | under 1,024 | ${met(peakMemoryMiB < 1_024)} |`,
    '',
    `${timers.due} timers due at once: all had fired after ${(timers.drainMs / 1_000).toPrecision(3)} s, ${timers.earliestMs} to ${timers.latestMs} ms after they were due, each once: ${timers.firedOnce ? 'yes' : '**no**'}.`,
    '',
    `Stored: ${bytes.session} bytes a session (row and indexes, 20 messages in its snapshot), ${bytes.journalRow} bytes a journal row (with indexes); ${bytes.walPerTurn} bytes written ahead a turn.`,
  ].join('\n');
}
