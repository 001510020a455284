import { expect, it } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { keyOf } from '#actors/contract/work-item.ts';
import { type Held, Lanes } from '#actors/outbox/lanes.ts';
import { parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store, WorkItem } from '#storage/port.ts';

const sessionId = parseSessionId('01a1fbc4-35a2-71ee-a04e-9db465980bd9');
const itemOf = (serial: number): WorkItem => ({
  sessionId,
  serial,
  seq: serial,
  kind: 'effect',
  lane: 'lane',
  type: 'say',
  payload: null,
  attempts: 0,
  notBefore: 0,
  progress: null,
});

it('G4: what is taken over while it is asked who comes first goes before what was the head', async () => {
  const held = new Map<string, Held>();
  const done: number[] = [];
  const asked: ((pending: Awaited<ReturnType<Store['pendingWork']>>) => void)[] = [];
  const store: Store = { ...createMemoryStore().store, pendingWork: () => new Promise((answer) => asked.push(answer)) };
  const finished = Promise.withResolvers<void>();
  const lanes = new Lanes({
    store,
    clock: systemClock,
    recheckMs: 1,
    held,
    attempt: async ({ item }) => {
      done.push(item.serial);
      held.delete(keyOf(item));
      if (done.length === 2) finished.resolve();
      return true;
    },
    release: () => {},
    busy: async (_where, work) => void (await work()),
    onError: () => {},
  });
  const take = (serial: number, clear: boolean): void => {
    const item = itemOf(serial);
    held.set(keyOf(item), { item, abort: new AbortController(), leaseUntil: Number.POSITIVE_INFINITY, underWay: false });
    lanes.queue('lane', item, clear);
  };
  take(322, false);
  // The store still lists 316. By the time the answer is here, it is ours.
  take(316, true);
  const mine = (serial: number) => ({ ...itemOf(serial), owner: 'a', leaseUntil: 0 });
  asked[0]?.([mine(316), mine(322)]);
  // 322 is checked again once 316 is done.
  while (done.length < 2) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const answer of asked.splice(0)) answer([mine(322)]);
  }
  await finished.promise;
  expect(done).toEqual([316, 322]);
});

/** Lanes on a store in which another instance has work. */
function lanesBeside(pending: (lane: string) => Record<string, readonly number[]>) {
  const held = new Map<string, Held>();
  const done: number[] = [];
  const asked: string[] = [];
  const lanes = new Lanes({
    store: {
      ...createMemoryStore().store,
      pendingWork: async (lane) => {
        asked.push(lane);
        return (pending(lane)[lane] ?? []).map((serial) => ({ ...itemOf(serial), lane, owner: 'other', leaseUntil: 0 }));
      },
    },
    clock: systemClock,
    recheckMs: 1,
    held,
    attempt: async ({ item }) => {
      done.push(item.serial);
      held.delete(keyOf(item));
      return true;
    },
    release: () => {},
    busy: async (_where, work) => {
      await new Promise((resolve) => setImmediate(resolve));
      await work();
    },
    onError: () => {},
  });
  const take = (lane: string, serial: number, clear: boolean): void => {
    const item = { ...itemOf(serial), lane };
    held.set(keyOf(item), { item, abort: new AbortController(), leaseUntil: Number.POSITIVE_INFINITY, underWay: false });
    lanes.queue(lane, item, clear);
  };
  return { lanes, take, done, asked };
}

it('the lane that another one moves to is owned no longer, with or without work here', () => {
  const { lanes } = lanesBeside(() => ({}));
  lanes.markOwned('to');
  lanes.moved('from', 'to');
  expect(lanes.isOwned('to')).toBe(false);
});

it.each([
  { waits: 'in the new lane', at: 'to' },
  { waits: 'in the lane that moves', at: 'from' },
])('what waits $waits does not overtake what another instance holds of the lane that moved', async ({ at }) => {
  let others = [1];
  const { lanes, take, done, asked } = lanesBeside(() => ({ to: others }));
  take(at, 2, true);
  lanes.moved('from', 'to');
  await expect.poll(() => asked.length).toBeGreaterThan(1);
  expect(done).toEqual([]);
  others = [];
  await expect.poll(() => done).toEqual([2]);
});

it('the head of a lane that became part of another one checks that one, and what is behind it waits', async () => {
  let others = [1];
  const { lanes, take, done, asked } = lanesBeside(() => ({ to: others }));
  take('to', 4, true);
  take('from', 2, false);
  take('from', 3, false);
  lanes.moved('from', 'to');
  await expect.poll(() => asked.length).toBeGreaterThan(1);
  expect(asked).not.toContain('from');
  expect(done).toEqual([]);
  others = [];
  await expect.poll(() => done).toEqual([2, 3, 4]);
});

it.each([{ there: false }, { there: true }])('an answer about the lane of before a move counts for nothing ($there)', async ({ there }) => {
  let others: readonly number[] = [1];
  const { lanes, take, done, asked } = lanesBeside((lane) => {
    if (lane === 'from') lanes.moved('from', 'to');
    return { to: others };
  });
  if (there) take('to', 4, false);
  take('from', 2, false);
  await expect.poll(() => asked.filter((lane) => lane === 'to').length).toBeGreaterThan(2);
  expect(done).toEqual([]);
  expect(lanes.isOwned('to')).toBe(false);
  others = [];
  await expect.poll(() => done).toEqual(there ? [2, 4] : [2]);
});
