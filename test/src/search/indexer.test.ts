import { expect, test } from 'vitest';
import type { Clock } from '#machines/clock.ts';
import { Indexer, type IndexerParts } from '#src/search/indexer.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { IndexedSession, UnindexedSession } from '#storage/search.ts';
import { NOW, newSession } from '#test/contracts/store-fixtures.ts';

const log = createLog({ level: 'silent' });
/** Time does not move, and every wait ends at once. */
const clock: Clock = {
  now: () => NOW,
  after: (_ms, callback) => {
    const handle = setImmediate(callback);
    return () => clearImmediate(handle);
  },
};
const { archive } = createMemoryStore();
const session = newSession({
  snapshot: {
    format: 1,
    snapshot: { status: 'active', value: 'open', context: { customer: { name: 'Nora', phone: '+20 100' } } },
    timers: [],
    serials: {},
    next: 1,
  },
});

function indexer(left: number, parts: Partial<IndexerParts> = {}) {
  const indexed: IndexedSession[] = [];
  const search = {
    unindexed: async (): Promise<UnindexedSession[]> => (left-- > 0 ? [{ session, entries: [], upTo: 3 }] : []),
    put: async (sessions: readonly IndexedSession[]) => void indexed.push(...sessions),
    forgetWords: async (after: string | null) => (after === null ? 'word' : null),
    ...parts.search,
  };
  return { indexed, indexer: new Indexer({ archive, owner: 'one', clock, log, ...parts, search }) };
}
const away = () => Promise.reject(new Error('away'));

test('indexes all that is missing, with what is known of each customer, and rests after each step', async () => {
  let pauses = 0;
  const counting: Clock = {
    ...clock,
    after: (ms, callback) => {
      pauses += 1;
      return clock.after(ms, callback);
    },
  };
  const { indexed, indexer: one } = indexer(3, { clock: counting });
  expect(await one.round()).toBe(true);
  expect(indexed).toHaveLength(3);
  expect(indexed[0]).toMatchObject({ upTo: 3, profile: ['Nora', '+20 100 20100 0100 100', session.address].join('\n') });
  expect(pauses).toBe(3);
});

test('goes through all words, a few in each round', async () => {
  const checked: (string | null)[] = [];
  const { unindexed, put } = { unindexed: async () => [], put: async () => {} };
  const forgetWords = async (after: string | null) => {
    checked.push(after);
    return after === null ? 'a' : after === 'a' ? 'b' : null;
  };
  const { indexer: one } = indexer(0, { search: { unindexed, put, forgetWords } });
  for (let round = 0; round < 4; round += 1) await one.round();
  expect(checked).toEqual([null, 'a', 'b', null]);
});

test('leaves it to the instance that is at it, which gives its lease back when it fails or stops', async () => {
  expect(await archive.lease('search', 'other', NOW, NOW + 1_000)).toBe(true);
  expect(await indexer(1).indexer.round()).toBe(false);
  expect(await archive.lease('search', 'other', NOW, NOW)).toBe(true);
  const failing = indexer(1, { search: { unindexed: away, put: away, forgetWords: away } }).indexer;
  await expect(failing.round()).rejects.toThrow('away');
  failing.start();
  await failing.stop();
  expect(await failing.round()).toBe(false);
  const { indexer: stopped } = indexer(9, {
    search: { unindexed: async () => [{ session, entries: [], upTo: 1 }], put: async () => void stopped.stop(), forgetWords: away },
  });
  expect(await stopped.round()).toBe(false);
  expect(await archive.lease('search', 'other', NOW, NOW)).toBe(true);
});
