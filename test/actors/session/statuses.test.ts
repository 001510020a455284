/** What a provider reports of single messages after it accepted them. */
import { expect, it, vi } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';
import { deliver, drainedAfterEach } from '../counting-sessions.ts';

const started = drainedAfterEach();

async function threeSent() {
  const { store } = createMemoryStore();
  const { effect } = sayEffect();
  const runtime = started(countingRuntime(store, effect));
  const address = freshAddress();
  for (const text of ['one', 'two', 'three']) await deliver(runtime, address, { type: 'say', text });
  await vi.waitFor(() => expect(runtime.busy).toBe(false));
  const row = await store.load({ address });
  if (row === undefined) throw new Error('no session was opened');
  const said = async () => (await store.journal(row.id, 0, 100)).filter(({ delivery }) => delivery !== null);
  const sent = (await said()).map(({ seq, payload }) => ({ seq, serial: Number(Reflect.get(Object(payload), 'serial')) }));
  return { runtime, store, address, sessionId: row.id, sent, statuses: async () => (await said()).map(({ delivery }) => delivery?.status) };
}

it('marks one message and none before it, forward only', async () => {
  const { runtime, address, sessionId, sent, statuses } = await threeSent();
  const { seq = 0 } = sent[1] ?? {};
  await runtime.mark(address, { sessionId, seq, only: true }, { status: 'read', at: 5 });
  expect(await statuses()).toEqual(['sent', 'read', 'sent']);
  await runtime.mark(address, { sessionId, seq, only: true }, { status: 'delivered', at: 6 });
  expect(await statuses()).toEqual(['sent', 'read', 'sent']);
  await runtime.mark(address, { sessionId, seq }, { status: 'delivered', at: 7 });
  expect(await statuses()).toEqual(['delivered', 'read', 'sent']);
});

it('a message that fails after it was accepted fails once, whoever reports it how often', async () => {
  const { runtime, store, sessionId, sent, statuses } = await threeSent();
  const { seq = 0, serial = 0 } = sent[2] ?? {};
  const message = { sessionId, serial, seq, effect: 'say' };
  const [first, again] = [
    await runtime.undeliverable(message, { code: '131026', reason: 'undeliverable' }),
    await runtime.undeliverable(message, { code: '131026', reason: 'undeliverable' }),
  ];
  expect([first.duplicate, again.duplicate]).toEqual([false, true]);
  expect(await statuses()).toEqual(['sent', 'sent', 'failed']);
  const entries = await store.journal(sessionId, 0, 100);
  const failures = entries.filter(({ payload }) => Reflect.has(Object(payload), 'failed'));
  expect(failures.map(({ payload }) => Reflect.get(Object(payload), 'failed'))).toEqual([
    { effect: 'say', serial, code: '131026', reason: 'undeliverable' },
  ]);
});
