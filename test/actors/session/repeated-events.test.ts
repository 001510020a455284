/**
 * An event that is sent again, because its answer was lost, is answered as it was the first time.
 */
import { expect, test } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';
import { drainedAfterEach } from '../counting-sessions.ts';

const started = drainedAfterEach();

const WHAT_BECAME = [
  ['applied', { type: 'count', text: 'one' }, {}],
  ['ignored', { type: 'leave' }, { ignored: 'nothing to leave' }],
  ['parked', { type: 'boom' }, { parked: 'boom goes the assign' }],
] as const;

test.each(WHAT_BECAME)('%s, again and on another instance', async (_, event, became) => {
  const { store } = createMemoryStore();
  const [one, other] = [started(countingRuntime(store, sayEffect().effect)), started(countingRuntime(store, sayEffect().effect))];
  const to = { address: freshAddress(), assistant: 'counter' };
  const first = await one.deliver(to, event, { eventId: 'once' });
  expect(first).toMatchObject({ ...became, duplicate: false });
  for (const runtime of [one, other]) expect(await runtime.deliver(to, event, { eventId: 'once' })).toEqual({ ...first, duplicate: true });
});

test.each(WHAT_BECAME)('%s, twice in one turn', async (_, event, became) => {
  const runtime = started(countingRuntime(createMemoryStore().store, sayEffect().effect));
  const to = { address: freshAddress(), assistant: 'counter' };
  const [first, second] = await Promise.all([
    runtime.deliver(to, event, { eventId: 'once' }),
    runtime.deliver(to, event, { eventId: 'once' }),
  ]);
  expect(first).toMatchObject({ ...became, duplicate: false });
  expect(second).toEqual({ ...first, duplicate: true });
});

test('refused for its version, its id is free for the next event of the same turn', async () => {
  const runtime = started(countingRuntime(createMemoryStore().store, sayEffect().effect));
  const event = { type: 'count', text: 'one' };
  const { version, sessionId } = await runtime.deliver({ address: freshAddress(), assistant: 'counter' }, event);
  const [stale, fitting] = await Promise.all([
    runtime.deliver({ sessionId }, event, { ifVersion: version - 1, eventId: 'once' }),
    runtime.deliver({ sessionId }, event, { ifVersion: version, eventId: 'once' }),
  ]);
  expect(stale).toMatchObject({ refused: { code: 'version' } });
  expect(fitting).toMatchObject({ duplicate: false, version: version + 1 });
});
