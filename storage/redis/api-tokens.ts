/**
 * API tokens in Redis. There are few, so all are in one slot of a cluster, and each change is one
 * script call. Times of last use are in a hash of their own, so that a use rewrites no token.
 */
import * as z from 'zod';
import { type ApiTokens, checkStoredApiToken, type StoredApiToken, storedApiTokenSchema } from '#storage/api-tokens.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { API_TOKENS_KEY, API_TOKENS_USED_KEY } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

const KEYS = [API_TOKENS_KEY, API_TOKENS_USED_KEY];
const texts = z.array(z.string().nullable());

export function apiTokensOf(connection: Connection): ApiTokens {
  /** Each of them with its last use. */
  const withUses = async (tokens: readonly StoredApiToken[]): Promise<readonly StoredApiToken[]> => {
    if (tokens.length === 0) return tokens;
    const times = await connection.call('hmget', API_TOKENS_USED_KEY, ...tokens.map(({ id }) => id));
    const uses = reading('API token', () => texts.parse(times));
    return tokens.map((token, index) => ({ ...token, lastUsedAt: uses[index] == null ? null : Number(uses[index]) }));
  };

  return {
    async apiToken(id) {
      const text = await connection.call('hget', API_TOKENS_KEY, id);
      return typeof text === 'string' ? (await withUses([decodeToken(text)]))[0] : undefined;
    },

    async apiTokens(limit) {
      const all = decodeTexts(await connection.call('hvals', API_TOKENS_KEY)).map(decodeToken);
      return withUses(all.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).slice(0, limit));
    },

    async putApiToken(token) {
      checkStoredApiToken(token);
      const args = [token.id, token.version, JSON.stringify({ ...token, lastUsedAt: null })];
      return decodeCount(await connection.run(SCRIPTS.putApiToken, [API_TOKENS_KEY], args)) > 0;
    },

    async removeApiToken(id) {
      const removed = decodeCount(await connection.call('hdel', API_TOKENS_KEY, id)) > 0;
      await connection.call('hdel', API_TOKENS_USED_KEY, id);
      return removed;
    },

    async recordApiTokenUses(uses) {
      const args = uses.flatMap(({ id, at }) => [id, Math.floor(at)]);
      if (args.length > 0) await connection.run(SCRIPTS.recordApiTokenUses, KEYS, args);
    },
  };
}

function decodeToken(text: string): StoredApiToken {
  return reading('API token', () => storedApiTokenSchema.parse(JSON.parse(text)));
}
