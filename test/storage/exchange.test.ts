import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Exchange } from '#storage/exchange.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import { describeExchange } from '#test/contracts/exchange-contract.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';
import { administer } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { budgetedRedis } from '#test/storage/budgeted-redis.ts';

const PATIENCE = { interval: 10 };

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const open = budgetedRedis();
// A busy machine takes longer than the budget that is meant for use.
describeExchange('Redis', () => createRedisExchange({ redis: open({ url: redis.url, budgetMs: 5_000 }) }));
describeExchange('PostgreSQL', () => createPostgresExchange({ connectionString }));

const opened: Exchange[] = [];
afterEach(async () => {
  redis.thaw();
  await Promise.all(opened.splice(0).map((exchange) => exchange.close()));
});

function begin(exchange: Exchange): { readonly received: unknown[]; readonly connections: () => number } {
  opened.push(exchange);
  const received: unknown[] = [];
  let count = 0;
  exchange.start('me', { receive: (message) => received.push(message), connected: () => void count++ });
  return { received, connections: () => count };
}

/** Sends again and again, until one message arrives. */
async function hears(exchange: Exchange, received: readonly unknown[]): Promise<void> {
  const before = received.length;
  await vi.waitFor(() => {
    exchange.send({ type: 'again' });
    expect(received.length).toBeGreaterThan(before);
  }, PATIENCE);
}

describe('Redis', () => {
  test('that hangs costs its budget once, is skipped, and heard again when it is back', async () => {
    const skipping: boolean[] = [];
    const exchange = createRedisExchange({ redis: open({ url: redis.url, budgetMs: 100, onSkipping: (now) => skipping.push(now) }) });
    const { received } = begin(exchange);
    await hears(exchange, received);
    skipping.length = 0;
    redis.freeze();
    const address = newAddress();
    const before = performance.now();
    expect(await exchange.append(address, { n: 1 })).toBe(false);
    expect(performance.now() - before).toBeLessThan(2_000);
    const skipped = performance.now();
    for (let n = 0; n < 1_000; n += 1) expect(await exchange.append(address, { n })).toBe(false);
    expect(await exchange.read(address, undefined)).toBeUndefined();
    // A thousand budgets are a hundred seconds.
    expect(performance.now() - skipped).toBeLessThan(5_000);
    expect(exchange.well).toBe(false);
    redis.thaw();
    await hears(exchange, received);
    await expect.poll(() => exchange.well, PATIENCE).toBe(true);
    expect(await exchange.append(address, { n: 2 })).toBe(true);
    expect(skipping).toEqual([true, false]);
  });

  test('that dies and comes back is listened to again', async () => {
    const exchange = createRedisExchange({ redis: open({ url: redis.url, budgetMs: 1_000 }) });
    const { received, connections } = begin(exchange);
    await hears(exchange, received);
    const before = connections();
    await redis.kill();
    await redis.restart();
    await hears(exchange, received);
    expect(connections()).toBeGreaterThan(before);
  });

  test('forgets a stream some time after its last record', async () => {
    const exchange = createRedisExchange({ redis: open({ url: redis.url, budgetMs: 1_000 }), streamTtlMs: 60_000 });
    opened.push(exchange);
    const address = newAddress();
    expect(await exchange.append(address, { n: 1 })).toBe(true);
    const left = () => redis.command('pttl', `live:{${address}}`).then(Number);
    expect(await left()).toBeGreaterThan(50_000);
    await redis.command('pexpire', `live:{${address}}`, '1000');
    await exchange.append(address, { n: 2 });
    expect(await left()).toBeGreaterThan(50_000);
  });
});

describe('PostgreSQL', () => {
  test('that ends our connection is listened to again', async () => {
    const lost = vi.fn();
    const exchange = createPostgresExchange({ connectionString, onConnectionLost: lost });
    const { received, connections } = begin(exchange);
    await hears(exchange, received);
    await administer(
      connectionString,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'statechat exchange'",
    );
    await expect.poll(() => lost.mock.calls.length, PATIENCE).toBe(1);
    await hears(exchange, received);
    expect(connections()).toBe(2);
  });

  test('is told nothing that waits for the disk', async () => {
    const exchange = createPostgresExchange({ connectionString });
    const { received } = begin(exchange);
    await hears(exchange, received);
    const before = performance.now();
    for (let n = 0; n < 5_000; n += 1) exchange.send({ n });
    await expect.poll(() => received.at(-1), PATIENCE).toEqual({ n: 4_999 });
    // Ten batches. One at a time, each flushed to the disk, would take seconds.
    expect(performance.now() - before).toBeLessThan(3_000);
  });
});
