/** A renewal whose answer comes late. It concerns the lease that was held when it was sent. */
import { expect, test } from 'vitest';
import { keyOf } from '#actors/contract/work-item.ts';
import { RateLimited } from '#channels/port.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { LEASE_MS, outboxOn } from './bare-outbox.ts';

/** Longer than an item is held while it waits for another attempt, in milliseconds. */
const LONG_WAIT_MS = 40_000;

test('does not drop an item that was released and claimed anew meanwhile', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const turn = turnOn(session, { work: [{ serial: 1, lane: null }] });
  const item = { sessionId: session.id, serial: 1 };
  const refusal = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const kept = Promise.withResolvers<readonly unknown[]>();
  let attempts = 0;
  const { outbox, done, time } = outboxOn(
    {
      ...store,
      renewWork: async (...given) => {
        refusal.resolve();
        // The renewal reaches the store after the item was released, and its answer comes after it
        // was claimed again.
        await expect.poll(() => outbox.holds(keyOf(item))).toBe(false);
        await expect.poll(() => outbox.idle).toBe(true);
        const renewed = await store.renewWork(...given);
        kept.resolve(renewed);
        await answer.promise;
        return renewed;
      },
    },
    async () => {
      attempts += 1;
      await (attempts === 1 ? refusal : second).promise;
      if (attempts === 1) throw new RateLimited('come back later', LONG_WAIT_MS);
    },
  );
  await store.commit([turn], 'me', NOW + LEASE_MS);
  outbox.accept(turn.work, NOW);
  await expect.poll(() => attempts).toBe(1);
  const renewed = outbox.recheck(item.sessionId, item.serial);
  expect(await kept.promise).toEqual([]);
  time.now += LONG_WAIT_MS;
  await outbox.sweep();
  await expect.poll(() => attempts).toBe(2);
  answer.resolve();
  await renewed;
  expect(outbox.holds(keyOf(item))).toBe(true);
  second.resolve();
  await expect.poll(() => done).toEqual([1]);
  await outbox.stop(0);
});
