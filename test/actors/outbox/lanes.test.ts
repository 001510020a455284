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
    held.set(keyOf(item), { item, abort: new AbortController(), leaseUntil: Number.POSITIVE_INFINITY });
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
