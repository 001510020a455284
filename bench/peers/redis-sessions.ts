/** Reads the sessions of a bot back from its Redis, over a connection of its own. */
import { Redis } from 'ioredis';
import * as z from 'zod';

const sessionSchema = z.object({ count: z.number() });

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
