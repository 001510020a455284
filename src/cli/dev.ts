/**
 * `npm run dev`: the program under Node's watch mode. It is drained and started again when a source changes, or an assistant in the
 * operator's folder; sessions are durable, so a conversation goes on with what is new. A file that is wrong ends it with the reason, and
 * the next change starts it again.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StatechatError } from '#machines/errors.ts';
import { type Config, loadConfig } from '../config/config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'actors', 'channels', 'storage', 'machines'].map((folder) => root + folder);

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
  // Only a folder that exists can be watched.
  mkdirSync(config.assistantsDir, { recursive: true });
  const watched = [...SOURCES, config.assistantsDir].map((folder) => `--watch-path=${folder}`);
  const child = spawn(process.execPath, [...watched, '--watch-preserve-output', `${root}src/main.ts`, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal tells the whole group: told once more the program would not finish what is under way.
  process.on('SIGINT', () => {});
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
