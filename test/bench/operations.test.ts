import { expect, test } from 'vitest';
import { migrate } from '#storage/postgres/migrate.ts';
import { startRedis } from '#test/redis-server.ts';
import { openServer } from '../../bench/databases.ts';
import { runOperations } from '../../bench/operations/run.ts';

test('every operation is done and timed', async () => {
  const redis = await startRedis();
  const server = await openServer(undefined);
  try {
    const { url } = await server.create('operations');
    await migrate(url);
    const { times, firstFrozenMs, deletedPerMinute, redisBytes } = await runOperations(url, redis, 3, () => {});
    expect(times.map(({ operation }) => operation.split(' ').slice(0, 2).join(' '))).toEqual([
      'create a',
      'create a',
      'add a',
      'add a',
      'add a',
      'add a',
      'build the',
      'look a',
      'get a',
      'update a',
      'retrieve an',
      'retrieve a',
    ]);
    for (const { p50Ms, p99Ms, times: done } of times) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
      expect(done).toBe(3);
    }
    expect(firstFrozenMs).toBeGreaterThan(0);
    expect(deletedPerMinute).toBeGreaterThan(0);
    expect(redisBytes.json).toBeGreaterThan(1_000);
    // It is packed.
    expect(redisBytes.key).toBeGreaterThan(500);
    expect(redisBytes.key).toBeLessThan(redisBytes.json);
  } finally {
    await server.close();
    await redis.stop();
  }
});
