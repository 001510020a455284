/**
 * Opens the store that the configuration names, with an up-to-date schema. The embedded PostgreSQL
 * starts and stops with it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { joinEmbeddedPostgres } from '#storage/embedded/join.ts';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { freeLeases } from '#storage/postgres/free-leases.ts';
import { inspectServer, migrate } from '#storage/postgres/migrate.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import type { BudgetedRedis } from '#storage/redis/budgeted.ts';
import { inspectRedis } from '#storage/redis/inspect.ts';
import { createTieredStore, type HotOutcome } from '#storage/tiered/adapter.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';

/** How long a start waits for its database, and how often it tries, in milliseconds. */
const PATIENCE_MS = 60_000;
const WAIT_MS = 1_000;

export interface DatabaseConnection {
  /** Undefined if there is no PostgreSQL. */
  readonly connectionString: string | undefined;
  close(): Promise<void>;
}

/**
 * Connects to the configured database, and starts the embedded one if that is it. Changes no
 * schema.
 */
async function connectDatabase({ storage, dataDir }: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<DatabaseConnection> {
  if (storage.type === 'memory' || storage.type === 'redis') return { connectionString: undefined, close: async () => {} };
  if (storage.type === 'postgres') return { connectionString: storage.url.reveal(), close: async () => {} };
  const embedded = await startEmbeddedPostgres({ dataDir, log: (level, message, facts = {}) => log[level](facts, message) });
  return { connectionString: embedded.connectionString, close: () => embedded.stop() };
}

/** For a command that works beside the app. It joins the embedded PostgreSQL that the app runs. */
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

/** What `doctor` reads of the database. Starts the embedded one if it does not run. */
export async function inspectDatabase(config: Pick<Config, 'storage' | 'dataDir'>, log: Log) {
  const { connectionString, close } = await joinDatabase(config, log);
  if (connectionString === undefined)
    throw new StatechatError('no_database', `SESSION_STORAGE_TYPE=${config.storage.type} uses no PostgreSQL, so there is nothing to check`);
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

type Stored = Pick<Config, 'storage' | 'dataDir'>;

/**
 * Opens the store with an up-to-date schema, and with hot copies before PostgreSQL where there is a
 * Redis. `close` closes its connections, but not that Redis.
 */
export async function openStore(
  config: Stored,
  log: Log,
  { redis, onHotCopy }: { readonly redis?: BudgetedRedis | undefined; readonly onHotCopy?: (outcome: HotOutcome) => void } = {},
): Promise<StoreLifecycle> {
  if (config.storage.type === 'redis') {
    const url = config.storage.url.reveal();
    for (const danger of (await whenReachable(log, () => inspectRedis(url))).dangers) log.warn({}, `Redis keeps the sessions. ${danger}`);
  }
  const durable = await open(config, await connectDatabase(config, log), log, async (connectionString) => {
    const applied = await whenReachable(log, () => migrate(connectionString));
    if (applied.length > 0) log.info({ applied }, 'database migrated');
    if (config.storage.type !== 'embedded') return;
    // This process has the folder's lock, so the process that held leases is dead. They can end
    // now.
    const freed = await freeLeases(connectionString);
    if (freed > 0) log.info({ freed }, 'took over the work of a run that ended without warning');
  });
  if (redis === undefined || durable.store.capabilities.type !== 'postgres') return durable;
  return createTieredStore({ durable, redis, ...(onHotCopy === undefined ? {} : { onOutcome: onHotCopy }) });
}

/**
 * Databases and programs are often started together, so the program waits a while before it gives
 * up.
 */
async function whenReachable<T>(log: Log, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += WAIT_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (waited >= PATIENCE_MS) {
        const mend = `Is it running, and are DATABASE_URL or REDIS_URL right? npm run doctor checks them.`;
        throw new StatechatError('store_away', `The store did not answer within ${PATIENCE_MS / 1_000} s. ${error.message} ${mend}`, {
          cause: error,
        });
      }
      log.warn({ reason: error.message }, 'the database cannot be reached yet and is tried again');
      await delay(WAIT_MS);
    }
  }
}

/** Opens the store as it is, for commands that only read. */
export async function openStoreUnchanged(config: Stored, log: Log): Promise<StoreLifecycle> {
  return open(config, await joinDatabase(config, log), log, async () => {});
}

/**
 * Opens the store for a command that writes beside the app. Refuses a schema that is not up to
 * date.
 */
export async function openStoreBeside(config: Stored, log: Log): Promise<StoreLifecycle> {
  return open(config, await joinDatabase(config, log), log, async (connectionString) => {
    const { pending } = await inspectServer(connectionString);
    if (pending.length === 0) return;
    const message = `The database lacks ${pending.join(', ')}. Start the program once, or run "statechat migrate", and try again.`;
    throw new StatechatError('schema_behind', message);
  });
}

async function open(
  { storage }: Stored,
  { connectionString, close }: DatabaseConnection,
  log: Log,
  prepare: (connectionString: string) => Promise<void>,
): Promise<StoreLifecycle> {
  if (storage.type === 'redis') {
    return createRedisStore({ url: storage.url.reveal(), onConnectionLost: (error) => log.warn({ error }, 'lost a connection to Redis') });
  }
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
