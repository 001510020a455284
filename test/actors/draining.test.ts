/**
 * A stop has time. What was done meanwhile is marked, also by a store that comes back only then.
 */
import { expect, test } from 'vitest';
import { nextRound } from '#actors/contract/waiting.ts';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingRuntime, freshAddress, sayEffect } from './counting-machine.ts';

async function said(finishes: (attempt: number) => boolean) {
  const { store } = createMemoryStore();
  const { effect, said } = sayEffect();
  let attempts = 0;
  const runtime = countingRuntime(
    {
      ...store,
      finishWork: async (...given) => {
        if (!finishes(++attempts)) throw new Unavailable('the store is away');
        return await store.finishWork(...given);
      },
    },
    effect,
  );
  const address = freshAddress();
  await runtime.deliver({ address, assistant: 'counter' }, { type: 'say', text: 'a' } as { type: string });
  await expect.poll(() => said.length).toBe(1);
  await expect.poll(() => attempts).toBeGreaterThan(0);
  return { runtime, left: () => store.pendingWork(address) };
}

test('G4: a stop waits for a store that is away for a moment, and what was done is not done again', async () => {
  const { runtime, left } = await said((attempt) => attempt > 3);
  await runtime.drain(20_000);
  expect(await left()).toEqual([]);
});

test('G4: a stop ends though the store stays away, and what was done is left to its lease', async () => {
  const { runtime, left } = await said(() => false);
  await runtime.drain(300);
  expect(await left()).toHaveLength(1);
});

test('G4: what is under way when a stop begins keeps its lease until it is through', async () => {
  const { store } = createMemoryStore();
  const heldUp = Promise.withResolvers<void>();
  const { effect, said } = sayEffect(() => heldUp.promise);
  let renewals = 0;
  const watched: Store = { ...store, renewWork: (...given) => store.renewWork(...given).finally(() => renewals++) };
  const runtime = countingRuntime(watched, effect, { leaseMs: 300 });
  runtime.start();
  await runtime.deliver({ address: freshAddress(), assistant: 'counter' }, { type: 'say', text: 'a' } as { type: string });
  const drained = runtime.drain(20_000);
  await nextRound();
  const before = renewals;
  await expect.poll(() => renewals).toBeGreaterThan(before + 2);
  heldUp.resolve();
  await drained;
  expect(said).toHaveLength(1);
});

test('G4: late in a stop nothing more is begun, because it would be cut off in its middle and done twice', async () => {
  const { store } = createMemoryStore();
  const heldUp = Promise.withResolvers<void>();
  const begun: string[] = [];
  const { effect } = sayEffect(async (text) => {
    begun.push(text);
    await heldUp.promise;
  });
  const runtime = countingRuntime(store, effect);
  const address = freshAddress();
  for (const text of ['a', 'b']) await runtime.deliver({ address, assistant: 'counter' }, { type: 'say', text } as { type: string });
  await expect.poll(() => begun).toEqual(['a']);
  const late = performance.now() + 2_100;
  const drained = runtime.drain(3_000);
  await expect.poll(() => performance.now()).toBeGreaterThan(late);
  heldUp.resolve();
  await drained;
  expect(begun).toEqual(['a']);
  expect(await store.pendingWork(address)).toMatchObject([{ type: 'say', payload: { params: { text: 'b' } } }]);
});

test('G4: late in a stop nothing more is begun, also while turns still need its time', async () => {
  const { store } = createMemoryStore();
  const begun: string[] = [];
  const { effect } = sayEffect(async (text) => void begun.push(text));
  const commits = Promise.withResolvers<void>();
  let held = false;
  const slow: Store = {
    ...store,
    commit: async (...given) => {
      if (held) await commits.promise;
      return store.commit(...given);
    },
  };
  const runtime = countingRuntime(slow, effect);
  const busy = freshAddress();
  held = true;
  const late = runtime.deliver({ address: busy, assistant: 'counter' }, { type: 'say', text: 'a' } as { type: string });
  const begin = performance.now();
  const drained = runtime.drain(1_500);
  // Its turn is stored in the last part of the stop. What it says is left to another instance.
  await expect.poll(() => performance.now() - begin).toBeGreaterThan(1_200);
  commits.resolve();
  await late;
  await drained;
  expect(begun).toEqual([]);
  expect(await store.pendingWork(busy)).toMatchObject([{ owner: null, payload: { params: { text: 'a' } } }]);
});

test('G4: what a stop cuts off keeps its lease, because it may still reach its provider', async () => {
  const { store } = createMemoryStore();
  const begun: string[] = [];
  const { effect } = sayEffect(async (text) => {
    begun.push(text);
    await new Promise(() => {});
  });
  const runtime = countingRuntime(store, effect);
  const address = freshAddress();
  for (const text of ['a', 'b']) await runtime.deliver({ address, assistant: 'counter' }, { type: 'say', text } as { type: string });
  await expect.poll(() => begun).toEqual(['a']);
  await runtime.drain(50);
  const [first, second] = await store.pendingWork(address);
  expect([first?.owner, second?.owner]).toEqual([expect.any(String), null]);
  const now = Date.now();
  expect(await store.claimWork('other', now, now + 1_000, 10)).toEqual([]);
  expect((await store.claimWork('other', first?.leaseUntil ?? 0, now + 60_000, 10)).map(({ serial }) => serial)).toEqual([
    first?.serial,
    second?.serial,
  ]);
});
