/** A real PgBouncer before the PostgreSQL of the test run, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '#test/end-to-end/free-port.ts';
import { PATIENCE_MS } from '#test/patience.ts';

export interface PgBouncer {
  /** The database behind it. Any user and password are taken. */
  url(database: string): string;
  stop(): Promise<void>;
}

/** @param behind a connection string to the server, whose user logs in there. */
export async function startPgBouncer(behind: string, mode: 'session' | 'transaction'): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-pgbouncer-'));
  const port = await freePort();
  const { hostname, port: serverPort, username, password } = new URL(behind);
  const file = join(folder, 'pgbouncer.ini');
  // Fewer connections to the server than clients, so that sessions are shared.
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort} user=${username} password=${password}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any`,
    `pool_mode = ${mode}\ndefault_pool_size = ${mode === 'transaction' ? 4 : 40}`,
  ];
  await writeFile(file, lines.join('\n'));
  await chmod(folder, 0o755);
  // It refuses to run as root.
  const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];
  const [program = '', ...args] = [...asNobody, 'pgbouncer', '--quiet', file];
  // Debian keeps it where ordinary users do not look.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const child = spawn(program, args, { detached: true, stdio: 'ignore', env });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', () => reject(missing()));
    child.once('exit', (code) => reject(code === 127 ? missing() : new Error(`pgbouncer ended with ${code} while it started`)));
  });
  failed.catch(() => {});
  await Promise.race([listening(port), failed]);
  return {
    url: (database) => `postgres://tests:any@127.0.0.1:${port}/${database}`,
    stop: async () => {
      await kill(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function missing(): Error {
  return new Error('pgbouncer is not on this machine: sudo apt-get install --no-install-recommends pgbouncer');
}

async function listening(port: number): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await delay(20)) {
    const socket = createConnection({ host: '127.0.0.1', port });
    const up = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (up) return;
    if (performance.now() > deadline) throw new Error(`pgbouncer on port ${port} did not answer in time`);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
