/** Which store the configuration names, opened and brought up to date. The embedded PostgreSQL comes and goes with it. */
import type { StoreLifecycle } from '#storage/port.ts';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import type { Config } from './config.ts';
import type { Log } from './telemetry/log.ts';

export interface DatabaseConnection {
  /** Undefined: everything is in memory. */
  readonly connectionString: string | undefined;
  close(): Promise<void>;
}

/** Reaches the configured database, starting the embedded one if that is it. Changes no schema. */
export async function connectDatabase({ storage, dataDir }: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<DatabaseConnection> {
  if (storage.type === 'memory') return { connectionString: undefined, close: async () => {} };
  if (storage.type === 'postgres') return { connectionString: storage.url.reveal(), close: async () => {} };
  const embedded = await startEmbeddedPostgres({ dataDir, log: (level, message, facts = {}) => log[level](facts, message) });
  embedded.onCrash(() => log.error({}, 'the embedded PostgreSQL ended unasked; starting it again'));
  return { connectionString: embedded.connectionString, close: () => embedded.stop() };
}

/** The store, with its schema up to date. Closing it closes the connection too. */
export async function openStore(config: Pick<Config, 'storage' | 'dataDir'>, log: Log): Promise<StoreLifecycle> {
  const { connectionString, close } = await connectDatabase(config, log);
  if (connectionString === undefined) return createMemoryStore();
  try {
    const applied = await migrate(connectionString);
    if (applied.length > 0) log.info({ applied }, 'database migrated');
  } catch (error) {
    await close();
    throw error;
  }
  const lifecycle = createPostgresStore({ connectionString, onConnectionLost: (error) => log.warn({ error }, 'lost an idle database connection') });
  return {
    store: lifecycle.store,
    ping: () => lifecycle.ping(),
    close: async () => {
      await lifecycle.close();
      await close();
    },
  };
}
