import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { StoredApiToken } from '#storage/api-tokens.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = 1_790_000_000_000;
const DIGEST = 'a'.repeat(64);

const token = (id: string, parts: Partial<StoredApiToken> = {}): StoredApiToken => ({
  id,
  name: `Token "${id}" {تقارير}`,
  digest: DIGEST,
  former: null,
  scopes: ['sessions:read', 'sessions:act'],
  role: 'admin',
  requestsPerMinute: null,
  createdBy: 'amira',
  createdAt: NOW,
  expiresAt: null,
  version: 1,
  lastUsedAt: null,
  ...parts,
});

export function describeApiTokens({ apiTokens, otherApiTokens }: Stores): void {
  describe('API tokens', () => {
    test('gives tokens by id, and lists them, the newest first', async () => {
      const tokens = [
        token('a'),
        token('b', { createdAt: NOW + 1, scopes: [], requestsPerMinute: 7, expiresAt: NOW + 5, role: 'supervisor' }),
        token('c', { former: { digest: 'b'.repeat(64), until: NOW + 9 } }),
      ];
      for (const one of tokens) expect(await apiTokens().putApiToken(one)).toBe(true);
      const [a, b, c] = tokens;
      for (const one of tokens) expect(await otherApiTokens().apiToken(one.id)).toEqual(one);
      expect(await otherApiTokens().apiToken('nothing')).toBeUndefined();
      expect(await otherApiTokens().apiTokens(10)).toEqual([b, c, a]);
      expect(await otherApiTokens().apiTokens(2)).toEqual([b, c]);
    });

    test('lets one of many changes of the same version through', async () => {
      await apiTokens().putApiToken(token('1'));
      expect(await otherApiTokens().putApiToken(token('1'))).toBe(false);
      expect(await otherApiTokens().putApiToken(token('2', { version: 2 }))).toBe(false);
      const changes = Array.from({ length: 8 }, (_, index) => token('1', { name: `Name ${index}`, version: 2 }));
      const stored = await Promise.all(changes.map((one, index) => [apiTokens(), otherApiTokens()][index % 2]?.putApiToken(one)));
      expect(stored.filter((was) => was === true)).toHaveLength(1);
      expect(await apiTokens().apiToken('1')).toEqual(changes[stored.indexOf(true)]);
    });

    test('keeps the last use, which only moves forward and outlives a change', async () => {
      for (const id of ['1', '2']) await apiTokens().putApiToken(token(id));
      await apiTokens().recordApiTokenUses([]);
      await apiTokens().recordApiTokenUses([
        { id: '1', at: NOW + 5.5 },
        { id: '1', at: NOW + 3 },
        { id: 'gone', at: NOW },
      ]);
      await otherApiTokens().recordApiTokenUses([{ id: '1', at: NOW + 2 }]);
      expect(await otherApiTokens().putApiToken(token('1', { version: 2, lastUsedAt: null }))).toBe(true);
      expect((await otherApiTokens().apiTokens(10)).map(({ id, lastUsedAt }) => [id, lastUsedAt])).toEqual([
        ['2', null],
        ['1', NOW + 5],
      ]);
      expect(await apiTokens().apiToken('gone')).toBeUndefined();
    });

    test('removes a token for good, with its last use', async () => {
      await apiTokens().putApiToken(token('1'));
      await apiTokens().recordApiTokenUses([{ id: '1', at: NOW }]);
      expect(await otherApiTokens().removeApiToken('1')).toBe(true);
      expect(await apiTokens().removeApiToken('1')).toBe(false);
      expect(await apiTokens().apiToken('1')).toBeUndefined();
      expect(await apiTokens().putApiToken(token('1', { version: 2 }))).toBe(false);
      expect(await apiTokens().putApiToken(token('1'))).toBe(true);
      expect((await apiTokens().apiToken('1'))?.lastUsedAt).toBeNull();
    });

    test('refuses what nobody could read again', async () => {
      for (const parts of [{ id: '' }, { name: '' }, { digest: 'short' }, { version: 0 }, { requestsPerMinute: 0 }])
        await expect(apiTokens().putApiToken(token('1', parts))).rejects.toThrow(InvalidInput);
      expect(await apiTokens().apiTokens(10)).toEqual([]);
    });
  });
}
