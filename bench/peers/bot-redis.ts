/** The Redis of a bot. It is a server of its own and writes nothing to the disk. */
import { Redis } from 'ioredis';
import * as z from 'zod';
import { type RedisServer, startRedis } from '../../test/redis-server.ts';

const sessionSchema = z.object({ count: z.number() });

export async function startBotRedis(): Promise<RedisServer> {
  const server = await startRedis();
  // However this process ends, its server ends with it.
  process.once('exit', () => void server.kill());
  return server;
}

/** Reads the sessions back, over a connection of its own. */
export async function countSessions(url: string, prefix: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys(`${prefix}*`);
    const values = keys.length === 0 ? [] : await redis.mget(keys);
    return values.reduce((sum, value) => sum + (value === null ? 0 : sessionSchema.parse(JSON.parse(value)).count), 0);
  } finally {
    await redis.quit();
  }
}
