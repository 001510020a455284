import { describe, expect, test } from 'vitest';
import { StatechatError } from '#machines/errors.ts';
import type { CommitResult, SessionRow, Store, TurnCommit } from '#storage/port.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newAddress, newId, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const OK = { ok: true } as const;
const CONFLICT = { ok: false, reason: 'conflict' } as const;

async function commitOne(store: Store, turn: TurnCommit): Promise<CommitResult | undefined> {
  return (await store.commit([turn], 'me', LEASE))[0];
}

async function opened(store: Store, parts: Partial<SessionRow> = {}): Promise<SessionRow> {
  const turn = turnOn(newSession(parts));
  expect(await commitOne(store, turn)).toEqual(OK);
  return turn.session;
}

export function describeCommit({ one, other }: Stores): void {
  describe('commit', () => {
    test('writes the row, the journal and the work, and gives them back word for word', async () => {
      const session = newSession({
        agentId: 'a1',
        tags: ['vip', 'with "quotes", commas and \\', 'وسم', ''],
        handler: 'human',
        snapshot: { text: 'a\u0000b \ud83d\ude00 \ud800 "\\', list: [1, 2.5, null, true], nested: { empty: {} } },
        wakeAt: NOW + 5,
      });
      const turn = turnOn(session, {
        journal: [
          { eventId: 'e1', payload: { text: 'a\u0000b' }, text: 'مرحبا 👋' },
          { kind: 'assistant.message', author: null, text: null, delivery: { status: 'pending', at: NOW } },
        ],
        work: [
          { serial: 1, lane: session.address, payload: { text: 'hi \u0000' }, seq: 2 },
          { serial: 2, kind: 'invocation', progress: { at: 3 } },
        ],
      });
      expect(await commitOne(one(), turn)).toEqual(OK);
      expect(await other().load({ id: session.id })).toEqual(turn.session);
      expect(await other().load({ address: session.address })).toEqual(turn.session);
      expect(await other().journal(session.id, 0, 10)).toEqual(turn.journal);
      expect(await other().pendingWork(session.address)).toEqual([{ ...turn.work[0], owner: 'me', leaseUntil: LEASE }]);
      expect(await other().claimWork('you', LEASE, LEASE + 1, 10)).toEqual(turn.work);
    });

    test('a text that the store cannot hold harms neither its own turn nor its neighbours', async () => {
      const turns = [
        turnOn(newSession(), { journal: [{ text: 'nul \u0000', author: 'a\u0000', eventId: 'e\u0000' }] }),
        turnOn(newSession()),
      ];
      expect(await one().commit(turns, 'me', LEASE)).toEqual([OK, OK]);
      const again = turns.map((turn) => turnOn(turn.session, { journal: [{ eventId: 'e\u0000' }] }));
      expect(await one().commit(again, 'me', LEASE)).toMatchObject([{ reason: 'duplicate', taken: [{ eventId: 'e\u0000', seq: 1 }] }, OK]);
    });

    test('keeps nothing that the caller holds, and hands out nothing that the store holds', async () => {
      const context = { count: 1 };
      const tags = ['a'];
      const turn = turnOn(newSession({ snapshot: { context }, tags }), { journal: [{ payload: context }] });
      await commitOne(one(), turn);
      context.count = 2;
      tags.push('b');
      const first = await one().load({ id: turn.session.id });
      expect(first).toMatchObject({ snapshot: { context: { count: 1 } }, tags: ['a'] });
      Object.assign(first?.snapshot ?? {}, { context: 'spoiled' });
      expect(await one().load({ id: turn.session.id })).toMatchObject({ snapshot: { context: { count: 1 } } });
      expect(await one().journal(turn.session.id, 0, 1)).toMatchObject([{ payload: { count: 1 } }]);
    });

    test('changes every field of the row that a turn may change', async () => {
      const before = await opened(one());
      const row: Partial<SessionRow> = {
        assistant: 'other',
        machineId: 'm2',
        machineVersion: 2,
        state: 'CLOSED',
        handler: 'none',
        agentId: 'a2',
        tags: ['t'],
        open: false,
        snapshot: [1],
        wakeAt: NOW + 1,
        lastActivityAt: NOW + 2,
        closedAt: NOW + 3,
      };
      const turn = turnOn(before, { row });
      expect(await commitOne(one(), turn)).toEqual(OK);
      expect(await one().load({ id: before.id })).toEqual({ ...before, ...row, version: 2 });
    });

    test('a steady turn changes what every turn may change, and nothing else; in one batch with others, each is itself', async () => {
      const [first, second, third] = [await opened(one()), await opened(one()), newSession({ handler: 'human' })];
      const row = { state: 'IDLE', snapshot: { context: 'after' }, wakeAt: NOW + 1, lastActivityAt: NOW + 2 };
      const handedOver = { ...row, handler: 'human', agentId: 'a1', tags: ['t'] } as const;
      const steady = turnOn(first, { row, steady: true });
      expect(await commitOne(one(), steady)).toEqual(OK);
      expect(await one().load({ id: first.id })).toEqual({ ...first, ...row, version: 2 });
      const batch = [turnOn(steady.session, { steady: true }), turnOn(second, { row: handedOver }), turnOn(third)];
      expect(await one().commit(batch, 'me', LEASE)).toEqual([OK, OK, OK]);
      for (const turn of batch) expect(await one().load({ id: turn.session.id })).toEqual(turn.session);
    });

    test('a turn that only moves wakeAt has no entry and keeps the version', async () => {
      const before = await opened(one());
      expect(await commitOne(one(), turnOn(before, { journal: [], row: { wakeAt: NOW + 9 } }))).toEqual(OK);
      expect(await one().load({ id: before.id })).toEqual({ ...before, wakeAt: NOW + 9 });
    });

    test('a turn computed from an older version is a conflict, and nothing of it is written', async () => {
      const before = await opened(one());
      const first = turnOn(before, { journal: [{ eventId: 'first' }] });
      expect(await commitOne(one(), first)).toEqual(OK);
      const late = turnOn(before, { journal: [{ eventId: 'late' }], work: [{ serial: 1, lane: before.address }], row: { state: 'LATE' } });
      expect(await commitOne(other(), late)).toEqual(CONFLICT);
      expect(await one().load({ id: before.id })).toEqual(first.session);
      expect(await one().journal(before.id, 1, 10)).toEqual(first.journal);
      expect(await one().pendingWork(before.address)).toEqual([]);
    });

    test('a turn on a session that is not there, or that opens one which is, is a conflict', async () => {
      expect(await commitOne(one(), turnOn(newSession({ version: 3 })))).toEqual(CONFLICT);
      const before = await opened(one());
      expect(await commitOne(one(), turnOn({ ...before, version: 0, address: newAddress() }))).toEqual(CONFLICT);
    });

    test('each turn of a batch stands for itself, with its result in its place', async () => {
      const stale = await opened(one());
      await commitOne(one(), turnOn(stale));
      const taken = turnOn(newSession(), { journal: [{ eventId: 'x' }] });
      await commitOne(one(), taken);
      const fresh = await opened(one());
      const batch = [
        turnOn(fresh),
        turnOn(stale),
        turnOn(taken.session, { journal: [{ eventId: 'x' }] }),
        turnOn(newSession()),
        turnOn(newSession()),
      ];
      for (const turns of [batch, batch.toReversed()]) {
        const results = await other().commit(turns, 'me', LEASE);
        expect(results.map((result) => (result.ok ? 'ok' : result.reason))).toEqual(
          turns === batch ? ['ok', 'conflict', 'duplicate', 'ok', 'ok'] : ['conflict', 'conflict', 'duplicate', 'conflict', 'conflict'],
        );
      }
    });

    test('a large batch is taken whole', async () => {
      const turns = Array.from({ length: 512 }, (_, index) =>
        turnOn(newSession(), { journal: [{ eventId: `e${index}` }, {}], work: [{ serial: 1 }] }),
      );
      const results = await one().commit(turns, 'me', LEASE);
      expect(results.filter(({ ok }) => ok)).toHaveLength(512);
      const next = turns.map(({ session }) => turnOn(session, { settled: [1] }));
      expect((await one().commit(next, 'me', LEASE)).filter(({ ok }) => ok)).toHaveLength(512);
      expect(await one().claimWork('you', LEASE, LEASE + 1, 1_000)).toEqual([]);
    });

    test('an empty batch is nothing', async () => {
      expect(await one().commit([], 'me', LEASE)).toEqual([]);
    });

    test('refuses a batch that is a defect, and writes nothing of it', async () => {
      const before = await opened(one());
      const good = turnOn(newSession());
      const twice = [good, turnOn(before), turnOn(before)];
      const gap = [good, turnOn(before, { row: {} })].map((turn, index) =>
        index === 1 ? { ...turn, session: { ...turn.session, version: 7 } } : turn,
      );
      const sameEvent = [good, turnOn(before, { journal: [{ eventId: 'e' }, { eventId: 'e' }] })];
      for (const batch of [twice, gap, sameEvent]) {
        await expect(one().commit(batch, 'me', LEASE)).rejects.toThrow(StatechatError);
        await expect(one().commit(batch, 'me', LEASE)).rejects.toMatchObject({ code: 'defect', retryable: false });
      }
      expect(await one().load({ id: good.session.id })).toBeUndefined();
      expect(await one().load({ id: before.id })).toEqual(before);
    });
  });

  describe('duplicates', () => {
    test('an event id that the session took is told with its entry, and nothing is written', async () => {
      const first = turnOn(newSession(), { journal: [{}, { eventId: 'e1' }, { eventId: 'e2' }] });
      await commitOne(one(), first);
      const again = turnOn(first.session, {
        journal: [{ eventId: 'new' }, { eventId: 'e2' }],
        work: [{ serial: 1, lane: first.session.address }],
      });
      expect(await commitOne(other(), again)).toEqual({
        ok: false,
        reason: 'duplicate',
        taken: [{ eventId: 'e2', sessionId: first.session.id, seq: 3 }],
      });
      expect(await one().load({ id: first.session.id })).toEqual(first.session);
      expect(await one().journal(first.session.id, 3, 10)).toEqual([]);
      expect(await one().pendingWork(first.session.address)).toEqual([]);
    });

    test('an event id of another address is free', async () => {
      await commitOne(one(), turnOn(newSession(), { journal: [{ eventId: 'e1' }] }));
      expect(await commitOne(one(), turnOn(newSession(), { journal: [{ eventId: 'e1' }] }))).toEqual(OK);
    });

    test('an event id counts as taken in the sessions of the lineage, for a session that opens and one that goes on', async () => {
      const before = turnOn(newSession({ open: false }), { journal: [{ eventId: 'old' }] });
      await commitOne(one(), before);
      const { address, id } = before.session;
      const next = newSession({ address, previousId: id });
      const expected = { ok: false, reason: 'duplicate', taken: [{ eventId: 'old', sessionId: id, seq: 1 }] };
      expect(await commitOne(one(), turnOn(next, { journal: [{ eventId: 'old' }], lineage: [id] }))).toEqual(expected);
      expect(await one().load({ id: next.id })).toBeUndefined();
      const opening = turnOn(next, { journal: [{ eventId: 'fresh' }], lineage: [id] });
      expect(await commitOne(one(), opening)).toEqual(OK);
      expect(await commitOne(one(), turnOn(opening.session, { journal: [{ eventId: 'old' }], lineage: [id] }))).toEqual(expected);
    });

    test('the same event delivered ten times at once is taken once', async () => {
      const before = await opened(one());
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) => commitOne(index % 2 ? one() : other(), turnOn(before, { journal: [{ eventId: 'e' }] }))),
      );
      expect(results.filter((result) => result?.ok)).toHaveLength(1);
      expect(await one().journal(before.id, 1, 100)).toHaveLength(1);
    });
  });

  describe('races', () => {
    test('of many commits on one version exactly one wins, from two instances at once', async () => {
      let session = await opened(one());
      for (let round = 0; round < 8; round += 1) {
        const turns = Array.from({ length: 12 }, (_, index) => turnOn(session, { journal: [{ text: `${round}.${index}` }] }));
        const results = await Promise.all(turns.map((turn, index) => commitOne(index % 2 ? one() : other(), turn)));
        const winners = turns.filter((_, index) => results[index]?.ok);
        expect(winners).toHaveLength(1);
        expect(results.filter((result) => result?.ok === false && result.reason === 'conflict')).toHaveLength(11);
        session = winners[0]?.session ?? session;
        expect(await one().load({ id: session.id })).toEqual(session);
      }
      expect((await one().journal(session.id, 0, 100)).map(({ seq }) => seq)).toEqual(Array.from({ length: 9 }, (_, index) => index + 1));
    });

    test('overlapping batches in opposite order finish, each version won once', async () => {
      let rows = await Promise.all(Array.from({ length: 24 }, () => opened(one())));
      for (let round = 0; round < 6; round += 1) {
        const turns = rows.map((row) => turnOn(row));
        const [first, second] = await Promise.all([one().commit(turns, 'me', LEASE), other().commit(turns.toReversed(), 'you', LEASE)]);
        expect(second?.toReversed().map(({ ok }, index) => ok !== first?.[index]?.ok)).toEqual(rows.map(() => true));
        rows = turns.map(({ session }) => session);
      }
    });

    test('of many sessions opened at one address at once, one is open; the others are conflicts and fail nobody else', async () => {
      const addresses = Array.from({ length: 8 }, newAddress);
      const batches = Array.from({ length: 8 }, (_, index) => {
        const turns = addresses.map((address) => turnOn(newSession({ address })));
        return index % 2 ? turns : turns.toReversed();
      });
      const bystanders = batches.map(() => turnOn(newSession()));
      const results = await Promise.all(
        batches.map((turns, index) => (index % 2 ? one() : other()).commit([...turns, ...bystanders.slice(index, index + 1)], 'me', LEASE)),
      );
      expect(results.map((result) => result.at(-1))).toEqual(batches.map(() => OK));
      for (const address of addresses) {
        const winners = batches.flatMap((turns, batch) =>
          turns.filter((turn, index) => turn.session.address === address && results[batch]?.[index]?.ok),
        );
        expect(winners).toHaveLength(1);
        expect(await one().load({ address })).toEqual(winners[0]?.session);
        expect((await one().sessions({ address }, 10)).items).toHaveLength(1);
      }
    });

    test('an event that opens and closes a session in one turn is taken once, however many instances hear it', async () => {
      const address = newAddress();
      const turns = Array.from({ length: 10 }, () =>
        turnOn(newSession({ address, open: false, state: 'DONE' }), { journal: [{ eventId: 'e' }] }),
      );
      const results = await Promise.all(turns.map((turn, index) => commitOne(index % 2 ? one() : other(), turn)));
      expect(results.filter((result) => result?.ok)).toHaveLength(1);
    });

    test('a closed session takes entries and work, once, and is the same to its follower and to retention', async () => {
      const before = await opened(one(), { open: false, state: 'CLOSED', closedAt: NOW });
      const rating = () =>
        turnOn(before, { steady: true, journal: [{ kind: 'rating', eventId: 'press' }, {}], work: [{ serial: 9, lane: before.address }] });
      const turn = rating();
      const results = await Promise.all([commitOne(one(), turn), commitOne(other(), rating())]);
      expect(results.filter((result) => result?.ok)).toHaveLength(1);
      expect(await one().load({ id: before.id })).toEqual(turn.session);
      expect((await one().journal(before.id, before.version, 10)).map(({ kind }) => kind)).toEqual(['rating', 'customer.message']);
      expect((await one().pendingWork(before.address)).map(({ serial }) => serial)).toEqual([9]);
      const next = turnOn(newSession({ address: before.address, previousId: before.id }));
      expect(await commitOne(one(), next)).toEqual(OK);
      // Also while the next one is open.
      expect(await commitOne(one(), turnOn(turn.session, { steady: true, journal: [{ kind: 'rating', eventId: 'again' }] }))).toEqual(OK);
      expect(await one().load({ address: before.address })).toEqual(next.session);
      expect((await one().sessions({ address: before.address, open: false }, 10)).items).toHaveLength(1);
    });

    test('a session has one follower', async () => {
      const before = await opened(one(), { open: false });
      const follower = () => turnOn(newSession({ address: before.address, previousId: before.id, openedAt: NOW - 1_000 }));
      const winner = follower();
      expect(await commitOne(one(), winner)).toEqual(OK);
      expect(await commitOne(one(), follower())).toEqual(CONFLICT);
      // The latest session is the one that follows, whatever the clocks of their instances.
      expect(await one().load({ address: before.address })).toEqual(winner.session);
      const closing = turnOn(winner.session, { row: { open: false } });
      expect(await commitOne(one(), closing)).toEqual(OK);
      expect(await commitOne(one(), turnOn(newSession({ id: newId(), address: before.address, previousId: before.id })))).toEqual(CONFLICT);
      expect(await commitOne(one(), turnOn(newSession({ address: before.address, previousId: winner.session.id })))).toEqual(OK);
    });
  });
}
