/**
 * Entry point of `npm run bench:peers` (../README.md). Prints results to stdout and progress to
 * stderr.
 */
import { openServer } from '../databases.ts';
import { ENTRANTS } from './entrants.ts';
import { HELP, parseOptions } from './options.ts';
import { reportOf } from './report.ts';
import { runSideBySide } from './run.ts';
import { tables } from './tables.ts';
import { versionsOf } from './versions.ts';

/** Enough for the pools of all entrants. */
const CONNECTIONS = 400;

const options = parseOptions(process.argv.slice(2));
if (options === 'help') console.log(HELP);
else await run(options).catch(fail);

async function run(options: Exclude<ReturnType<typeof parseOptions>, 'help'>): Promise<void> {
  const entrants = ENTRANTS.filter(({ name }) => options.only.includes(name));
  const versions = await versionsOf(entrants);
  // An exit stops the server that was started and lets the entrants' processes go. A signal alone
  // would leave them behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const server = await openServer(options.url, CONNECTIONS);
  try {
    const results = await runSideBySide(server, entrants, options, (line) => console.error(line));
    const report = reportOf(results, options, await server.settings(), versions);
    console.log(options.json ? JSON.stringify(report, null, 2) : tables(report));
    if (report.failures.length > 0) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
