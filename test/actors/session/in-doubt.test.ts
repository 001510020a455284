/** A commit whose outcome was not heard, and an event that turns out to be stored already: by us, or by another instance? */
import { afterEach, expect, test } from 'vitest';
import type { TestRuntime } from '#actors/testing/test-runtime.ts';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';

const runtimes: TestRuntime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
});

function on(store: Store): TestRuntime {
  const runtime = countingRuntime(store, sayEffect().effect);
  runtimes.push(runtime);
  return runtime;
}

const address = freshAddress();
const count = (runtime: TestRuntime, id: string) =>
  runtime.deliver({ address, assistant: 'counter' }, { type: 'count', text: id } as { type: string }, { eventId: id });

test('stored by another instance, at the very place where we would have put it: a duplicate', async () => {
  const { store } = createMemoryStore();
  let breaks = false;
  const ours = on({
    ...store,
    commit: async (...turns) => {
      if (!breaks) return store.commit(...turns);
      breaks = false;
      throw new Unavailable('the connection broke');
    },
  });
  await count(ours, 'one');
  const { version } = await count(on(store), 'two');
  // What we have at hand is behind: our turn would be the very next, too, if a moment later.
  const then = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(then);
  breaks = true;
  expect(await count(ours, 'two')).toMatchObject({ duplicate: true, version });
});

test('stored by us, though we were not told so: no duplicate', async () => {
  const { store } = createMemoryStore();
  let breaks = false;
  const ours = on({
    ...store,
    commit: async (...turns) => {
      const results = await store.commit(...turns);
      if (!breaks) return results;
      breaks = false;
      throw new Unavailable('the connection broke');
    },
  });
  await count(ours, 'one');
  breaks = true;
  const receipt = await count(ours, 'two');
  expect(receipt.duplicate).toBe(false);
  expect(await count(ours, 'two')).toMatchObject({ duplicate: true, version: receipt.version });
});
