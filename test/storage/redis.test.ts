import { afterAll, beforeAll } from 'vitest';
import { describeStore } from '#test/contracts/store-contract.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { redisStores } from '#test/storage/redis-stores.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server?.stop());

describeStore(
  'redis',
  redisStores(
    () => server.url,
    () => server.command('flushall'),
  ),
);
