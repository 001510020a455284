import { afterAll } from 'vitest';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import type { StoreFactory } from '#test/contracts/store-contract.ts';

/**
 * Two instances over one Redis, each with its own connections, for a whole file. Redis is emptied
 * before each test.
 */
export function redisStores(url: () => string, flush: () => Promise<unknown>): StoreFactory {
  let open: [StoreLifecycle, StoreLifecycle] | undefined;
  afterAll(async () => {
    for (const instance of open ?? []) await instance.close();
  });
  return async () => {
    await flush();
    open ??= [createRedisStore({ url: url() }), createRedisStore({ url: url() })];
    return { stores: open, close: async () => {} };
  };
}
