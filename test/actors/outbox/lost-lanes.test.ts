/** Another instance took over work of a lane, and this one still holds later work of it. */
import { expect, test } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { LEASE_MS, outboxOn } from './bare-outbox.ts';

test('G4: work that is still held here does not overtake what another instance has taken over', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const lane = session.address;
  const first = turnOn(session, { work: [1, 2].map((serial) => ({ serial, lane })) });
  const second = turnOn(first.session, { work: [{ serial: 3, lane }] });
  const begun = Promise.withResolvers<void>();
  let asked = 0;
  const { outbox, done, time } = outboxOn(
    {
      ...store,
      pendingWork: (name) => {
        asked += 1;
        return store.pendingWork(name);
      },
    },
    async (serial) => {
      if (serial === 1) await begun.promise;
    },
  );
  outbox.markOwned(lane);
  await store.commit([first], 'me', NOW + LEASE_MS);
  outbox.accept(first.work, NOW);
  // The process is suspended here. The lease of the first turn's work runs out before that of the
  // second's.
  time.now += 500;
  await store.commit([second], 'me', time.now + LEASE_MS);
  outbox.accept(second.work, time.now);
  time.now += 600;
  const taken = await store.claimWork('other', time.now, time.now + LEASE_MS, 10);
  expect(taken.map(({ serial }) => serial)).toEqual([1, 2]);
  // It continues. The heartbeat finds what is lost, and renews the rest.
  for (const serial of [1, 2, 3]) await outbox.recheck(session.id, serial);
  begun.resolve();
  await expect.poll(() => asked).toBeGreaterThan(1);
  expect(done).not.toContain(3);
  await store.finishWork(
    'other',
    taken.map(({ sessionId, serial, seq }) => ({ sessionId, serial, seq, status: 'done', delivery: null })),
  );
  await expect.poll(() => done).toContain(3);
  await outbox.stop(0);
});
