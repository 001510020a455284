/**
 * `npm run dev` runs the program under Node's watch mode. When a source or an assistant in the
 * operator's folder changes, the program drains and starts again. Sessions are durable, so a
 * conversation continues with the new code. While a file is wrong, the browser shows the reason,
 * and what is refused of a machine at its place in the picture (`dev-program.ts`).
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StatechatError } from '#machines/errors.ts';
import { type Config, loadConfig } from '../config/config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'assistants', 'agent-service', 'actors', 'channels', 'storage', 'machines'].map((folder) => root + folder);

function configured(): Config | undefined {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof StatechatError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

const config = configured();
if (config === undefined) process.exitCode = 1;
else {
  // Node watches only folders that exist.
  mkdirSync(config.assistantsDir, { recursive: true });
  const watched = [...SOURCES, config.assistantsDir].map((folder) => `--watch-path=${folder}`);
  const [command, ...more] = process.argv.slice(2);
  const program = command === undefined ? [`${root}src/cli/dev-program.ts`] : [`${root}src/main.ts`, command, ...more];
  const child = spawn(process.execPath, [...watched, '--watch-preserve-output', ...program], { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal signals the whole group. A second signal would end the program at once.
  process.on('SIGINT', () => {});
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
