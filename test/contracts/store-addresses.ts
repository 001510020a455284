import { describe, expect, test } from 'vitest';
import { type Address, parseAddress } from '#machines/ids.ts';
import type { SpendingLimit } from '#storage/ledger.ts';
import type { CommitResult, SessionRow, Store, TurnCommit } from '#storage/port.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newAddress, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

const OK = { ok: true } as const;
const CONFLICT = { ok: false, reason: 'conflict' } as const;

async function commitOne(store: Store, turn: TurnCommit): Promise<CommitResult | undefined> {
  return (await store.commit([turn], 'me', LEASE))[0];
}

async function opened(store: Store, parts: Partial<SessionRow> = {}, more: TurnParts = {}): Promise<SessionRow> {
  const turn = turnOn(newSession(parts), more);
  expect(await commitOne(store, turn)).toEqual(OK);
  return turn.session;
}

async function closed(store: Store, address: Address, previousId: SessionRow['previousId'] = null): Promise<SessionRow> {
  const open = await opened(store, { address, previousId });
  const turn = turnOn(open, { row: { open: false, closedAt: NOW, state: 'CLOSED' } });
  expect(await commitOne(store, turn)).toEqual(OK);
  return turn.session;
}

/** The turn that takes a session, or what is at `from`, to an address. */
function moving(row: SessionRow, from: Address, to: Address, more: TurnParts = {}): TurnCommit {
  return turnOn({ ...row, address: to }, { journal: [{ kind: 'moved', author: null, text: null }], movedFrom: from, ...more });
}

export function describeAddresses({ one, other, addresses, otherAddresses, archive, ledger }: Stores): void {
  const both = (): readonly [Address, Address] => [newAddress(), newAddress()];

  describe('an open session moves', () => {
    test('with its row, its journal, its work and the sessions before it', async () => {
      const [from, to] = both();
      const earlier = await closed(one(), from);
      const session = await opened(
        one(),
        { address: from, previousId: earlier.id, wakeAt: NOW + 5 },
        {
          work: [
            { serial: 1, lane: from, payload: { address: from } },
            { serial: 2, kind: 'invocation', payload: { address: from } },
          ],
        },
      );
      const turn = moving(session, from, to, { work: [{ serial: 3, lane: to, payload: { address: to } }], row: { state: 'MOVED' } });
      expect(await commitOne(one(), turn)).toEqual(OK);

      expect(await other().load({ id: session.id })).toEqual(turn.session);
      expect(await other().load({ address: to })).toEqual(turn.session);
      expect(await other().load({ address: from })).toEqual(turn.session);
      expect(await other().load({ id: earlier.id })).toEqual({ ...earlier, address: to });
      expect((await other().journal(session.id, 1, 10)).map(({ kind }) => kind)).toEqual(['moved']);
      for (const address of [from, to])
        expect((await other().sessions({ address }, 10)).items).toEqual([turn.session, { ...earlier, address: to }]);
      expect(await other().claimDue(NOW + 5, NOW + 9, 10)).toEqual([{ ...turn.session, wakeAt: NOW + 9 }]);
      for (const address of [from, to])
        expect((await other().pendingWork(address)).map(({ serial, movedTo }) => [serial, movedTo])).toEqual([
          [1, to],
          [3, undefined],
        ]);
      const claimed = (await other().claimWork('you', LEASE, LEASE + 1, 10)).toSorted((a, b) => a.serial - b.serial);
      expect(claimed.map(({ serial, movedTo, payload }) => [serial, movedTo, payload])).toEqual([
        [1, to, { address: from }],
        [2, to, { address: from }],
        [3, undefined, { address: to }],
      ]);
      expect(claimed[0]?.lane).toBe(to);
      expect(await addresses().resolve(from)).toBe(to);
      expect(await addresses().resolve(to)).toBe(to);
      expect(await otherAddresses().aliasesOf(to)).toEqual([from]);
    });

    test('work that the turn settles is gone, and what is finished or renewed afterwards is found', async () => {
      const [from, to] = both();
      const session = await opened(
        one(),
        { address: from },
        { journal: [{ delivery: { status: 'pending', at: NOW } }], work: [1, 2, 3].map((serial) => ({ serial, lane: from, seq: 1 })) },
      );
      expect(await commitOne(one(), moving(session, from, to, { settled: [1] }))).toEqual(OK);
      expect(await other().renewWork('me', [{ sessionId: session.id, serial: 2, progress: 7 }], LEASE + 1)).toHaveLength(1);
      await other().finishWork('me', [
        { sessionId: session.id, serial: 3, seq: 1, status: 'done', delivery: { status: 'sent', at: NOW, ref: 'r' } },
      ]);
      expect((await one().pendingWork(to)).map(({ serial, progress }) => [serial, progress])).toEqual([[2, 7]]);
      expect((await one().journal(session.id, 0, 1))[0]?.delivery).toEqual({ status: 'sent', at: NOW, ref: 'r' });
    });

    test('the next session at the new address follows it, and events that any of them took are known', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from }, { journal: [{ eventId: 'e1' }] });
      expect(await commitOne(one(), moving(session, from, to))).toEqual(OK);
      const closing = turnOn({ ...session, address: to, version: 2 }, { row: { open: false, closedAt: NOW } });
      expect(await commitOne(other(), closing)).toEqual(OK);
      const next = newSession({ address: to, previousId: session.id });
      const again = turnOn(next, { journal: [{ eventId: 'e1' }], lineage: [session.id] });
      expect(await commitOne(other(), again)).toMatchObject({
        reason: 'duplicate',
        taken: [{ eventId: 'e1', sessionId: session.id, seq: 1 }],
      });
      expect(await commitOne(other(), turnOn(next))).toEqual(OK);
      expect(await one().load({ address: from })).toMatchObject({ id: next.id, address: to });
    });

    test('a turn computed before the move is a conflict, and so is a second move', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from });
      const moves = [moving(session, from, to), moving(session, from, to), turnOn(session), turnOn(session, { steady: true })];
      const results = await Promise.all(moves.map((turn, index) => commitOne(index % 2 ? other() : one(), turn)));
      expect(results.filter((result) => result?.ok)).toHaveLength(1);
      const now = await one().load({ id: session.id });
      if (results[0]?.ok || results[1]?.ok) expect(await commitOne(one(), turnOn(session))).toEqual(CONFLICT);
      expect(now?.version).toBe(2);
    });

    test('no session is opened at an address that has moved', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from });
      expect(await commitOne(one(), moving(session, from, to))).toEqual(OK);
      expect(await commitOne(other(), turnOn(newSession({ address: from })))).toEqual(CONFLICT);
      expect(await commitOne(other(), turnOn(newSession({ address: from, previousId: session.id })))).toEqual(CONFLICT);
      expect(await commitOne(other(), turnOn(newSession({ address: from, open: false })))).toEqual(CONFLICT);
      expect((await one().sessions({ address: to }, 10)).items).toHaveLength(1);
    });

    test('of openings at both addresses and a move, all at once, what remains is one open session at each at most', async () => {
      for (let round = 0; round < 10; round += 1) {
        const [from, to] = both();
        const session = await opened(one(), { address: from });
        const openings = Array.from({ length: 6 }, (_, index) => turnOn(newSession({ address: index % 2 ? from : to })));
        const [move, ...results] = await Promise.all([
          commitOne(one(), moving(session, from, to)),
          ...openings.map((turn, index) => commitOne(index % 3 ? one() : other(), turn)),
        ]);
        const atFrom = results.filter((result, index) => result?.ok && openings[index]?.session.address === from);
        const atTo = results.filter((result, index) => result?.ok && openings[index]?.session.address === to);
        expect(atFrom).toHaveLength(0);
        expect(atTo.length + (move?.ok ? 1 : 0)).toBe(1);
        expect(await one().load({ address: from })).toMatchObject({ id: session.id, address: move?.ok ? to : from });
      }
    });

    test('over one that is open at the new address it does not, and over a closed one it does', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from });
      const there = await opened(one(), { address: to });
      expect(await commitOne(one(), moving(session, from, to))).toEqual(CONFLICT);
      expect(await one().load({ address: from })).toEqual(session);
      expect(await addresses().resolve(from)).toBe(from);
      expect(await commitOne(one(), turnOn(there, { row: { open: false, closedAt: NOW } }))).toEqual(OK);
      const turn = moving(session, from, to);
      expect(await commitOne(other(), turn)).toEqual(OK);
      expect(await one().load({ address: to })).toEqual(turn.session);
      expect((await one().sessions({ address: from }, 10)).items.map(({ id }) => id).toSorted()).toEqual([session.id, there.id].toSorted());
    });

    test('the session at the new address takes along what is closed at the other', async () => {
      const [from, to] = both();
      const earlier = await closed(one(), from);
      const there = await opened(one(), { address: to });
      const turn = moving(there, from, to, { lineage: [earlier.id] });
      expect(await commitOne(one(), turn)).toEqual(OK);
      expect(await other().load({ address: to })).toEqual(turn.session);
      expect(await other().load({ address: from })).toEqual(turn.session);
      expect((await other().sessions({ address: to }, 10)).items.map(({ id }) => id)).toEqual([there.id, earlier.id]);
      expect(await addresses().resolve(from)).toBe(to);
      const next = turnOn(turn.session, { row: { open: false, closedAt: NOW } });
      expect(await commitOne(one(), next)).toEqual(OK);
      expect(await commitOne(one(), turnOn(newSession({ address: to, previousId: there.id })))).toEqual(OK);
    });

    test('again and again, and back', async () => {
      const [a, b] = both();
      const c = newAddress();
      let session = await opened(one(), { address: a });
      for (const [from, to] of [
        [a, b],
        [b, c],
        [c, a],
        [a, b],
      ] as const) {
        const turn = moving(session, from, to);
        expect(await commitOne(one(), turn)).toEqual(OK);
        session = turn.session;
        for (const address of [a, b, c]) {
          if (address === c && (to === b || to === a) && session.version === 2) continue;
          expect(await other().load({ address })).toEqual(session);
        }
        expect(await addresses().resolve(to)).toBe(to);
      }
      expect((await addresses().aliasesOf(b)).toSorted()).toEqual([a, c].toSorted());
      expect(await commitOne(one(), turnOn(newSession({ address: c })))).toEqual(CONFLICT);
    });

    test('in a batch with others, each is itself', async () => {
      const [from, to] = both();
      const [session, stale, plain] = [await opened(one(), { address: from }), await opened(one()), await opened(one())];
      await commitOne(one(), turnOn(stale));
      const batch = [turnOn(plain), moving(session, from, to), turnOn(stale), turnOn(newSession())];
      expect(await one().commit(batch, 'me', LEASE)).toEqual([OK, OK, CONFLICT, OK]);
    });

    test('what is no move is a defect', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from });
      await expect(one().commit([moving(session, from, from)], 'me', LEASE)).rejects.toMatchObject({ code: 'defect' });
      await expect(one().commit([turnOn(newSession({ address: to }), { movedFrom: from })], 'me', LEASE)).rejects.toMatchObject({
        code: 'defect',
      });
    });
  });

  describe('addresses without an open session', () => {
    test('move with what is closed, once', async () => {
      const [from, to] = both();
      const first = await closed(one(), from);
      const second = await closed(one(), from, first.id);
      expect(await addresses().moveClosed([{ from, to }])).toEqual([{ from, to }]);
      expect(await otherAddresses().moveClosed([{ from, to }])).toEqual([]);
      expect(await other().load({ address: from })).toEqual({ ...second, address: to });
      expect((await other().sessions({ address: from }, 10)).items.map(({ id, address }) => [id, address])).toEqual([
        [second.id, to],
        [first.id, to],
      ]);
      expect(await commitOne(one(), turnOn(newSession({ address: from, previousId: second.id })))).toEqual(CONFLICT);
      expect(await commitOne(one(), turnOn(newSession({ address: to, previousId: second.id })))).toEqual(OK);
    });

    test('one at which nothing is kept becomes an alias all the same', async () => {
      const [from, to] = both();
      expect(await addresses().moveClosed([{ from, to }])).toEqual([{ from, to }]);
      expect(await otherAddresses().resolve(from)).toBe(to);
      expect(await one().load({ address: from })).toBeUndefined();
      expect(await commitOne(one(), turnOn(newSession({ address: from })))).toEqual(CONFLICT);
    });

    test('one at which a session is open stays', async () => {
      const [from, to] = both();
      const session = await opened(one(), { address: from });
      expect(await addresses().moveClosed([{ from, to }])).toEqual([]);
      expect(await one().load({ address: from })).toEqual(session);
    });

    test('what moves goes before a session that is open at the new address', async () => {
      const [from, to] = both();
      const earlier = await closed(one(), from);
      const there = await opened(one(), { address: to });
      expect(await addresses().moveClosed([{ from, to }])).toEqual([{ from, to }]);
      expect(await one().load({ address: from })).toEqual(there);
      expect(await one().load({ address: to })).toEqual(there);
      expect((await one().sessions({ address: to }, 10)).items.map(({ id }) => id)).toEqual([there.id, earlier.id]);
    });

    test('a move and an opening at once: one is first', async () => {
      for (let round = 0; round < 10; round += 1) {
        const [from, to] = both();
        const opening = turnOn(newSession({ address: from }));
        const [moved, result] = await Promise.all([addresses().moveClosed([{ from, to }]), commitOne(other(), opening)]);
        expect(moved.length === 1).toBe(result?.ok === false);
      }
    });
  });

  describe('the accounts of a channel', () => {
    const at = (account: string, peer: number | string): Address => parseAddress(`telegram:${account}:${peer}`);
    const limit = (account: string): SpendingLimit => ({ account, tokens: 1_000, microDollars: null, keepMs: 86_400_000 });
    const rejected = (account: string, providerId: string) => ({
      channel: 'telegram',
      account,
      providerId,
      receivedAt: NOW,
      code: 'c',
      reason: 'r',
      content: account,
      size: 1,
    });

    test('that are names are told wherever something stands under them', async () => {
      expect(await addresses().namedAccounts('telegram')).toEqual([]);
      await opened(one(), { address: at('100', 1) });
      await opened(one(), { address: parseAddress('web:named:1') });
      await closed(one(), at('acme_bot', 1));
      await opened(one(), { address: at('7up_bot', '-1002/7') });
      await archive().keepDeadLetter(rejected('old_bot', '1'));
      await archive().keepDeadLetter(rejected('100', '1'));
      await ledger().reserve('default', {
        id: 'r',
        amount: { tokens: 1, microDollars: 0 },
        limits: [
          limit(`customer:${at('paid_bot', 5)}/2026-11`),
          limit(`customer:${at('100', 5)}/2026-11`),
          limit('customer:web:x:1/2026-11'),
        ],
        ttlMs: 60_000,
      });
      expect(await addresses().namedAccounts('telegram')).toEqual(['7up_bot', 'acme_bot', 'old_bot', 'paid_bot']);
    });

    test('move with all that is not an open session, a little at a time', async () => {
      const sessions = await Promise.all(Array.from({ length: 5 }, (_, index) => closed(one(), at('acme_bot', index))));
      const open = await opened(one(), { address: at('acme_bot', 'x') });
      const neighbour = await closed(one(), at('acme_bot2', 1));
      for (const id of ['1', '2', '3']) await archive().keepDeadLetter(rejected('acme_bot', id));
      await archive().keepDeadLetter(rejected('100', '2'));
      const spend = async (id: string, account: string, tokens: number, settles: boolean): Promise<void> => {
        const amount = { tokens, microDollars: 0 };
        await ledger().reserve('default', { id, amount, limits: [limit(account)], ttlMs: 600_000 });
        if (settles) await ledger().settle('default', id, amount);
      };
      const [before, after] = ['acme_bot', '100'].map((account) => `customer:${at(account, 1)}/2026-11`) as [string, string];
      await spend('spent', before, 10, true);
      await spend('held', before, 5, false);
      await spend('since', after, 2, true);

      let steps = 0;
      while ((await addresses().moveAccount('telegram', 'acme_bot', '100', 2)) > 0) steps += 1;
      expect(steps).toBeGreaterThan(1);
      for (const session of sessions)
        expect(await other().load({ id: session.id })).toEqual({ ...session, address: session.address.replace('acme_bot', '100') });
      expect(await other().load({ id: open.id })).toEqual(open);
      expect(await other().load({ id: neighbour.id })).toEqual(neighbour);
      expect(await otherAddresses().resolve(at('acme_bot', 3))).toBe(at('100', 3));
      expect((await archive().deadLetters(10)).items.map(({ account, providerId }) => `${account} ${providerId}`).toSorted()).toEqual([
        '100 1',
        '100 2',
        '100 3',
      ]);
      expect(await ledger().balances('default', [before, after])).toMatchObject([
        { spent: { tokens: 0 }, reserved: { tokens: 0 } },
        { spent: { tokens: 12 }, reserved: { tokens: 5 } },
      ]);
      expect(await ledger().settle('default', 'held', { tokens: 4, microDollars: 0 })).toBe('settled');
      expect(await ledger().balances('default', [after])).toMatchObject([{ spent: { tokens: 16 }, reserved: { tokens: 0 } }]);
      expect(await addresses().openAt('telegram', 'acme_bot', 10)).toEqual([open.address]);
      expect(await addresses().namedAccounts('telegram')).toEqual(['acme_bot', 'acme_bot2']);
    });

    test('and a call that is reserved under the old name again holds once', async () => {
      const [before, after] = ['acme_bot', '100'].map((account) => `customer:${at(account, 2)}/2026-11`) as [string, string];
      const reserved = (tokens: number) =>
        ledger().reserve('default', { id: 'again', amount: { tokens, microDollars: 0 }, limits: [limit(before)], ttlMs: 600_000 });
      const move = async (): Promise<void> => {
        while ((await addresses().moveAccount('telegram', 'acme_bot', '100', 2)) > 0);
      };
      for (const tokens of [5, 5, 7]) {
        expect(await reserved(tokens)).toEqual({ ok: true });
        await move();
        expect(await ledger().balances('default', [before, after])).toMatchObject([
          { reserved: { tokens: 0 } },
          { spent: { tokens: 0 }, reserved: { tokens } },
        ]);
      }
      expect(await ledger().settle('default', 'again', { tokens: 4, microDollars: 0 })).toBe('settled');
      expect(await ledger().balances('default', [after])).toMatchObject([{ spent: { tokens: 4 }, reserved: { tokens: 0 } }]);
    });
  });
}
