/**
 * The whole app on each kind of storage, with one environment. Changing SESSION_STORAGE_TYPE, and
 * changing it back, needs nothing else (D1).
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE, type RunningApp, runApp } from '#test/end-to-end/running-app.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis({ appendOnly: true });
});
afterAll(() => redis?.stop());

async function on<T>(type: string, use: (app: RunningApp) => Promise<T>): Promise<T> {
  const app = await runApp({ DATABASE_URL: connectionString, REDIS_URL: redis.url, SESSION_STORAGE_TYPE: type });
  try {
    return await use(app);
  } finally {
    await app.stop();
  }
}

/** A visitor writes and receives an answer. */
async function chat(app: RunningApp, text: string): Promise<string> {
  const visitor = await app.visitor();
  await visitor.listen();
  await visitor.write(text);
  await vi.waitFor(() => expect(visitor.messages.some((message) => message.startsWith('assistant: '))).toBe(true), PATIENCE);
  expect(visitor.messages[0]).toBe(`customer: ${text}`);
  return visitor.address;
}

const addresses = async (app: RunningApp) => (await app.api.sessions('')).map(({ address }) => address);

test('each storage keeps its own, and none harms another', async () => {
  const first = await on('postgres', (app) => chat(app, 'kept in PostgreSQL'));
  expect(Number(await redis.command('pttl', `session:{${first}}`))).toBeGreaterThan(0);
  const second = await on('redis', async (app) => {
    expect(app.log.some((line) => line.includes('append-only'))).toBe(false);
    expect(await addresses(app)).toEqual([]);
    return chat(app, 'kept in Redis');
  });
  const third = await on('postgres', async (app) => {
    expect(await addresses(app)).toEqual([first]);
    return chat(app, 'again in PostgreSQL');
  });
  await on('redis', async (app) => expect(await addresses(app)).toEqual([second]));
  await on('memory', async (app) => expect(await addresses(app)).toEqual([]));
  await on('postgres', async (app) => expect((await addresses(app)).toSorted()).toEqual([first, third].toSorted()));
});
