/**
 * The place where `runDurably` keeps its session, in memory or in a PostgreSQL that others use too.
 */
import { InvalidInput } from '#machines/errors.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { openDatabase } from '#storage/postgres/database.ts';
import { migrate } from '#storage/postgres/migrate.ts';

/** Throws `InvalidInput` for what is neither `memory` nor a PostgreSQL URL. */
export async function openTestStore(storage: string): Promise<StoreLifecycle> {
  if (storage === 'memory') return createMemoryStore();
  if (!/^postgres(ql)?:/.test(storage)) throw new InvalidInput('storage is `memory` or the URL of a PostgreSQL database');
  return openSchema(storage);
}

/**
 * A schema of the run's own, dropped at its end, so that runs on one database don't see one
 * another's sessions.
 */
async function openSchema(url: string): Promise<StoreLifecycle> {
  const schema = `run_durably_${crypto.randomUUID().replaceAll('-', '')}`;
  const database = openDatabase({ connectionString: url, poolSize: 1 });
  const drop = async (): Promise<void> => {
    await database.query('drop schema', `drop schema if exists ${schema} cascade`, []);
    await database.close();
  };
  try {
    await database.query('create schema', `create schema ${schema}`, []);
    const scoped = new URL(url);
    scoped.searchParams.set('options', `-c search_path=${schema}`);
    await migrate(scoped.href);
    const opened = createPostgresStore({ connectionString: scoped.href });
    return { ...opened, close: () => opened.close().then(drop) };
  } catch (error) {
    await drop();
    throw error;
  }
}
