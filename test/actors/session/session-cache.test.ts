/** More addresses are busy than the session cache has room for. */
import { afterEach, expect, it, vi } from 'vitest';
import type { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { Address } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';

const ROOM = 2;
const ADDRESSES = 6;

const runtimes: TestRuntime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
});

function crowded(store: Store): TestRuntime {
  const runtime = countingRuntime(store, sayEffect().effect, { cachedSessions: ROOM });
  runtimes.push(runtime);
  return runtime;
}

it('has one mailbox for an address whose mailbox lost its place while it was busy', async () => {
  const { store } = createMemoryStore();
  const [slow, ...others] = Array.from({ length: ADDRESSES }, freshAddress);
  if (slow === undefined) throw new Error('there is no address');
  const conflicts = vi.fn();
  let release: (() => void) | undefined;
  const runtime = crowded({
    ...store,
    async commit(turns, ...rest) {
      // The second turn of the slow address, and no other statement, waits.
      const isSlow = turns.some(({ session, expectedVersion }) => session.address === slow && expectedVersion > 0);
      if (isSlow && release === undefined) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      const results = await store.commit(turns, ...rest);
      for (const result of results) if (!result.ok) conflicts();
      return results;
    },
  });
  const count = (address: Address, text: string) => runtime.deliver({ address, assistant: 'counter' }, { type: 'count', text });
  await count(slow, 'first');
  const second = count(slow, 'second');
  await vi.waitFor(() => expect(release).toBeDefined());
  // Each of these becomes idle and takes a place in the cache.
  for (const address of others) await count(address, 'first');
  const third = count(slow, 'third');
  for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
  release?.();
  const [{ version }, after] = await Promise.all([second, third]);

  expect(after.version).toBeGreaterThan(version);
  // Two mailboxes at one address would commit on one version.
  expect(conflicts).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(runtime.busy).toBe(false));
  expect(runtime.cachedSessions).toBe(ROOM);
});
