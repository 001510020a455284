import { afterAll, beforeAll } from 'vitest';
import { describeStore } from '#test/contracts/store-contract.ts';
import { type RedisCluster, startRedisCluster } from '#test/redis-server.ts';
import { redisStores } from '#test/storage/redis-stores.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster?.stop());

describeStore(
  'redis on a six-node Cluster',
  redisStores(
    () => cluster.url,
    () => cluster.flush(),
  ),
);
