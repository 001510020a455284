import { describe, expect, test } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { Completions } from '#actors/outbox/completions.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store, WorkItem } from '#storage/port.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const EXPIRED = LEASE + 1;

/** Three pieces of one lane that this process holds by a lease which has run out. */
async function lapsed() {
  const { store } = createMemoryStore();
  const session = newSession();
  const work = [1, 2, 3].map((serial) => ({ serial, lane: session.address, progress: 'as stored' }));
  await store.commit([turnOn(session, { work })], 'me', LEASE);
  const [first] = await store.claimWork('nobody', EXPIRED, EXPIRED, 1);
  if (!first) throw new Error('there is no work');
  await store.claimWork('me', EXPIRED, EXPIRED, 10);
  return { store, first };
}

function outcomesOn(store: Store): Completions {
  return new Completions({
    store,
    clock: systemClock,
    owner: 'me',
    onError: (_where, error) => {
      throw error;
    },
  });
}

const claim = async (outcomes: Completions) => (await outcomes.claim(EXPIRED, EXPIRED + 1_000, 10)).work;
const serials = (items: readonly Pick<WorkItem, 'serial'>[]): number[] => items.map(({ serial }) => serial);

describe('work on its way back', () => {
  test('is not taken again before the store knows, nor is what follows it in its lane; then anybody may', async () => {
    const { store, first } = await lapsed();
    const outcomes = outcomesOn(store);
    void outcomes.later(first, NOW, { attempts: 2, progress: 'half' });
    expect(await claim(outcomes)).toEqual([]);
    await expect.poll(() => outcomes.idle).toBe(true);
    const taken = await store.claimWork('other', EXPIRED, EXPIRED + 1_000, 10);
    expect(serials(taken)).toEqual([1, 2, 3]);
    expect(taken.map(({ attempts, progress }) => [attempts, progress])).toEqual([
      [2, 'half'],
      [0, 'as stored'],
      [0, 'as stored'],
    ]);
  });

  test('is not taken if it came back while we asked for work, whatever is heard first', async () => {
    const { store, first } = await lapsed();
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const outcomes = outcomesOn({
      ...store,
      claimWork: async (...asked) => {
        const claimed = await store.claimWork(...asked);
        await answered;
        return claimed;
      },
    });
    const claimed = claim(outcomes);
    await outcomes.later(first, NOW);
    // Free by now, for anybody.
    expect(serials(await store.claimWork('other', EXPIRED, EXPIRED + 1_000, 1))).toEqual([1]);
    answer();
    expect(await claimed).toEqual([]);
    await expect.poll(() => outcomes.idle).toBe(true);
    // The other one's is left alone, and what was given back with it is free, but behind it in its lane.
    expect(await claim(outcomes)).toEqual([]);
  });

  test('can be taken by us too once it is back', async () => {
    const { store, first } = await lapsed();
    const outcomes = outcomesOn(store);
    await outcomes.later(first, NOW);
    expect(serials(await claim(outcomes))).toEqual([1, 2, 3]);
  });
});
