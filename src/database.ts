/** Which store the configuration names, opened and brought up to date. The embedded PostgreSQL comes and goes with it. */
import { setTimeout as delay } from 'node:timers/promises';
import { StatechatError } from '#machines/errors.ts';
import { joinEmbeddedPostgres } from '#storage/embedded/join.ts';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { StoreLifecycle } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { inspectServer, migrate } from '#storage/postgres/migrate.ts';
import type { Config } from './config.ts';
import type { Log } from './telemetry/log.ts';

/** How long a start waits for its database, and how often it tries. */
const PATIENCE_MS = 60_000;
const WAIT_MS = 1_000;

export interface DatabaseConnection {
  /** Undefined: everything is in memory. */
  readonly connectionString: string | undefined;
  close(): Promise<void>;
}

/** Reaches the configured database, starting the embedded one if that is it. Changes no schema. */
async function connectDatabase({ storage, dataDir }: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<DatabaseConnection> {
  if (storage.type === 'memory') return { connectionString: undefined, close: async () => {} };
  if (storage.type === 'postgres') return { connectionString: storage.url.reveal(), close: async () => {} };
  const embedded = await startEmbeddedPostgres({ dataDir, log: (level, message, facts = {}) => log[level](facts, message) });
  embedded.onCrash(() => log.error({}, 'the embedded PostgreSQL ended unasked; starting it again'));
  return { connectionString: embedded.connectionString, close: () => embedded.stop() };
}

/** For a command that works beside the app: where the app keeps the embedded PostgreSQL running, that one is used. */
async function joinDatabase(config: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<DatabaseConnection> {
  try {
    return await connectDatabase(config, log);
  } catch (error) {
    const inUse = error instanceof StatechatError && error.code === 'embedded_in_use';
    const connectionString = inUse ? await joinEmbeddedPostgres(config.dataDir) : undefined;
    if (connectionString === undefined) throw error;
    return { connectionString, close: async () => {} };
  }
}

/** What `doctor` asks of the database. Starts the embedded one if it does not run. */
export async function inspectDatabase(config: Pick<Config, 'storage' | 'dataDir'>, log: Log) {
  const { connectionString, close } = await joinDatabase(config, log);
  if (connectionString === undefined)
    throw new StatechatError('no_database', 'SESSION_STORAGE_TYPE=memory uses no database: there is nothing to look at');
  try {
    return await inspectServer(connectionString);
  } finally {
    await close();
  }
}

/** Applies pending migrations. Resolves to their names. */
export async function migrateDatabase(config: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<readonly string[]> {
  const { connectionString, close } = await joinDatabase(config, log);
  try {
    return connectionString === undefined ? [] : await migrate(connectionString);
  } finally {
    await close();
  }
}

/** The store, with its schema up to date. Closing it closes the connection too. */
export async function openStore(config: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<StoreLifecycle> {
  return open(await connectDatabase(config, log), log, async (connectionString) => {
    const applied = await whenReachable(log, () => migrate(connectionString));
    if (applied.length > 0) log.info({ applied }, 'database migrated');
  });
}

/** Databases and programs are often started together: the program waits a while rather than give up. */
async function whenReachable<T>(log: Log, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += WAIT_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StatechatError && error.retryable) || waited >= PATIENCE_MS) throw error;
      log.warn({ reason: error.message }, 'the database cannot be reached yet; trying again');
      await delay(WAIT_MS);
    }
  }
}

/** The store as it is, for those who only look. */
export async function openStoreUnchanged(config: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<StoreLifecycle> {
  return open(await joinDatabase(config, log), log, async () => {});
}

async function open(
  { connectionString, close }: DatabaseConnection,
  log: Log,
  prepare: (connectionString: string) => Promise<void>,
): Promise<StoreLifecycle> {
  if (connectionString === undefined) return createMemoryStore();
  try {
    await prepare(connectionString);
  } catch (error) {
    await close();
    throw error;
  }
  const lifecycle = createPostgresStore({
    connectionString,
    onConnectionLost: (error) => log.warn({ error }, 'lost an idle database connection'),
  });
  return {
    ...lifecycle,
    close: async () => {
      await lifecycle.close();
      await close();
    },
  };
}
