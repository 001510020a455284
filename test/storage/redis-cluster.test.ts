import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import { addressKeys, partitionKeys, sessionKeys, workKey } from '#storage/redis/keys.ts';
import { createRedisLimits } from '#storage/redis/limits.ts';
import { PARTITIONS, partitionOf } from '#storage/redis/partitions.ts';
import { describeExchange } from '#test/contracts/exchange-contract.ts';
import { describeLimits } from '#test/contracts/limits-contract.ts';
import { describeStore } from '#test/contracts/store-contract.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { oneLiners, type RedisCluster, startRedisCluster } from '#test/redis-server.ts';
import { budgetedRedis } from '#test/storage/budgeted-redis.ts';
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

const open = budgetedRedis();
describeExchange('a six-node Cluster', () => createRedisExchange({ redis: open({ url: cluster.url, budgetMs: 5_000 }) }));
describeLimits('a six-node Cluster', () => createRedisLimits(open({ url: cluster.url, budgetMs: 5_000 })));

describe('slots', () => {
  const slotsOf = async (keys: readonly string[]) =>
    (
      await oneLiners(
        cluster.nodes[0]?.port ?? 0,
        keys.map((key) => `cluster keyslot ${key}`),
      )
    ).map((line) => Number(line.slice(1)));

  test('are spread evenly over the partitions, and all that a turn touches lies in one', async () => {
    const slots = await slotsOf(PARTITIONS.map((partition) => partitionKeys(partition).due));
    expect(slots.map((slot) => Math.floor(slot / 256))).toEqual(PARTITIONS);
    const { id, address } = newSession();
    const keys = [
      ...Object.values(addressKeys(address)),
      ...Object.values(sessionKeys(address, id)),
      ...Object.values(partitionKeys(partitionOf(address))),
      workKey(address, id, 1),
    ];
    expect(new Set(await slotsOf(keys)).size).toBe(1);
  });

  test('addresses are spread evenly over the partitions', () => {
    const counts = new Map<number, number>();
    for (let peer = 0; peer < 64_000; peer += 1) {
      const partition = partitionOf(`telegram:bot:${peer}`);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect(counts.size).toBe(PARTITIONS.length);
    expect(Math.min(...counts.values())).toBeGreaterThan(700);
    expect(Math.max(...counts.values())).toBeLessThan(1_300);
  });
});

/** This test is the last one, because it leaves the cluster without one of its nodes. */
describe('a primary that dies', () => {
  test('is followed by its replica: what was committed is there, and commits go on', async () => {
    const { store, close } = createRedisStore({ url: cluster.url, commandTimeoutMs: 2_000 });
    try {
      const turns = Array.from({ length: 30 }, () => turnOn(newSession()));
      expect((await store.commit(turns, 'me', LEASE)).every(({ ok }) => ok)).toBe(true);
      const [primary] = cluster.nodes;
      // What the replica has not received is lost. That is Redis's promise, and not tested here.
      await primary?.command('wait', '1', '5000');
      await primary?.kill();
      await expect(
        store.commit(
          turns.map(({ session }) => turnOn(session)),
          'me',
          LEASE,
        ),
      ).rejects.toThrow(Unavailable);
      const fresh = Array.from({ length: 30 }, () => turnOn(newSession()));
      await vi.waitFor(
        async () => {
          const results = await store.commit(fresh, 'me', LEASE);
          // Those that an earlier try committed are conflicts now.
          expect(results).toHaveLength(30);
        },
        { interval: 100 },
      );
      for (const { session } of [...turns, ...fresh])
        expect(await store.load({ id: session.id })).toMatchObject({ address: session.address });
    } finally {
      await close();
    }
  });
});
