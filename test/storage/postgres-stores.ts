import { afterAll } from 'vitest';
import type { StoreLifecycle } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { StoreFactory } from '#test/contracts/store-contract.ts';
import { administer } from '#test/postgres-databases.ts';

/** Two instances over one database, each with its own pool, for a whole file: emptied before each test. */
export function postgresStores(database: () => string): StoreFactory {
  let open: [StoreLifecycle, StoreLifecycle] | undefined;
  afterAll(async () => {
    for (const instance of open ?? []) await instance.close();
  });
  return async () => {
    const connectionString = database();
    await administer(connectionString, ...['sessions', 'journal', 'outbox', 'settings'].map((table) => `delete from ${table}`));
    open ??= [createPostgresStore({ connectionString }), createPostgresStore({ connectionString })];
    return { stores: [open[0].store, open[1].store], leases: [open[0].lease, open[1].lease], close: async () => {} };
  };
}
