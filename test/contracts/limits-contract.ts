/** What limits that all instances keep together do, however Redis runs. */
import { describe, expect, test, vi } from 'vitest';
import type { SharedLimits } from '#storage/redis/limits.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';

/** More than a busy machine takes for the calls that have to be in one window. */
const WINDOW_MS = 2_000;

export function describeLimits(name: string, open: () => SharedLimits): void {
  describe(`limits in ${name}`, () => {
    const two = (): [SharedLimits, SharedLimits] => [open(), open()];
    const chat = { key: 'chat:1', slots: 1, windowMs: WINDOW_MS };
    const bot = { key: 'bot', slots: 3, windowMs: WINDOW_MS };

    test('slots are those of all instances, in use until a window after the call has ended', async () => {
      const [one, other] = two();
      const scope = newAddress();
      const first = await one.take(scope, [chat, bot]);
      if (!first || !('end' in first)) throw new Error('the first was not given');
      // The call is under way. However long it takes, no other instance may write to that chat.
      expect(await other.take(scope, [chat, bot])).toEqual({ waitMs: 50 });
      first.end();
      const refused = await vi.waitFor(async () => {
        const answer = await other.take(scope, [chat, bot]);
        expect(answer).not.toEqual({ waitMs: 50 });
        return answer;
      });
      expect(refused).toEqual({ waitMs: expect.any(Number) });
      await vi.waitFor(async () => expect(await other.take(scope, [chat, bot])).toHaveProperty('end'), { interval: 20 });
    });

    test('of several limits all are taken or none, and no two scopes know each other', async () => {
      const [one, other] = two();
      const scope = newAddress();
      const taken = await Promise.all(
        Array.from({ length: 12 }, (_, index) => (index % 2 ? one : other).take(scope, [{ ...chat, key: `chat:${index}` }, bot])),
      );
      expect(taken.filter((answer) => answer !== undefined && 'end' in answer)).toHaveLength(3);
      // The chats of those that were refused have still their slot.
      const refused = taken.findIndex((answer) => answer !== undefined && 'waitMs' in answer);
      expect(await one.take(scope, [{ ...chat, key: `chat:${refused}` }])).toHaveProperty('end');
      expect(await one.take(newAddress(), [chat, bot])).toHaveProperty('end');
    });

    test('what was counted can be read, and is not counted by that', async () => {
      const [one, other] = two();
      const key = newAddress();
      expect(await one.counted('messages', key)).toBe(0);
      await one.count('messages', key, 60_000);
      await one.count('messages', key, 60_000);
      expect([await other.counted('messages', key), await other.counted('messages', key)]).toEqual([2, 2]);
      expect(await other.counted('others', key)).toBe(0);
    });

    test('what was counted can be taken back, and not in a window that is over', async () => {
      const [one, other] = two();
      const key = newAddress();
      expect((await one.count('messages', key, 60_000, -1))?.total).toBe(0);
      expect(await other.counted('messages', key)).toBe(0);
      await one.count('messages', key, 60_000);
      await other.count('messages', key, 60_000);
      expect((await other.count('messages', key, 60_000, -1))?.total).toBe(1);
      expect(await one.counted('messages', key)).toBe(1);
    });

    test('counts are those of all instances, and begin anew after their window', async () => {
      const [one, other] = two();
      const key = newAddress();
      const totals = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? one : other).count('messages', key, WINDOW_MS)),
      );
      expect(totals.map((counted) => counted?.total).toSorted((a = 0, b = 0) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(totals[0]?.leftMs).toBeLessThanOrEqual(WINDOW_MS);
      expect((await one.count('others', key, WINDOW_MS))?.total).toBe(1);
      await vi.waitFor(async () => expect((await one.count('messages', key, WINDOW_MS))?.total).toBe(1), { interval: 100 });
    });
  });
}
