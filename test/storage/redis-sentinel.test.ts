/**
 * A primary with a replica, watched by a sentinel. The store follows when another node becomes the
 * primary.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

let primary: RedisServer;
let replica: RedisServer;
let sentinel: RedisServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-sentinel-'));
  primary = await startRedis();
  replica = await startRedis({ arguments: ['--replicaof', '127.0.0.1', String(primary.port)] });
  await vi.waitFor(async () => expect(await replica.command('info', 'replication')).toContain('master_link_status:up'), {
    timeout: 20_000,
  });
  const config = join(folder, 'sentinel.conf');
  await writeFile(
    config,
    [
      `sentinel monitor chats 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds chats 500',
      'sentinel failover-timeout chats 5000',
      '',
    ].join('\n'),
  );
  sentinel = await startRedis({ sentinelConfig: config });
});
afterAll(async () => {
  await Promise.all([sentinel?.stop(), replica?.stop(), primary?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

test('the store, and what instances tell each other, work through sentinels and follow a failover by themselves', async () => {
  const redis = openBudgetedRedis({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/chats`, budgetMs: 1_000 });
  const exchange = createRedisExchange({ redis });
  const heard: unknown[] = [];
  exchange.start('me', { receive: (message) => heard.push(message), connected: () => {} });
  const hears = async (word: string) =>
    vi.waitFor(() => {
      exchange.send(word);
      expect(heard).toContain(word);
    });
  const { store, close } = createRedisStore({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/chats`, commandTimeoutMs: 1_000 });
  try {
    await hears('before');
    const before = turnOn(newSession());
    expect(await store.commit([before], 'me', LEASE)).toEqual([{ ok: true }]);
    await vi.waitFor(async () => expect(await replica.command('exists', `where:{${before.session.id}}`)).toBe('1'));
    await primary.kill();
    await expect(store.commit([turnOn(before.session)], 'me', LEASE)).rejects.toThrow(Unavailable);
    const after = turnOn(newSession());
    await vi.waitFor(async () => expect(await store.commit([after], 'me', LEASE)).toEqual([{ ok: true }]));
    expect(await replica.command('role')).toMatch(/^master/);
    expect(await store.load({ id: before.session.id })).toEqual(before.session);
    await hears('after');
  } finally {
    await exchange.close();
    await redis.close();
    await close();
  }
});
