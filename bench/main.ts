/** Entry point of `npm run bench` (README.md). Prints results to stdout and progress to stderr. */
import { openServer } from './databases.ts';
import { HELP, parseOptions } from './options.ts';
import { reportOf, tables } from './report.ts';
import { runBench } from './run.ts';

const options = parseOptions(process.argv.slice(2));
if (options === 'help') console.log(HELP);
else {
  // An exit stops the server that was started. A signal alone would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const server = await openServer(options.url);
  try {
    const results = await runBench(server, options, (line) => console.error(line));
    const report = reportOf(results, options, await server.settings());
    console.log(options.json ? JSON.stringify(report, null, 2) : tables(report));
  } finally {
    await server.close();
  }
}
