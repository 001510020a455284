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
  const { seq = 0, serial = 0 } = sent[1] ?? {};
  await runtime.report({ sessionId, serial, seq }, { status: 'read', at: 5 });
  expect(await statuses()).toEqual(['sent', 'read', 'sent']);
  await runtime.report({ sessionId, serial, seq }, { status: 'delivered', at: 6 });
  expect(await statuses()).toEqual(['sent', 'read', 'sent']);
  await runtime.mark(address, { sessionId, seq }, { status: 'delivered', at: 7 });
  expect(await statuses()).toEqual(['delivered', 'read', 'sent']);
});

it('reports that come together are one statement, and what moved is shown once', async () => {
  const { runtime, store, address, sessionId, sent, statuses } = await threeSent();
  const finishWork = vi.spyOn(store, 'finishWork');
  const shown: unknown[] = [];
  runtime.watch(address, (_sessionId, event) => {
    if (event.type === 'delivery') shown.push([event.seq, event.delivery.status]);
  });
  const [first, second, third] = sent.map((message) => ({ sessionId, ...message }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were sent');
  await Promise.all([
    runtime.report(first, { status: 'sent', at: 5 }),
    runtime.report(second, { status: 'read', at: 6 }),
    runtime.report(second, { status: 'delivered', at: 7 }),
    runtime.report(third, { status: 'delivered', at: 8 }),
  ]);
  expect(finishWork).toHaveBeenCalledTimes(1);
  expect(await statuses()).toEqual(['sent', 'read', 'delivered']);
  expect(shown).toEqual([
    [second.seq, 'read'],
    [third.seq, 'delivered'],
  ]);
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
