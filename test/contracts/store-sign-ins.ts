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
  const renewal = ({ id }: SignIn, given: string, next: string, after = 1_000) => ({
    id,
    given: digestOf(given),
    next: digestOf(next),
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
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 'second', DAY))).toBe('unknown');
      expect(await signIns().endSignIns({ id: signIn.id })).toBe(1);
      expect(await otherSignIns().signIn(signIn.id, NOW)).toBeUndefined();
      expect(await signIns().renewSignIn(renewal(signIn, 'first', 'second'))).toBe('unknown');
      expect(await signIns().endSignIns({ id: signIn.id })).toBe(0);
    });

    test('replace their token with each use', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      expect(await otherSignIns().renewSignIn(renewal(signIn, 'first', 'second'))).toBe('renewed');
      expect(await signIns().signIn(signIn.id, NOW)).toEqual({
        ...signIn,
        digest: digestOf('second'),
        usedAt: NOW + 1_000,
        expiresAt: NOW + 1_000 + DAY,
        network: '198.51.100.7',
      });
      expect(await signIns().renewSignIn(renewal(signIn, 'second', 'third', 2_000))).toBe('renewed');
    });

    test('renew for one of many pages at the same time, and stay for the others', async () => {
      const signIn = newSignIn();
      await signIns().openSignIn(signIn);
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) => either(index).renewSignIn(renewal(signIn, 'first', `next ${index}`))),
      );
      expect(outcomes.toSorted()).toEqual(['recent', 'recent', 'recent', 'recent', 'recent', 'renewed']);
      expect((await signIns().signIn(signIn.id, NOW))?.digest).toBe(digestOf(`next ${outcomes.indexOf('renewed')}`));
    });

    test('end if a token comes again that was replaced long ago, or that never was one', async () => {
      for (const [given, after] of [
        ['first', REPLACED_TOKEN_MS + 1_000],
        ['never', 1_500],
      ] as const) {
        const signIn = newSignIn();
        await signIns().openSignIn(signIn);
        await signIns().renewSignIn(renewal(signIn, 'first', 'second'));
        expect(await signIns().renewSignIn(renewal(signIn, given, 'third', after))).toBe('reused');
        expect(await signIns().signIn(signIn.id, NOW)).toBeUndefined();
        expect(await signIns().signIns(signIn.agentId, NOW)).toEqual([]);
        expect(await signIns().renewSignIn(renewal(signIn, 'second', 'third', after))).toBe('unknown');
      }
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
