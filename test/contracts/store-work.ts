import { describe, expect, test } from 'vitest';
import type { Delivery, SessionRow, Store, TurnCommit, WorkItem } from '#storage/port.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

const AFTER = LEASE + 1;
const NEXT_LEASE = LEASE + 30_000;

async function committed(store: Store, before: SessionRow, parts: TurnParts, owner = 'a', lease = LEASE): Promise<TurnCommit> {
  const turn = turnOn(before, parts);
  expect(await store.commit([turn], owner, lease)).toEqual([{ ok: true }]);
  return turn;
}

/** A session with `count` items in the lane of its address. */
async function lane(store: Store, count: number, owner = 'a', lease = LEASE): Promise<TurnCommit> {
  const session = newSession();
  const work = Array.from({ length: count }, (_, index) => ({ serial: index + 1, lane: session.address }));
  return committed(store, session, { work }, owner, lease);
}

function keys(items: readonly Pick<WorkItem, 'sessionId' | 'serial'>[]): string[] {
  return items.map(({ sessionId, serial }) => `${sessionId}.${serial}`);
}

function done(item: Pick<WorkItem, 'sessionId' | 'serial' | 'seq'> | undefined, delivery: Delivery | null = null) {
  if (item === undefined) throw new Error('There is no such item.');
  return { sessionId: item.sessionId, serial: item.serial, seq: item.seq, status: 'done', delivery } as const;
}

function later(item: Pick<WorkItem, 'sessionId' | 'serial' | 'seq'> | undefined, notBefore: number, attempts = 1) {
  if (item === undefined) throw new Error('There is no such item.');
  return {
    sessionId: item.sessionId,
    serial: item.serial,
    seq: item.seq,
    status: 'later',
    attempts,
    notBefore,
    progress: { sent: ['p1'] },
  } as const;
}

function reported(item: Pick<WorkItem, 'sessionId' | 'serial' | 'seq'> | undefined, delivery: Delivery) {
  if (item === undefined) throw new Error('There is no such item.');
  return { sessionId: item.sessionId, serial: item.serial, seq: item.seq, status: 'reported', delivery } as const;
}

export function describeWork({ one, other }: Stores): void {
  describe('work', () => {
    test('is held by who committed it until the lease runs out, then by who claims it', async () => {
      const { work } = await committed(one(), newSession(), { work: [{ serial: 1 }, { serial: 2 }] });
      expect(await other().claimWork('b', LEASE - 1, NEXT_LEASE, 10)).toEqual([]);
      expect(keys(await other().claimWork('b', AFTER, NEXT_LEASE, 10))).toEqual(keys(work));
      expect(await one().claimWork('a', AFTER, NEXT_LEASE, 10)).toEqual([]);
    });

    test('is not given before its time', async () => {
      const { work } = await committed(one(), newSession(), { work: [{ serial: 1, notBefore: AFTER + 50 }] });
      expect(await one().claimWork('b', AFTER, NEXT_LEASE, 10)).toEqual([]);
      expect(keys(await one().claimWork('b', AFTER + 50, NEXT_LEASE, 10))).toEqual(keys(work));
    });

    test('that is put off is freed with its attempts and progress, and given when its time has come', async () => {
      const { work } = await committed(one(), newSession(), { work: [{ serial: 1 }] });
      await one().finishWork('a', [later(work[0], NOW + 500, 3)]);
      expect(await other().claimWork('b', NOW + 499, NEXT_LEASE, 10)).toEqual([]);
      expect(await other().claimWork('b', NOW + 500, NEXT_LEASE, 10)).toEqual([
        { ...work[0], attempts: 3, notBefore: NOW + 500, progress: { sent: ['p1'] } },
      ]);
    });

    test('is finished by its holder only', async () => {
      const { work, session } = await lane(one(), 2);
      await other().finishWork('b', [done(work[0]), later(work[1], NOW)]);
      expect(await one().pendingWork(session.address)).toEqual(work.map((item) => ({ ...item, owner: 'a', leaseUntil: LEASE })));
      await one().finishWork('a', [done(work[0]), done(work[1])]);
      expect(await one().pendingWork(session.address)).toEqual([]);
      await one().finishWork('a', []);
    });

    test('is renewed for its holder, with progress where it is given, and tells what is lost', async () => {
      const { work, session } = await lane(one(), 3);
      const gone = { sessionId: session.id, serial: 99 };
      await one().commit([turnOn(session, { settled: [2] })], 'a', LEASE);
      const kept = await one().renewWork(
        'a',
        [...work.map(({ sessionId, serial }) => ({ sessionId, serial, ...(serial === 3 ? { progress: [1] } : {}) })), gone],
        NEXT_LEASE,
      );
      expect(keys(kept).toSorted()).toEqual([`${session.id}.1`, `${session.id}.3`]);
      expect(await one().renewWork('b', work, NEXT_LEASE)).toEqual([]);
      expect(await other().pendingWork(session.address)).toMatchObject([
        { serial: 1, progress: null, owner: 'a', leaseUntil: NEXT_LEASE },
        { serial: 3, progress: [1], owner: 'a', leaseUntil: NEXT_LEASE },
      ]);
      expect(await other().claimWork('b', AFTER, NEXT_LEASE, 10)).toEqual([]);
      expect(await one().renewWork('a', [], NEXT_LEASE)).toEqual([]);
    });

    test('that a later turn settles is gone, whoever holds it', async () => {
      const { session } = await lane(one(), 2, 'b');
      await committed(one(), session, { settled: [1] });
      expect(await one().pendingWork(session.address)).toMatchObject([{ serial: 2, owner: 'b' }]);
    });

    test('of a turn that lost is neither settled nor written', async () => {
      const { session } = await lane(one(), 1);
      await committed(one(), session, {});
      expect(
        await one().commit([turnOn(session, { settled: [1], work: [{ serial: 2, lane: session.address }] })], 'a', LEASE),
      ).toMatchObject([{ ok: false }]);
      expect(await one().pendingWork(session.address)).toMatchObject([{ serial: 1 }]);
    });

    test('claimed by many at once is given once', async () => {
      const { work } = await committed(one(), newSession(), { work: Array.from({ length: 60 }, (_, index) => ({ serial: index + 1 })) });
      const given = await Promise.all(
        Array.from({ length: 12 }, (_, index) => (index % 2 ? one() : other()).claimWork(`w${index}`, AFTER, NEXT_LEASE, 10)),
      );
      const left = await one().claimWork('last', AFTER, NEXT_LEASE, 100);
      expect(keys([...given.flat(), ...left]).toSorted()).toEqual(keys(work).toSorted());
    });
  });

  describe('lanes', () => {
    test('are given whole and in order, even beyond the limit', async () => {
      const { work } = await lane(one(), 5);
      expect(keys(await other().claimWork('b', AFTER, NEXT_LEASE, 1))).toEqual(keys(work));
    });

    test('no later item is given while somebody else holds an earlier one', async () => {
      const { work, session } = await lane(one(), 3);
      await one().finishWork('a', [later(work[1], NOW), later(work[2], NOW)]);
      expect(await other().claimWork('b', NOW, NEXT_LEASE, 10)).toEqual([]);
      // The holder itself may continue in its own lane.
      expect(keys(await one().claimWork('a', NOW, NEXT_LEASE, 10))).toEqual(keys(work.slice(1)));
      await one().finishWork('a', [done(work[0])]);
      expect(await other().claimWork('b', NOW, NEXT_LEASE, 10)).toEqual([]);
      expect(await one().pendingWork(session.address)).toHaveLength(2);
    });

    test('an item that waits for another attempt holds back what comes after it', async () => {
      const { work } = await lane(one(), 3);
      await one().finishWork('a', [later(work[0], NOW + 100), later(work[1], NOW), later(work[2], NOW)]);
      expect(await other().claimWork('b', NOW + 99, NEXT_LEASE, 10)).toEqual([]);
      expect(keys(await other().claimWork('b', NOW + 100, NEXT_LEASE, 10))).toEqual(keys(work));
    });

    test("what comes before somebody else's item is given, what comes after it is not", async () => {
      const { work, session } = await lane(one(), 1);
      const second = await committed(one(), session, { work: [{ serial: 2, lane: session.address }] }, 'c', NEXT_LEASE);
      const third = await committed(one(), second.session, { work: [{ serial: 3, lane: session.address }] });
      expect(keys(await other().claimWork('b', AFTER, NEXT_LEASE, 10))).toEqual(keys(work));
      expect(await other().claimWork('d', AFTER, NEXT_LEASE, 10)).toEqual([]);
      await other().finishWork('b', [done(work[0])]);
      expect(await other().claimWork('b', AFTER, NEXT_LEASE, 10)).toEqual([]);
      await one().finishWork('c', [done(second.work[0])]);
      expect(keys(await other().claimWork('b', AFTER, NEXT_LEASE, 10))).toEqual(keys(third.work));
    });

    test('work of an earlier session at the address comes first', async () => {
      const old = await lane(one(), 1);
      const closed = await committed(one(), old.session, { row: { open: false } });
      const { address, id } = closed.session;
      const next = await committed(
        one(),
        newSession({ address, previousId: id, openedAt: NOW - 5 }),
        { work: [{ serial: 1, lane: address }] },
        'a',
        NOW,
      );
      expect(keys(await one().pendingWork(address))).toEqual(keys([...old.work, ...next.work]));
      expect(await other().claimWork('b', NOW + 1, NEXT_LEASE, 10)).toEqual([]);
      expect(keys(await other().claimWork('b', AFTER, NEXT_LEASE, 10))).toEqual(keys([...old.work, ...next.work]));
    });

    test('many who claim while items are finished never overtake', async () => {
      const lanes = await Promise.all(Array.from({ length: 6 }, () => lane(one(), 8)));
      const finished = new Map<string, number[]>();
      let left = lanes.length * 8;
      const worker = async (store: Store, owner: string) => {
        for (let round = 0; left > 0 && round < 1_000; round += 1) {
          const claimed = await store.claimWork(owner, AFTER, NEXT_LEASE, 3);
          // One of each lane is done, the rest is returned. The next round belongs to the first
          // instance.
          for (const items of Map.groupBy(claimed, ({ sessionId }) => sessionId).values()) {
            const [first, ...rest] = items;
            if (first === undefined) continue;
            left -= 1;
            finished.set(first.sessionId, [...(finished.get(first.sessionId) ?? []), first.serial]);
            await store.finishWork(owner, [done(first), ...rest.map((item) => later(item, NOW))]);
          }
        }
      };
      await Promise.all(['w1', 'w2', 'w3', 'w4'].map((owner, index) => worker(index % 2 ? one() : other(), owner)));
      for (const { session, work } of lanes) {
        expect(finished.get(session.id)).toEqual(work.map(({ serial }) => serial));
      }
    });
  });

  describe('delivery marks', () => {
    const pending: Delivery = { status: 'pending', at: NOW };

    async function message(store: Store, delivery: Delivery | null = pending): Promise<TurnCommit> {
      return committed(store, newSession(), { journal: [{ kind: 'assistant.message', delivery }], work: [{ serial: 1 }] });
    }
    async function markOf(store: Store, { session }: TurnCommit): Promise<Delivery | null | undefined> {
      return (await store.journal(session.id, 0, 1))[0]?.delivery;
    }

    test('are set with the outcome of the work', async () => {
      const turn = await message(one());
      await one().finishWork('a', [done(turn.work[0], { status: 'sent', at: NOW + 1, ref: 'm1' })]);
      expect(await markOf(other(), turn)).toEqual({ status: 'sent', at: NOW + 1, ref: 'm1' });
    });

    test('of work that somebody else holds now, or that is gone, are not taken, and that is what is lost', async () => {
      const turn = await message(one());
      await other().claimWork('b', AFTER, NEXT_LEASE, 10);
      const own = await message(one());
      const gone = { sessionId: newSession().id, serial: 1, seq: 1 };
      const sent: Delivery = { status: 'sent', at: NOW + 1 };
      const { lost } = await one().finishWork('a', [done(turn.work[0], sent), done(own.work[0], sent), done(gone, sent)]);
      expect(keys(lost).toSorted()).toEqual(keys([...turn.work, gone]).toSorted());
      expect(await markOf(one(), turn)).toEqual(pending);
      expect(await markOf(one(), own)).toEqual(sent);
      expect(keys((await one().finishWork('a', [done(own.work[0], sent)])).lost)).toEqual(keys(own.work));
    });

    test('set by a turn that lost are not taken', async () => {
      const turn = await message(one());
      await committed(one(), turn.session, {});
      await one().commit([turnOn(turn.session, { deliveries: [{ seq: 1, delivery: { status: 'failed', at: NOW } }] })], 'a', LEASE);
      expect(await markOf(one(), turn)).toEqual(pending);
    });

    test("only move forward, keep the provider's id, and end with failed", async () => {
      const cases: readonly [readonly Delivery['status'][], Delivery['status']][] = [
        [['sent', 'delivered', 'read'], 'read'],
        [['read', 'delivered', 'sent', 'pending'], 'read'],
        [['delivered', 'sent'], 'delivered'],
        [['sent', 'failed'], 'failed'],
        [['failed', 'sent', 'delivered', 'read'], 'failed'],
        [['delivered', 'failed'], 'delivered'],
        [['read', 'failed'], 'read'],
      ];
      for (const [statuses, expected] of cases) {
        let { session } = await message(one(), { ...pending, ref: 'm0' });
        for (const [index, status] of statuses.entries()) {
          const delivery: Delivery = { status, at: NOW + 1 + index, ...(status === 'failed' ? { reason: 'blocked' } : {}) };
          ({ session } = await committed(one(), session, { journal: [], deliveries: [{ seq: 1, delivery }] }));
        }
        const mark = (await one().journal(session.id, 0, 1))[0]?.delivery;
        expect(mark, statuses.join(' ')).toEqual({
          status: expected,
          at: NOW + 1 + statuses.indexOf(expected),
          ref: 'm0',
          ...(expected === 'failed' ? { reason: 'blocked' } : {}),
        });
      }
    });

    test('move by what is reported, whoever holds the work or is done with it', async () => {
      const [held, finished] = [await message(one()), await message(one())];
      await one().finishWork('a', [done(finished.work[0], { status: 'sent', at: NOW + 1, ref: 'm1' })]);
      const { lost, moved } = await other().finishWork('b', [
        reported(held.work[0], { status: 'delivered', at: NOW + 2, ref: 'm2' }),
        reported(finished.work[0], { status: 'read', at: NOW + 3 }),
      ]);
      const expected = [held, finished].map(({ session: { id, address } }) => ({ sessionId: id, seq: 1, address }));
      expect(moved).toHaveLength(2);
      expect(moved).toEqual(expect.arrayContaining(expected));
      expect(lost).toEqual([]);
      expect(await markOf(one(), held)).toEqual({ status: 'delivered', at: NOW + 2, ref: 'm2' });
      expect(await markOf(one(), finished)).toEqual({ status: 'read', at: NOW + 3, ref: 'm1' });
      expect(keys(await one().claimWork('b', AFTER, NEXT_LEASE, 10))).toEqual(keys(held.work));
    });

    test('do not move by a report that is behind, of what is no message, or of a session that does not exist', async () => {
      const turn = await message(one());
      const [silent, nobody] = [await message(one(), null), newSession()];
      expect((await one().finishWork('a', [reported(turn.work[0], { status: 'read', at: NOW + 2 })])).moved).toHaveLength(1);
      const late = [
        reported(turn.work[0], { status: 'delivered', at: NOW + 3 }),
        reported(silent.work[0], { status: 'read', at: NOW + 3 }),
        reported({ sessionId: nobody.id, serial: 1, seq: 1 }, { status: 'read', at: NOW + 3 }),
      ];
      expect(await other().finishWork('a', late)).toEqual({ lost: [], moved: [] });
      expect(await markOf(one(), turn)).toMatchObject({ status: 'read', at: NOW + 2 });
      expect(await markOf(one(), silent)).toBeNull();
    });

    test('that were reported name the address at which the session is by now', async () => {
      const turn = await message(one());
      const { session } = await committed(one(), turn.session, {
        row: { address: newSession().address },
        movedFrom: turn.session.address,
      });
      const { moved } = await other().finishWork('a', [reported(turn.work[0], { status: 'read', at: NOW + 2 })]);
      expect(moved).toEqual([{ sessionId: session.id, seq: 1, address: session.address }]);
    });

    test('do not go back when the work is finished after the receipt', async () => {
      const turn = await message(one());
      await committed(one(), turn.session, { journal: [], deliveries: [{ seq: 1, delivery: { status: 'read', at: NOW + 5 } }] });
      await one().finishWork('a', [done(turn.work[0], { status: 'sent', at: NOW + 1, ref: 'm1' })]);
      expect(await markOf(one(), turn)).toMatchObject({ status: 'read' });
      expect(await one().claimWork('b', AFTER, NEXT_LEASE, 10)).toEqual([]);
    });
  });
}
