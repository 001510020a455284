/** Work that another instance took over while it was done here. */
import { expect, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { LEASE_MS, outboxOn } from './bare-outbox.ts';

const rounds = async (count: number): Promise<void> => {
  for (let round = 0; round < count; round++) await new Promise((resolve) => setImmediate(resolve));
};

test('G4: what was done here and is another instance’s by now comes before the rest of its lane', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const lane = session.address;
  const first = turnOn(session, { work: [{ serial: 1, lane }] });
  const second = turnOn(first.session, { work: [{ serial: 2, lane }] });
  const accepted = Promise.withResolvers<void>();
  const begun: number[] = [];
  const { outbox, done, time } = outboxOn(store, async (serial) => {
    begun.push(serial);
    if (serial === 1) await accepted.promise;
  });
  outbox.markOwned(lane);
  await store.commit([first], 'me', NOW + LEASE_MS);
  outbox.accept(first.work, NOW);
  await expect.poll(() => begun).toEqual([1]);
  // The process has no processor for longer than its lease. Another instance takes the work over.
  time.now += LEASE_MS + 1;
  const taken = await store.claimWork('other', time.now, time.now + LEASE_MS, 10);
  expect(taken.map(({ serial }) => serial)).toEqual([1]);
  // It goes on. The customer writes here, before the heartbeat is answered.
  await store.commit([second], 'me', time.now + LEASE_MS);
  outbox.accept(second.work, time.now);
  accepted.resolve();
  await expect.poll(() => done).toEqual([1]);
  await rounds(20);
  expect(begun).toEqual([1]);
  // The other instance does it again, and only then it is the next one's turn.
  await store.finishWork('other', [{ sessionId: session.id, serial: 1, seq: 1, status: 'done', delivery: null }]);
  await expect.poll(() => done).toEqual([1, 2]);
  await outbox.stop(0);
});

test('G4: claimed work does not overtake what a commit of unknown outcome left to this instance', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const lane = session.address;
  const first = turnOn(session, { work: [{ serial: 1, lane }] });
  // The answer to this commit is lost. Its work is this instance's, and it does not know.
  await store.commit([first], 'me', NOW + LEASE_MS);
  // Another instance takes the next event, and frees its work because it stops.
  await store.commit([turnOn(first.session, { work: [{ serial: 2, lane }] })], 'other', NOW + LEASE_MS);
  await store.finishWork('other', [
    { sessionId: session.id, serial: 2, seq: 2, status: 'later', attempts: 0, notBefore: NOW, progress: null },
  ]);
  const { outbox, done, time } = outboxOn(store);
  await outbox.sweep();
  await rounds(20);
  expect(done).toEqual([]);
  time.now += LEASE_MS;
  await outbox.sweep();
  await expect.poll(() => done).toEqual([1, 2]);
  await outbox.stop(0);
});

test('G4: a store that was away is left to those who hold work before anything is claimed', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  await store.commit([turnOn(session, { work: [{ serial: 1, lane: session.address }] })], 'other', NOW + LEASE_MS);
  let away = true;
  const { outbox, done, time } = outboxOn({
    ...store,
    claimWork: (...given) => (away ? Promise.reject(new Unavailable('the store is away')) : store.claimWork(...given)),
  });
  // It is away for longer than the lease of an instance that is alive, and has done the work.
  time.now += LEASE_MS + 1;
  await expect(outbox.sweep()).rejects.toBeInstanceOf(Unavailable);
  away = false;
  await outbox.sweep();
  await rounds(20);
  expect(done).toEqual([]);
  const marked = await store.finishWork('other', [{ sessionId: session.id, serial: 1, seq: 1, status: 'done', delivery: null }]);
  expect(marked.lost).toEqual([]);
  time.now += LEASE_MS / 10;
  await outbox.sweep();
  await rounds(20);
  expect(done).toEqual([]);
  await outbox.stop(0);
});

test('G4: an instance that lost an item sends nothing more of it', async () => {
  const { store } = createMemoryStore();
  const session = newSession();
  const lane = session.address;
  const { work } = turnOn(session, { work: [{ serial: 1, lane }] });
  await store.commit([turnOn(session, { work: [{ serial: 1, lane }] })], 'me', NOW + LEASE_MS);
  const parts: string[] = [];
  const first = Promise.withResolvers<void>();
  const { outbox, time } = outboxOn(store, async (_serial, { saveProgress }) => {
    for (const part of ['first', 'second', 'third']) {
      parts.push(part);
      if (part === 'first') await first.promise;
      await saveProgress({ sent: parts.length });
    }
  });
  outbox.accept(work, NOW);
  await expect.poll(() => parts).toEqual(['first']);
  time.now += LEASE_MS + 1;
  await store.claimWork('other', time.now, time.now + LEASE_MS, 10);
  first.resolve();
  await expect.poll(() => outbox.idle).toBe(true);
  expect(parts).toEqual(['first']);
  expect(await store.pendingWork(lane)).toMatchObject([{ owner: 'other', progress: null }]);
  await outbox.stop(0);
});
