/** Events that are taken only if the session is as their sender knows it. */
import { expect, it } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';
import { drainedAfterEach } from '../counting-sessions.ts';

const started = drainedAfterEach();
const ADD = { type: 'count', text: 'one' };

it('is refused without a trace if another version came first, and taken otherwise', async () => {
  const { store } = createMemoryStore();
  const runtime = started(countingRuntime(store, sayEffect().effect));
  const to = { address: freshAddress(), assistant: 'counter' };
  const { version, sessionId } = await runtime.deliver(to, ADD);
  const stale = await runtime.deliver({ sessionId }, ADD, { ifVersion: version - 1, eventId: 'one' });
  expect(stale).toMatchObject({ version, refused: { code: 'version' } });
  expect((await store.load({ id: sessionId }))?.version).toBe(version);
  // Its id is free, so the sender can send it again.
  expect(await runtime.deliver({ sessionId }, ADD, { ifVersion: version, eventId: 'one' })).toMatchObject({ duplicate: false });
});

it('is taken if the one before it in the same turn has its id and was refused', async () => {
  const { store } = createMemoryStore();
  const runtime = started(countingRuntime(store, sayEffect().effect));
  const { version, sessionId } = await runtime.deliver({ address: freshAddress(), assistant: 'counter' }, ADD);
  const [stale, right, again] = await Promise.all(
    [version - 1, version, version].map((ifVersion) => runtime.deliver({ sessionId }, ADD, { ifVersion, eventId: 'one' })),
  );
  expect(stale).toMatchObject({ refused: { code: 'version' } });
  expect(right).toMatchObject({ version: version + 1, duplicate: false });
  expect(again).toMatchObject({ version: version + 1, duplicate: true });
});

it('is taken once of many that were made for the same version, on two instances', async () => {
  const { store } = createMemoryStore();
  const [one, other] = [started(countingRuntime(store, sayEffect().effect)), started(countingRuntime(store, sayEffect().effect))];
  const { version, sessionId } = await one.deliver({ address: freshAddress(), assistant: 'counter' }, ADD);
  const receipts = await Promise.all(
    Array.from({ length: 12 }, (_, index) => (index % 2 ? one : other).deliver({ sessionId }, ADD, { ifVersion: version })),
  );
  expect(receipts.filter(({ refused }) => refused === undefined)).toHaveLength(1);
  expect(receipts.filter(({ refused }) => refused?.code === 'version')).toHaveLength(11);
});
