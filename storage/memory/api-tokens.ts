import { type ApiTokens, checkStoredApiToken, type StoredApiToken } from '#storage/api-tokens.ts';

/** API tokens of a store in memory, with the same answers as PostgreSQL's. */
export function memoryApiTokens(): ApiTokens {
  const kept = new Map<string, StoredApiToken>();

  return {
    async apiToken(id) {
      return structuredClone(kept.get(id));
    },

    async apiTokens(limit) {
      const newest = [...kept.values()].toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
      return structuredClone(newest.slice(0, limit));
    },

    async putApiToken(token) {
      checkStoredApiToken(token);
      const before = kept.get(token.id);
      if ((before?.version ?? 0) !== token.version - 1) return false;
      kept.set(token.id, structuredClone({ ...token, lastUsedAt: before?.lastUsedAt ?? null }));
      return true;
    },

    async removeApiToken(id) {
      return kept.delete(id);
    },

    async recordApiTokenUses(uses) {
      for (const { id, at } of uses) {
        const token = kept.get(id);
        if (token !== undefined) kept.set(id, { ...token, lastUsedAt: Math.max(token.lastUsedAt ?? 0, Math.floor(at)) });
      }
    },
  };
}
