import { afterAll } from 'vitest';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { type BudgetedRedisOptions, openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createTieredStore, type TieredOptions } from '#storage/tiered/adapter.ts';
import type { StoreFactory } from '#test/contracts/store-contract.ts';
import { administer, TABLES } from '#test/postgres-databases.ts';
import type { RedisServer } from '#test/redis-server.ts';

/**
 * PostgreSQL with hot copies in Redis. Two instances, each with its own connections, serve a whole
 * file. Both stores are emptied before each test.
 */
export function tieredStores(connectionString: string, redis: () => RedisServer): StoreFactory {
  let open: [StoreLifecycle, StoreLifecycle] | undefined;
  afterAll(async () => {
    for (const instance of open ?? []) await instance.close();
  });
  return async () => {
    await administer(connectionString, ...TABLES.map((table) => `delete from ${table}`));
    await redis().command('flushall');
    open ??= [openTiered(connectionString, redis().url), openTiered(connectionString, redis().url)];
    return { stores: open, close: async () => {} };
  };
}

type Options = Partial<TieredOptions> & Pick<BudgetedRedisOptions, 'budgetMs' | 'onSkipping' | 'onRefused'>;

/** Closing it closes its Redis too. */
export function openTiered(
  connectionString: string,
  url: string,
  { budgetMs, onSkipping, onRefused, ...options }: Options = {},
): StoreLifecycle {
  const redis = openBudgetedRedis({
    url,
    ...(budgetMs === undefined ? {} : { budgetMs }),
    ...(onSkipping === undefined ? {} : { onSkipping }),
    ...(onRefused === undefined ? {} : { onRefused }),
  });
  const tiered = createTieredStore({ durable: createPostgresStore({ connectionString }), redis, ...options });
  return {
    ...tiered,
    close: async () => {
      await redis.close();
      await tiered.close();
    },
  };
}
