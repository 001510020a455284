/** Unused ledger entries go away by themselves, with what they reserved. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REMEMBERED_MS } from '#storage/ledger.ts';
import { memoryLedger } from '#storage/memory/ledger.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { amountOf, BOOK, DAY, limitOf } from '#test/contracts/ledger-model.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const reservation = (id: string, account: string, ttlMs = DAY) => ({ id, amount: amountOf(10), limits: [limitOf(account)], ttlMs });

test('in memory', async () => {
  let now = 1_000;
  const ledger = memoryLedger(() => now);
  await ledger.reserve(BOOK, reservation('r1', 'old'));
  await ledger.settle(BOOK, 'r1', amountOf(4));
  now += REMEMBERED_MS - 1;
  expect(await ledger.settle(BOOK, 'r1', amountOf(4))).toBe('already');
  expect(await ledger.balances(BOOK, ['old'])).toMatchObject([{ spent: amountOf(4) }]);
  now += 1;
  await ledger.reserve(BOOK, reservation('r2', 'new'));
  expect(await ledger.settle(BOOK, 'r1', amountOf(4))).toBe('unknown');
  expect(await ledger.balances(BOOK, ['old'])).toMatchObject([{ spent: amountOf(0) }]);
});

test('in PostgreSQL, a little with each of some calls', async () => {
  const { ledger, close } = createPostgresStore({ connectionString });
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const id of ['r1', 'r2', 'r3']) await ledger.reserve(BOOK, reservation(id, 'old'));
    await ledger.settle(BOOK, 'r1', amountOf(4));
    await ledger.reserve(BOOK, reservation('young', 'new'));
    await ledger.settle(BOOK, 'young', amountOf(1));
    await client.query(`update ledger_accounts set keep_until = 1 where account = 'old'`);
    await client.query(`update ledger_reservations set expires_at = 1 where account = 'old'`);
    for (let call = 0; call < 64; call += 1) await ledger.reserve(BOOK, reservation('again', 'new'));
    const { rows } = await client.query('select id from ledger_reservations order by id');
    expect(rows).toEqual([{ id: 'again' }, { id: 'young' }]);
    expect(await ledger.balances(BOOK, ['old', 'new'])).toMatchObject([
      { spent: amountOf(0), reserved: amountOf(0) },
      { spent: amountOf(1), reserved: amountOf(10) },
    ]);
    await ledger.reserve(BOOK, reservation('r4', 'old'));
    expect(await ledger.balances(BOOK, ['old'])).toMatchObject([{ spent: amountOf(0), reserved: amountOf(10) }]);
  } finally {
    await client.end();
    await close();
  }
});

test('in Redis, every key has its time', async () => {
  const { ledger, close } = createRedisStore({ url: redis.url });
  try {
    await ledger.reserve(BOOK, reservation('r1', 'a'));
    await ledger.reserve(BOOK, reservation('r2', 'a', 0));
    await ledger.settle(BOOK, 'r1', amountOf(4));
    const keys = (await redis.command('keys', '*')).split('\n');
    expect(keys.toSorted()).toEqual(['account:{acme}:a', 'held-by:{acme}:a', 'reservation:{acme}:r1', 'reservation:{acme}:r2']);
    for (const key of keys) {
      const left = Number(await redis.command('pttl', key));
      expect(left, key).toBeGreaterThan(0);
      expect(left, key).toBeLessThanOrEqual(REMEMBERED_MS);
    }
    // An account that went takes what it held with it, and comes back when it is charged.
    await redis.command('del', 'account:{acme}:a', 'held-by:{acme}:a');
    expect(await ledger.settle(BOOK, 'r2', amountOf(3))).toBe('settled');
    expect(await ledger.balances(BOOK, ['a'])).toMatchObject([{ spent: amountOf(3), reserved: amountOf(0) }]);
  } finally {
    await close();
  }
});
