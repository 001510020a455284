/** Work that the store leased to this instance in an answer that was lost. */
import { expect, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { LEASE_MS, outboxOn } from './bare-outbox.ts';

/** Two items of one lane. The first is free. Another instance, which is alive, holds the second. */
async function lane() {
  const { store } = createMemoryStore();
  const session = newSession();
  const first = turnOn(session, { work: [{ serial: 1, lane: session.address }] });
  await store.commit([first], 'dead', NOW);
  await store.commit([turnOn(first.session, { work: [{ serial: 2, lane: session.address }] })], 'other', NOW + 60_000);
  const freeSecond = () =>
    store.finishWork('other', [{ sessionId: session.id, serial: 2, seq: 2, status: 'later', attempts: 0, notBefore: NOW, progress: null }]);
  return { store, freeSecond };
}

test('G4: is not overtaken by what follows it in its lane', async () => {
  const { store, freeSecond } = await lane();
  let lost = false;
  let asked = 0;
  const { outbox, done, time } = outboxOn({
    ...store,
    claimWork: async (...given) => {
      const claimed = await store.claimWork(...given);
      if (lost) return claimed;
      lost = true;
      throw new Unavailable('the answer was swallowed');
    },
    pendingWork: (name) => {
      asked += 1;
      return store.pendingWork(name);
    },
  });
  await expect(outbox.sweep()).rejects.toBeInstanceOf(Unavailable);
  await freeSecond();
  // After that, nothing is claimed for a moment.
  time.now += LEASE_MS / 10;
  await outbox.sweep();
  await expect.poll(() => asked).toBeGreaterThan(1);
  expect(done).toEqual([]);
  time.now += LEASE_MS;
  await outbox.sweep();
  await expect.poll(() => done).toEqual([1, 2]);
  await outbox.stop(0);
});

test('G4: is not overtaken while the answer is still on its way', async () => {
  const { store, freeSecond } = await lane();
  const answers: (() => void)[] = [];
  const { outbox, done } = outboxOn({
    ...store,
    claimWork: async (...given) => {
      const claimed = await store.claimWork(...given);
      await new Promise<void>((answer) => answers.push(answer));
      return claimed;
    },
  });
  const early = outbox.sweep();
  await expect.poll(() => answers.length).toBe(1);
  await freeSecond();
  const late = outbox.sweep();
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.();
  await late;
  answers[0]?.();
  await early;
  await expect.poll(() => done).toEqual([1, 2]);
  await outbox.stop(0);
});
