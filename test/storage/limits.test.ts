import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRedisLimits } from '#storage/redis/limits.ts';
import { describeLimits } from '#test/contracts/limits-contract.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { budgetedRedis } from '#test/storage/budgeted-redis.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => redis.thaw());
afterAll(() => redis?.stop());

const open = budgetedRedis();
describeLimits('Redis', () => createRedisLimits(open({ url: redis.url, budgetMs: 5_000 })));

test('a Redis that hangs is asked once, for no longer than its budget', async () => {
  const limits = createRedisLimits(open({ url: redis.url, budgetMs: 100 }));
  const bot = { key: 'bot', slots: 1, windowMs: 1_000 };
  await expect.poll(() => limits.count('warm', 'up', 1_000)).toBeDefined();
  redis.freeze();
  const before = performance.now();
  for (let n = 0; n < 1_000; n += 1) {
    expect(await limits.take('scope', [bot])).toBeUndefined();
    expect(await limits.count('scope', 'key', 1_000)).toBeUndefined();
  }
  // Two thousand budgets are two hundred seconds.
  expect(performance.now() - before).toBeLessThan(10_000);
});
