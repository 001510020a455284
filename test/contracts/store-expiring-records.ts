import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { type ExpiringRecord, MAX_RECORD } from '#storage/expiring-records.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = 1_790_000_000_000;

const record = (id: string, parts: Partial<ExpiringRecord> = {}): ExpiringRecord => ({
  kind: 'sandbox',
  id,
  owner: 'amira',
  version: 1,
  content: { steps: [], title: `Title \u0000 \ud83d\ude00 of ${id}` },
  createdAt: NOW,
  expiresAt: NOW + 1_000,
  ...parts,
});

export function describeExpiringRecords({ expiringRecords, otherExpiringRecords }: Stores): void {
  describe('expiring records', () => {
    test('gives what has not expired, by kind and owner, the newest first', async () => {
      const records = [
        record('a'),
        record('b', { createdAt: NOW + 1 }),
        record('c', { owner: 'omar' }),
        record('d', { expiresAt: NOW + 10 }),
        record('a', { kind: 'share_link', content: null }),
      ];
      for (const one of records) expect(await expiringRecords().putExpiringRecord(one, NOW)).toBe(true);
      const [a, b, c, d, link] = records;
      expect(await otherExpiringRecords().expiringRecords('sandbox', 'amira', 10, NOW)).toEqual([b, a, d]);
      expect(await otherExpiringRecords().expiringRecords('sandbox', 'amira', 10, NOW + 10)).toEqual([b, a]);
      expect(await otherExpiringRecords().expiringRecords('sandbox', undefined, 2, NOW)).toEqual([b, a]);
      expect(await otherExpiringRecords().expiringRecords('sandbox', 'omar', 10, NOW)).toEqual([c]);
      expect(await otherExpiringRecords().expiringRecords('share_link', undefined, 10, NOW)).toEqual([link]);
      expect(await otherExpiringRecords().expiringRecord('sandbox', 'd', NOW)).toEqual(d);
      expect(await otherExpiringRecords().expiringRecord('sandbox', 'd', NOW + 10)).toBeUndefined();
      expect(await otherExpiringRecords().expiringRecord('sandbox', 'nothing', NOW)).toBeUndefined();
    });

    test('lets one of many changes of the same version through', async () => {
      await expiringRecords().putExpiringRecord(record('1'), NOW);
      const changes = Array.from({ length: 8 }, (_, index) => record('1', { content: { index }, version: 2, expiresAt: NOW + 5_000 }));
      const stored = await Promise.all(
        changes.map((one, index) => [expiringRecords(), otherExpiringRecords()][index % 2]?.putExpiringRecord(one, NOW)),
      );
      expect(stored.filter((was) => was === true)).toHaveLength(1);
      const kept = await expiringRecords().expiringRecord('sandbox', '1', NOW + 2_000);
      expect(kept).toEqual(changes[stored.indexOf(true)]);
      expect(await otherExpiringRecords().putExpiringRecord(record('1'), NOW)).toBe(false);
      expect(await otherExpiringRecords().putExpiringRecord(record('2', { version: 2 }), NOW)).toBe(false);
    });

    test('takes no change of what has expired, and frees its id', async () => {
      await expiringRecords().putExpiringRecord(record('1'), NOW);
      expect(await expiringRecords().putExpiringRecord(record('1', { version: 2 }), NOW + 1_000)).toBe(false);
      const next = record('1', { owner: 'omar', createdAt: NOW + 1_000, expiresAt: NOW + 2_000, content: [[], {}] });
      expect(await expiringRecords().putExpiringRecord(next, NOW + 1_000)).toBe(true);
      expect(await otherExpiringRecords().expiringRecord('sandbox', '1', NOW + 1_500)).toEqual(next);
    });

    test('removes one, and forgets those that have expired, in steps', async () => {
      for (const id of ['1', '2', '3', '4']) await expiringRecords().putExpiringRecord(record(id), NOW);
      await expiringRecords().putExpiringRecord(record('5', { expiresAt: NOW + 2_000 }), NOW);
      expect(await otherExpiringRecords().removeExpiringRecord('share_link', '1')).toBe(false);
      expect(await otherExpiringRecords().removeExpiringRecord('sandbox', '1')).toBe(true);
      expect(await expiringRecords().removeExpiringRecord('sandbox', '1')).toBe(false);
      expect(await expiringRecords().forgetExpiringRecords(NOW + 999, 10)).toBe(0);
      expect(await expiringRecords().forgetExpiringRecords(NOW + 1_000, 2)).toBe(2);
      expect(await expiringRecords().forgetExpiringRecords(NOW + 1_000, 2)).toBe(1);
      expect((await expiringRecords().expiringRecords('sandbox', undefined, 10, NOW)).map(({ id }) => id)).toEqual(['5']);
    });

    test('refuses what nobody could read again', async () => {
      for (const parts of [{ id: '' }, { owner: '' }, { version: 0 }, { expiresAt: -1 }, { content: 'x'.repeat(MAX_RECORD) }])
        await expect(expiringRecords().putExpiringRecord(record('1', parts), NOW)).rejects.toThrow(InvalidInput);
      expect(await expiringRecords().expiringRecords('sandbox', undefined, 10, NOW)).toEqual([]);
    });
  });
}
