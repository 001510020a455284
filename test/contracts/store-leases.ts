import { describe, expect, test, vi } from 'vitest';
import type { Stores } from '#test/contracts/store-contract.ts';

export function describeLeases({ lease, otherLease }: Pick<Stores, 'lease' | 'otherLease'>): void {
  describe('leases', () => {
    test('are one owner’s at a time, until he gives them back', async () => {
      expect(await lease()('poll', 'me', 60_000)).toBe(true);
      expect(await otherLease()('poll', 'you', 60_000)).toBe(false);
      expect(await otherLease()('something else', 'you', 60_000)).toBe(true);
      expect(await lease()('poll', 'me', 60_000)).toBe(true);
      // Not his to give back.
      expect(await otherLease()('poll', 'you', 0)).toBe(false);
      expect(await lease()('poll', 'me', 0)).toBe(true);
      expect(await otherLease()('poll', 'you', 60_000)).toBe(true);
    });

    test('run out by themselves', async () => {
      expect(await lease()('poll', 'me', 300)).toBe(true);
      expect(await otherLease()('poll', 'you', 60_000)).toBe(false);
      await vi.waitFor(async () => expect(await otherLease()('poll', 'you', 60_000)).toBe(true), { timeout: 10_000, interval: 20 });
      expect(await lease()('poll', 'me', 60_000)).toBe(false);
    });

    test('asked for by many at once are given once', async () => {
      const given = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? lease() : otherLease())('poll', `owner ${index}`.replace(' ', '-'), 60_000)),
      );
      expect(given.filter(Boolean)).toHaveLength(1);
    });
  });
}
