import { describe, expect, test } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { Completions } from '#actors/outbox/completions.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store, WorkItem } from '#storage/port.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const EXPIRED = LEASE + 1;

/** Three items of one lane. This process holds them by a lease that has run out. */
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

function completionsOn(store: Store): Completions {
  return new Completions({
    store,
    clock: systemClock,
    owner: 'me',
    onError: (_where, error) => {
      throw error;
    },
  });
}

const claim = async (completions: Completions) => await completions.claim(EXPIRED, EXPIRED + 1_000, 10);
const serials = (items: readonly Pick<WorkItem, 'serial'>[]): number[] => items.map(({ serial }) => serial);

describe('an item that is being released', () => {
  test('is not claimed before that is stored, nor is what follows it in its lane', async () => {
    const { store, first } = await lapsed();
    const completions = completionsOn(store);
    void completions.release(first, NOW, { attempts: 2, progress: 'half' });
    expect(await claim(completions)).toEqual([]);
    await expect.poll(() => completions.idle).toBe(true);
    const taken = await store.claimWork('other', EXPIRED, EXPIRED + 1_000, 10);
    expect(serials(taken)).toEqual([1, 2, 3]);
    expect(taken.map(({ attempts, progress }) => [attempts, progress])).toEqual([
      [2, 'half'],
      [0, 'as stored'],
      [0, 'as stored'],
    ]);
  });

  test('is not claimed by a claim that was under way, whichever answer comes first', async () => {
    const { store, first } = await lapsed();
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const completions = completionsOn({
      ...store,
      claimWork: async (...given) => {
        const claimed = await store.claimWork(...given);
        await answered;
        return claimed;
      },
    });
    const claimed = claim(completions);
    await completions.release(first, NOW);
    // It is free by now, for any instance.
    expect(serials(await store.claimWork('other', EXPIRED, EXPIRED + 1_000, 1))).toEqual([1]);
    answer();
    expect(await claimed).toEqual([]);
    await expect.poll(() => completions.idle).toBe(true);
    // The item of the other instance is left alone. What was released with it is free, but behind
    // it in its lane.
    expect(await claim(completions)).toEqual([]);
  });

  test('can be claimed by the same instance once it is released', async () => {
    const { store, first } = await lapsed();
    const completions = completionsOn(store);
    await completions.release(first, NOW);
    expect(serials(await claim(completions))).toEqual([1, 2, 3]);
  });
});
