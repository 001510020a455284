import { expect, test } from 'vitest';
import { setup } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { Unavailable } from '#machines/errors.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

test('G4: that the store is away is no failed attempt of an action, however long it is', async () => {
  let calls = 0;
  const heard: unknown[] = [];
  const machine = setup({
    actions: {
      act: () => {
        calls += 1;
      },
    },
  }).createMachine({ id: 'm', on: { GO: { actions: 'act' } } });
  const { store } = createMemoryStore();
  let away = 0;
  const runtime = new TestRuntime({
    store: {
      ...store,
      commit: async (...turns) => {
        const results = await store.commit(...turns);
        away = 20;
        return results;
      },
      load: async (...key) => {
        if (away-- > 0) throw new Unavailable('the store is away');
        return store.load(...key);
      },
    },
    registry: new Registry({ assistants: [{ name: 'a', definitions: [{ id: 'm', version: 1, machine }] }], effects: [] }),
    owner: 'one',
    newSessionId: () => parseSessionId(crypto.randomUUID()),
    clock: {
      now: () => 0,
      after: (_ms, ring) => {
        const soon = setImmediate(ring);
        return () => clearImmediate(soon);
      },
    },
  });
  const address = formatAddress({ channel: 'test', account: 'a', peer: 'p' });
  const { sessionId } = await runtime.deliver({ address, assistant: 'a' }, { type: 'GO' });
  await expect.poll(() => calls).toBe(1);
  for (const { kind } of await store.journal(sessionId, 0, 100)) heard.push(kind);
  expect(heard).toEqual(['opened', 'GO', 'effect']);
  runtime.abandon();
});
