/**
 * The app as `npm start` runs it, in a process of its own on a free port of the loopback interface.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';

export interface Program {
  readonly url: string;
  readonly pid: number;
  readonly apiToken: string;
  stop(): Promise<void>;
}

/** Milliseconds. A busy machine needs them to start PostgreSQL and the app. */
const START_MS = 120_000;

export async function startProgram(databaseUrl: string, settings: Readonly<Record<string, string>>): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-program-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const apiToken = 'bench-'.repeat(4);
  const { PATH = '', HOME = '' } = z.object({ PATH: z.string().optional(), HOME: z.string().optional() }).parse(process.env);
  const child = spawn(process.execPath, ['src/main.ts'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH,
      HOME,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      STATECHAT_DATA_DIR: folder,
      STATECHAT_API_TOKEN: apiToken,
      LOG_LEVEL: 'fatal',
      ...settings,
    },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  const deadline = performance.now() + START_MS;
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error('the app did not start');
    }
    await pause(100);
  }
  return { url, pid: child.pid ?? 0, apiToken, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
