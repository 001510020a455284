import { afterAll } from 'vitest';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { StoreFactory } from '#test/contracts/store-contract.ts';
import { administer, TABLES } from '#test/postgres-databases.ts';

/**
 * Two instances over one database, each with its own pool, for a whole file. The database is
 * emptied before each test.
 */
export function postgresStores(database: () => string): StoreFactory {
  let open: [StoreLifecycle, StoreLifecycle] | undefined;
  afterAll(async () => {
    for (const instance of open ?? []) await instance.close();
  });
  return async () => {
    const connectionString = database();
    await administer(connectionString, ...TABLES.map((table) => `delete from ${table}`));
    open ??= [createPostgresStore({ connectionString }), createPostgresStore({ connectionString })];
    return { stores: open, close: async () => {} };
  };
}
