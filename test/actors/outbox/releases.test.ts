/** An invocation that this instance can't continue, as while a release is rolled out. */
import { expect, test } from 'vitest';
import { keyOf } from '#actors/contract/work-item.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { LEASE_MS, outboxOn } from './bare-outbox.ts';

test('is free at once, and the next sweep is left to other instances', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const turn = turnOn(session, { work: [{ serial: 1, kind: 'invocation', lane: null }] });
  const claims: string[] = [];
  const outboxes = ['older', 'newer'].map((name) =>
    outboxOn(
      store,
      async () => {},
      async (lease) => {
        claims.push(name);
        if (name === 'older') lease.release();
      },
      name,
    ),
  );
  const [older, newer] = outboxes.map(({ outbox }) => outbox);
  if (!older || !newer) throw new Error('there are two');
  await store.commit([turn], 'older', NOW + LEASE_MS);
  older.accept(turn.work, NOW);
  await expect.poll(() => claims).toEqual(['older']);
  await expect.poll(() => older.idle).toBe(true);
  // Both sweep at the same moment, as timers of one process do, and the older one is always first.
  await older.sweep();
  await newer.sweep();
  await expect.poll(() => claims).toEqual(['older', 'newer']);
  expect(newer.holds(keyOf({ sessionId: session.id, serial: 1 }))).toBe(true);
  await Promise.all([older.stop(0), newer.stop(0)]);
});

test('an effect that another instance has to do is done by that one, and counts as no attempt', async () => {
  const { store } = createMemoryStore();
  const turn = turnOn(newSession(), { work: [{ serial: 1, kind: 'effect', lane: 'address' }] });
  const tried: string[] = [];
  const outboxes = ['follower', 'leader'].map((name) =>
    outboxOn(
      store,
      async () => {
        tried.push(name);
        if (name === 'follower') throw Object.assign(new Error('not here'), { elsewhere: true, retryAfterMs: 0 });
      },
      undefined,
      name,
    ),
  );
  const [follower, leader] = outboxes;
  if (!follower || !leader) throw new Error('there are two');
  await store.commit([turn], 'follower', NOW + LEASE_MS);
  follower.outbox.accept(turn.work, NOW);
  await expect.poll(() => follower.outbox.idle).toBe(true);
  expect(tried).toEqual(['follower']);
  await follower.outbox.sweep();
  await leader.outbox.sweep();
  // A second attempt would have been the last.
  await expect.poll(() => leader.done).toEqual([1]);
  expect(tried).toEqual(['follower', 'leader']);
  await Promise.all(outboxes.map(({ outbox }) => outbox.stop(0)));
});
