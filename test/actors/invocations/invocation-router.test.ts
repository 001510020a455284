import { expect, test } from 'vitest';
import { fromPromise, setup } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

test('G6: a run does not begin on a lease that ran out while its session was read', async () => {
  let began = 0;
  const run = fromPromise(async () => {
    began += 1;
  });
  const machine = setup({ actors: { run } }).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'run', id: 'r' } } },
  });
  const { store } = createMemoryStore();
  const registry = new Registry({ assistants: [{ name: 'a', definitions: [{ id: 'm', version: 1, machine }] }], effects: [] });
  const address = formatAddress({ channel: 'test', account: 'a', peer: 'p' });
  const errors: unknown[] = [];
  let now = 0;
  const start = (owner: string, reads: typeof store.load): TestRuntime =>
    new TestRuntime({
      store: { ...store, load: reads },
      registry,
      owner,
      newSessionId: () => parseSessionId(crypto.randomUUID()),
      clock: { now: () => now, after: systemClock.after },
      leaseMs: 1_000,
      onError: (_where, error) => errors.push(error),
    });
  const first = start('first', store.load);
  await first.open({ address, assistant: 'a' });
  const row = await store.load({ address });
  if (!row) throw new Error('the session did not open');
  // Its process dies before the run begins.
  const committed = first.deliver({ sessionId: row.id }, { type: 'GO' });
  await committed.finally(() => first.abandon());
  began = 0;
  now += 5_000;
  const late = start('late', async (...key) => {
    now += 5_000;
    return store.load(...key);
  });
  await late.sweep();
  await expect.poll(() => errors.map(String)).toEqual([expect.stringContaining('the lease ran out before the run began')]);
  expect(began).toBe(0);
  late.abandon();
});
