import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { Reservation } from '#storage/ledger.ts';
import { amountOf, BOOK, DAY, ledgerStory, limitOf, playLedger } from '#test/contracts/ledger-model.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const reservation = (parts: Partial<Reservation> = {}): Reservation => ({
  id: randomUUID(),
  amount: amountOf(10, 100),
  limits: [limitOf('session')],
  ttlMs: DAY,
  ...parts,
});

export function describeLedger({ ledger, otherLedger }: Stores): void {
  const balance = async (account: string) => (await otherLedger().balances(BOOK, [account]))[0];

  describe('ledger', () => {
    test('a reservation holds until it is settled, which gives back the rest', async () => {
      const limits = [limitOf('session', 100), limitOf('customer', null, 1_000), limitOf('tenant')];
      expect(await ledger().reserve(BOOK, reservation({ id: 'r1', amount: amountOf(60, 600), limits }))).toEqual({ ok: true });
      const held = { spent: amountOf(0, 0), reserved: amountOf(60, 600) };
      expect(await otherLedger().balances(BOOK, ['tenant', 'nobody', 'session'])).toEqual([
        { account: 'tenant', ...held },
        { account: 'nobody', spent: amountOf(0, 0), reserved: amountOf(0, 0) },
        { account: 'session', ...held },
      ]);
      const refused = await otherLedger().reserve(BOOK, reservation({ amount: amountOf(41, 401), limits }));
      expect(refused).toEqual({
        ok: false,
        reason: 'exceeded',
        exceeded: [
          { account: 'session', ...held, limit: limits[0] },
          { account: 'customer', ...held, limit: limits[1] },
        ],
      });
      expect(await otherLedger().settle(BOOK, 'r1', amountOf(20, 250))).toBe('settled');
      expect(await balance('session')).toEqual({ account: 'session', spent: amountOf(20, 250), reserved: amountOf(0, 0) });
      expect(await ledger().reserve(BOOK, reservation({ amount: amountOf(80, 750), limits }))).toEqual({ ok: true });
    });

    test('what was used beyond what was reserved is charged too, even beyond the limit', async () => {
      const limits = [limitOf('session', 100)];
      await ledger().reserve(BOOK, reservation({ id: 'r1', amount: amountOf(90), limits }));
      expect(await ledger().settle(BOOK, 'r1', amountOf(130))).toBe('settled');
      expect(await balance('session')).toMatchObject({ spent: amountOf(130) });
      expect(await ledger().reserve(BOOK, reservation({ amount: amountOf(0), limits }))).toMatchObject({ ok: false, reason: 'exceeded' });
    });

    test('a reservation is all or nothing: what one account refuses counts in none', async () => {
      await ledger().reserve(BOOK, reservation({ amount: amountOf(5), limits: [limitOf('b', 10)] }));
      const limits = ['a', 'b', 'c'].map((account) => limitOf(account, 10));
      expect(await ledger().reserve(BOOK, reservation({ amount: amountOf(6), limits }))).toMatchObject({
        ok: false,
        exceeded: [{ account: 'b' }],
      });
      const balances = await ledger().balances(BOOK, ['a', 'b', 'c']);
      expect(balances.map(({ reserved }) => reserved.tokens)).toEqual([0, 5, 0]);
    });

    test('is settled once, whoever settles it and however often', async () => {
      await ledger().reserve(BOOK, reservation({ id: 'r1' }));
      const settled = await Promise.all(
        Array.from({ length: 12 }, (_, index) => (index % 2 ? ledger() : otherLedger()).settle(BOOK, 'r1', amountOf(7, 70))),
      );
      expect(settled.toSorted()).toEqual([...Array(11).fill('already'), 'settled']);
      expect(await balance('session')).toEqual({ account: 'session', spent: amountOf(7, 70), reserved: amountOf(0, 0) });
      expect(await ledger().reserve(BOOK, reservation({ id: 'r1' }))).toEqual({ ok: false, reason: 'settled' });
      expect(await ledger().settle(BOOK, 'r2', amountOf(1))).toBe('unknown');
    });

    test('the same id again, as after a crash, holds once; with another amount, that one', async () => {
      const limits = [limitOf('session', 10), limitOf('tenant', 10)];
      const again = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? ledger() : otherLedger()).reserve(BOOK, reservation({ id: 'r1', amount: amountOf(10), limits })),
        ),
      );
      expect(again).toEqual(again.map(() => ({ ok: true })));
      expect(await balance('tenant')).toMatchObject({ reserved: amountOf(10) });
      expect(await ledger().reserve(BOOK, reservation({ id: 'r1', amount: amountOf(4), limits }))).toEqual({ ok: true });
      expect(await balance('session')).toMatchObject({ reserved: amountOf(4) });
      expect(await otherLedger().reserve(BOOK, reservation({ id: 'r1', amount: amountOf(11), limits }))).toMatchObject({ ok: false });
      expect(await balance('session')).toMatchObject({ reserved: amountOf(4) });
    });

    test('lapses by the store’s clock, and what was used is charged all the same when somebody knows it', async () => {
      const limits = [limitOf('session', 10)];
      expect(await ledger().reserve(BOOK, reservation({ id: 'dead', amount: amountOf(10), limits, ttlMs: 1_000 }))).toEqual({ ok: true });
      const next = reservation({ id: 'next', amount: amountOf(9), limits });
      expect(await otherLedger().reserve(BOOK, next)).toMatchObject({ ok: false });
      await expect.poll(() => balance('session')).toMatchObject({ reserved: amountOf(0) });
      expect(await otherLedger().reserve(BOOK, next)).toEqual({ ok: true });
      expect(await ledger().settle(BOOK, 'dead', amountOf(3))).toBe('settled');
      expect(await balance('session')).toEqual({ account: 'session', spent: amountOf(3, 0), reserved: amountOf(9, 0) });
      expect(await ledger().settle(BOOK, 'dead', amountOf(3))).toBe('already');
    });

    test('many at once over several accounts never hold more together than each may', async () => {
      const tenant = limitOf('tenant', 100);
      const asked = Array.from({ length: 60 }, (_, index) => {
        const session = limitOf(`session ${index % 6}`, 30);
        // In any order. Two callers that lock in opposite orders must not deadlock.
        const limits = index % 2 ? [session, tenant] : [tenant, session];
        return {
          id: `r${index}`,
          promise: (index % 3 ? ledger() : otherLedger()).reserve(BOOK, reservation({ id: `r${index}`, amount: amountOf(7), limits })),
        };
      });
      const outcomes = await Promise.all(asked.map(({ promise }) => promise));
      const held = asked.filter((_, index) => outcomes[index]?.ok === true);
      // 14 times 7 fit into 100, and 4 times into each of six times 30.
      expect(held).toHaveLength(14);
      expect(await balance('tenant')).toMatchObject({ reserved: amountOf(98) });
      await Promise.all(held.map(({ id }, index) => (index % 2 ? ledger() : otherLedger()).settle(BOOK, id, amountOf(5))));
      expect(await balance('tenant')).toEqual({ account: 'tenant', spent: amountOf(70, 0), reserved: amountOf(0, 0) });
      const sessions = await ledger().balances(
        BOOK,
        Array.from({ length: 6 }, (_, index) => `session ${index}`),
      );
      expect(sessions.reduce((sum, { spent }) => sum + spent.tokens, 0)).toBe(70);
      for (const { spent } of sessions) expect(spent.tokens).toBeLessThanOrEqual(20);
    });

    test('many that reserve, settle and let lapse at once leave nothing held and every charge counted once', async () => {
      const limits = [limitOf('busy', 200), limitOf('tenant')];
      let used = 0;
      await Promise.all(
        Array.from({ length: 8 }, async (_, worker) => {
          for (let round = 0; round < 12; round += 1) {
            const mine = worker % 2 ? ledger() : otherLedger();
            const id = `${worker}.${round}`;
            const lapses = (worker + round) % 3 === 0;
            const { ok } = await mine.reserve(BOOK, reservation({ id, amount: amountOf(9), limits, ttlMs: lapses ? 1 : DAY }));
            if (!ok || (lapses && round % 2 === 0)) continue;
            used += 2;
            expect(await mine.settle(BOOK, id, amountOf(2))).toBe('settled');
          }
        }),
      );
      await expect.poll(() => balance('busy')).toMatchObject({ reserved: amountOf(0) });
      expect(await balance('busy')).toMatchObject({ spent: amountOf(used) });
      expect(await balance('tenant')).toMatchObject({ spent: amountOf(used) });
    });

    test('books know nothing of each other', async () => {
      const limits = [limitOf('tenant', 10)];
      expect(await ledger().reserve('one', reservation({ id: 'r', amount: amountOf(10), limits }))).toEqual({ ok: true });
      expect(await ledger().reserve('other', reservation({ id: 'r', amount: amountOf(10), limits }))).toEqual({ ok: true });
      expect(await ledger().settle('other', 'r', amountOf(4))).toBe('settled');
      expect(await ledger().balances('one', ['tenant'])).toMatchObject([{ spent: amountOf(0), reserved: amountOf(10) }]);
    });

    test('names of any script and sums of any size are kept exactly', async () => {
      const account = 'عميل:telegram:acme:١٢٣/2026-11 “quoted” \\ {brace}';
      const amount = amountOf(999_999_999_999_999, 900_000_000_000_001);
      const id = 'ключ:1:2:3';
      expect(await ledger().reserve('أكمي', reservation({ id, amount, limits: [limitOf(account)] }))).toEqual({ ok: true });
      expect(await otherLedger().settle('أكمي', id, amount)).toBe('settled');
      expect(await otherLedger().balances('أكمي', [account])).toEqual([{ account, spent: amount, reserved: amountOf(0, 0) }]);
    });

    test('what makes no sense is refused and changes nothing', async () => {
      const wrong: Partial<Reservation>[] = [
        { amount: amountOf(-1) },
        { amount: amountOf(0.5) },
        { amount: amountOf(Number.NaN) },
        { amount: amountOf(0, Number.MAX_SAFE_INTEGER) },
        { id: '' },
        { id: 'a\nb' },
        { limits: [] },
        { limits: [limitOf('session'), limitOf('session')] },
        { limits: [limitOf('x'.repeat(301))] },
        { limits: [limitOf('session', -1)] },
        { ttlMs: -1 },
        { ttlMs: Number.POSITIVE_INFINITY },
      ];
      for (const parts of wrong) await expect(ledger().reserve(BOOK, reservation(parts))).rejects.toThrow(InvalidInput);
      for (const book of ['', 'a{b', 'x'.repeat(101)]) await expect(ledger().reserve(book, reservation())).rejects.toThrow(InvalidInput);
      await expect(ledger().settle(BOOK, 'r1', amountOf(-5))).rejects.toThrow(InvalidInput);
      expect(await balance('session')).toEqual({ account: 'session', spent: amountOf(0, 0), reserved: amountOf(0, 0) });
    });

    test('answers as the model does, whatever is done in whatever order', async () => {
      await fc.assert(
        fc.asyncProperty(ledgerStory, async (story) => {
          const { said, expected } = await playLedger(story, [ledger(), otherLedger()], randomUUID());
          expect(said).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    });
  });
}
