import type { StoreLifecycle } from '#storage/port.ts';
import { commitOf } from '#storage/postgres/commit.ts';
import { type DatabaseOptions, openDatabase } from '#storage/postgres/database.ts';
import { leaseOf } from '#storage/postgres/lease.ts';
import { sessionsOf } from '#storage/postgres/sessions.ts';
import { workOf } from '#storage/postgres/work.ts';

/**
 * A store in PostgreSQL 15 or later, whose schema is up to date (`migrate`). Connects when it is first used; while the
 * server is away every call throws `Unavailable`, and the store works again when it is back.
 */
export function createPostgresStore(options: DatabaseOptions): StoreLifecycle {
  const database = openDatabase(options);
  return {
    store: {
      capabilities: { type: 'postgres', durable: true, shared: true },
      ...commitOf(database),
      ...sessionsOf(database),
      ...workOf(database),
    },
    ping: async () => {
      await database.query('ping', 'select 1', []);
    },
    lease: leaseOf(database),
    close: () => database.close(),
  };
}
