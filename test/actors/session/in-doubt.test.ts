/**
 * A commit of unknown outcome, and an event that is stored already, by this instance or another.
 */
import { afterEach, expect, test } from 'vitest';
import type { TestRuntime } from '#actors/testing/test-runtime.ts';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';
import { MovingSessions, twoAddresses } from './moving-sessions.ts';

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

test('stored by another instance with the seq that it would have had here: a duplicate', async () => {
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
  // The state in memory is behind. The turn here would have the same seq, a moment later.
  const then = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(then);
  breaks = true;
  expect(await count(ours, 'two')).toMatchObject({ duplicate: true, version });
});

test('stored by this instance, whose answer was lost: no duplicate', async () => {
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

test('stored by this instance, whose answer was lost while the session moved: no duplicate', async () => {
  const world = new MovingSessions(createMemoryStore());
  const [from, to] = twoAddresses();
  const other = world.instance();
  let breaks = false;
  const ours = world.instance({
    store: {
      ...world.store,
      commit: async (...turns) => {
        const results = await world.store.commit(...turns);
        if (!breaks) return results;
        breaks = false;
        await other.move(from, to, { eventId: 'move' });
        throw new Unavailable('the connection broke');
      },
    },
  });
  await world.write(ours, from, 'hello', 'one');
  breaks = true;
  expect(await world.write(ours, from, 'again', 'two')).toMatchObject({ duplicate: false, address: to });
  expect(await world.write(ours, from, 'again', 'two')).toMatchObject({ duplicate: true });
  await world.close();
});
