/** Entry point of `npm run bench:path` (../README.md). Prints results to stdout. */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { percentile } from '../load.ts';
import { type Called, type MessagePath, measurePath } from './run.ts';

const HELP = `npm run bench:path -- [options]
  --json           one JSON document with every function and its calls
  --storage <s>    memory, or embedded for the app's own PostgreSQL; default embedded
  --warm-up <n>    messages before the one that is counted, default 200`;

/** From the top of the import law to its bottom. Files are listed in this order. */
const ROOMS = ['src', 'assistants', 'agent-service', 'actors', 'channels', 'storage', 'machines'];

const { values } = parseArgs({
  options: { help: { type: 'boolean' }, json: { type: 'boolean' }, storage: { type: 'string' }, 'warm-up': { type: 'string' } },
});
const options = z
  .object({
    help: z.boolean().default(false),
    json: z.boolean().default(false),
    storage: z.enum(['memory', 'embedded']).default('embedded'),
    'warm-up': z.coerce.number<string>().int().positive().default(200),
  })
  .parse(values);
if (options.help) console.log(HELP);
else {
  const path = await measurePath({ storage: options.storage, warmUp: options['warm-up'] });
  console.log(options.json ? JSON.stringify(path, null, 2) : table(path));
  // The handles of the embedded server are closed here. What a driver keeps open must not keep this
  // process running.
  process.exit();
}

function table({ beforeAcknowledgement, afterAcknowledgement, answerMs }: MessagePath): string {
  const warm = answerMs.slice(Math.floor(answerMs.length / 2));
  return [
    ...section('Until its acknowledgement', beforeAcknowledgement),
    ...section('From there until its answer was sent', afterAcknowledgement),
    `From the acknowledgement to the answer: p50 ${percentile(warm, 50).toFixed(2)} ms over the last ${warm.length} warm messages.`,
  ].join('\n');
}

function section(title: string, called: readonly Called[]): string[] {
  const files = [...Map.groupBy(called, ({ file }) => file)].map(([file, functions]) => ({
    file,
    functions: functions.length,
    calls: functions.reduce((sum, { calls }) => sum + calls, 0),
  }));
  const order = ({ file }: { readonly file: string }): number => ROOMS.indexOf(file.split('/')[0] ?? '');
  const all = files.reduce((sum, { calls }) => sum + calls, 0);
  return [
    `## ${title}: ${files.length} files, ${called.length} functions, ${all} calls`,
    '',
    ...files
      .toSorted((a, b) => order(a) - order(b) || (a.file < b.file ? -1 : 1))
      .map(({ file, functions, calls }) => `${file}: ${functions} functions, ${calls} calls`),
    '',
    `Called most: ${called
      .slice(0, 8)
      .map(({ file, name, calls }) => `${name} (${file}) ${calls}, ${((100 * calls) / all).toFixed(0)} %`)
      .join('; ')}`,
    '',
  ];
}
