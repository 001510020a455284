import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { REPLACED_TOKEN_MS, type SignIn } from '#storage/sign-ins.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = Date.now();
const DAY = 86_400_000;

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const newSignIn = (parts: Partial<SignIn> = {}): SignIn => ({
  id: randomUUID(),
  agentId: randomUUID(),
  number: 1,
  digest: digestOf('first'),
  createdAt: NOW,
  usedAt: NOW,
  expiresAt: NOW + DAY,
  device: 'Firefox on Linux',
  network: '192.0.2.1',
  ...parts,
});

export function describeSignIns({ signIns, otherSignIns }: Stores): void {
  const either = (index: number) => (index % 2 ? signIns() : otherSignIns());
  /** What a device sends that has the token of this name and number, so many milliseconds later. */
  const renewal = ({ id }: SignIn, token: string, number: number, after = 1_000) => ({
    id,
    number,
    digest: digestOf(token),
    now: NOW + after,
    expiresAt: NOW + after + DAY,
    network: '198.51.100.7',
  });

  describe('sign-ins', () => {
    test('are kept until they end or expire', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      expect(await otherSignIns().signIn(signIn.id, NOW)).toEqual(signIn);
      expect(await signIns().signIn(signIn.id, NOW + DAY)).toBeUndefined();
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 1, DAY))).toBe('unknown');
      expect(await signIns().endSignIns({ id: signIn.id })).toBe(1);
      expect(await otherSignIns().signIn(signIn.id, NOW)).toBeUndefined();
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 1))).toBe('unknown');
      expect(await signIns().endSignIns({ id: signIn.id })).toBe(0);
    });

    test('replace their token with each use', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      expect(await otherSignIns().renewSignIn(renewal(signIn, 'first', 1))).toBe(2);
      expect(await signIns().renewSignIn(renewal(signIn, 'second', 2, 2_000))).toBe(3);
      expect(await otherSignIns().signIn(signIn.id, NOW)).toEqual({
        ...signIn,
        number: 2,
        digest: digestOf('second'),
        usedAt: NOW + 2_000,
        expiresAt: NOW + 2_000 + DAY,
        network: '198.51.100.7',
      });
    });

    test('accept a token until its successor is used, however long that takes', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      for (const after of [1_000, 3_600_000, 7_200_000])
        expect(await otherSignIns().renewSignIn(renewal(signIn, 'first', 1, after))).toBe(2);
      expect(await signIns().renewSignIn(renewal(signIn, 'second', 2, 7_300_000))).toBe(3);
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 1, 7_300_000 + REPLACED_TOKEN_MS))).toBe('reused');
    });

    test('go on for many pages that renew at the same time, with whichever token stays', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      const outcomes = await Promise.all(Array.from({ length: 6 }, (_, index) => either(index).renewSignIn(renewal(signIn, 'first', 1))));
      expect(outcomes).toEqual([2, 2, 2, 2, 2, 2]);
      expect(await signIns().renewSignIn(renewal(signIn, 'one of the second', 2, 60_000))).toBe(3);
      expect(await signIns().renewSignIn(renewal(signIn, 'third', 3, 61_000))).toBe(4);
      // Requests that were under way meanwhile.
      for (const [token, number] of [
        ['first', 1],
        ['another of the second', 2],
      ] as const)
        expect(await otherSignIns().renewSignIn(renewal(signIn, token, number, 62_000))).toBe(4);
      expect(await signIns().renewSignIn(renewal(signIn, 'fourth', 4, 63_000))).toBe(5);
    });

    test('go on after the store has lost the last renewals', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      expect(await signIns().renewSignIn(renewal(signIn, 'third', 3))).toBe(4);
    });

    test.each([
      ['an older token', 'first', 1, REPLACED_TOKEN_MS],
      ['another successor of the same token', 'copied', 2, REPLACED_TOKEN_MS],
      ['a token of an earlier time, however soon', 'first', 1, 3_600_000],
    ])('end if %s is used too', async (_what, token, number, after) => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 1, 1_000))).toBe(2);
      expect(await signIns().renewSignIn(renewal(signIn, 'second', 2, 60_000))).toBe(3);
      if (after > REPLACED_TOKEN_MS) expect(await signIns().renewSignIn(renewal(signIn, 'third', 3, 59_000 + after))).toBe(4);
      expect(await otherSignIns().renewSignIn(renewal(signIn, token, number, 60_000 + after))).toBe('reused');
      expect(await signIns().signIn(signIn.id, NOW)).toBeUndefined();
      expect(await signIns().signIns(signIn.agentId, NOW)).toEqual([]);
      expect(await signIns().renewSignIn(renewal(signIn, 'second', 2, 60_000 + after))).toBe('unknown');
    });

    test('of one agent are listed, the last used first, and end together but for one', async () => {
      const agentId = randomUUID();
      const devices = [10, 30, 20].map((usedAt) => newSignIn({ agentId, usedAt: NOW + usedAt }));
      const other = newSignIn();
      for (const signIn of [...devices, other, newSignIn({ agentId, expiresAt: NOW })]) await signIns().openSignIn(signIn);
      expect((await otherSignIns().signIns(agentId, NOW)).map(({ usedAt }) => usedAt - NOW)).toEqual([30, 20, 10]);
      const [, kept] = devices;
      expect(await signIns().endSignIns({ agentId, except: kept?.id ?? '' })).toBeGreaterThanOrEqual(2);
      expect(await signIns().signIns(agentId, NOW)).toEqual([kept]);
      expect(await signIns().endSignIns({ agentId })).toBe(1);
      expect(await signIns().signIns(agentId, NOW)).toEqual([]);
      expect(await signIns().signIn(other.id, NOW)).toEqual(other);
    });

    test('are forgotten once they have expired, a few at a time', async () => {
      const alive = newSignIn();
      const expired = Array.from({ length: 5 }, (_, index) => newSignIn({ expiresAt: NOW - index }));
      for (const signIn of [alive, ...expired]) await signIns().openSignIn(signIn);
      // Redis forgets them by itself and has none to count.
      let step: number;
      do {
        step = await otherSignIns().forgetSignIns(NOW, 2);
        expect(step).toBeLessThanOrEqual(2);
      } while (step > 0);
      for (const { id } of expired) expect(await signIns().signIn(id, NOW - DAY)).toBeUndefined();
      expect(await signIns().signIn(alive.id, NOW)).toEqual(alive);
    });
  });
}
