/** Instances whose clocks differ. The order at an address does not depend on them. */
import { expect, it, vi } from 'vitest';
import { sessionIds } from '#src/cluster/session-ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from './counting-machine.ts';

it('G4: work of a later session waits for that of the one before, though its instance had an earlier clock', async () => {
  const { store } = createMemoryStore();
  const held = Promise.withResolvers<void>();
  const { effect, said } = sayEffect(async (text) => {
    if (text === 'a') await held.promise;
  });
  // Each session is opened half a minute before the one that it follows.
  let now = 10_000_000;
  const newSessionId = sessionIds(() => {
    now -= 30_000;
    return now;
  });
  const runtime = countingRuntime(store, effect, { newSessionId });
  runtime.start();
  try {
    const address = freshAddress();
    const deliver = (event: { type: string; text?: string }) => runtime.deliver({ address, assistant: 'counter' }, event);
    const first = await deliver({ type: 'say', text: 'a' });
    await deliver({ type: 'say', text: 'b' });
    await deliver({ type: 'close' });
    const second = await deliver({ type: 'say', text: 'c' });
    expect(second.sessionId).not.toBe(first.sessionId);
    held.resolve();
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b', 'c']));
    expect(second.sessionId > first.sessionId).toBe(true);
  } finally {
    await runtime.drain(2_000);
  }
});
