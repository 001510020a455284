import { expect, test } from 'vitest';
import { always } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import { Indexer, type IndexerParts } from '#src/search/indexer.ts';
import { createLog } from '#src/telemetry/log.ts';
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
  return { indexed, indexer: new Indexer({ clock, lease: always, log, ...parts, search }) };
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
  await one.round();
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

test('leaves it to the instance that has the lease', async () => {
  const { indexed, indexer: one } = indexer(1, { lease: async () => {} });
  one.start();
  await one.stop();
  expect(indexed).toEqual([]);
});

test('stops between two steps when it has lost the lease', async () => {
  const lost = new AbortController();
  const { unindexed, forgetWords } = { unindexed: async () => [{ session, entries: [], upTo: 1 }], forgetWords: away };
  let steps = 0;
  const put = async () => {
    steps += 1;
    if (steps === 2) lost.abort();
  };
  const { indexer: one } = indexer(0, { lease: (work) => work(lost.signal), search: { unindexed, put, forgetWords } });
  one.start();
  await one.stop();
  expect(steps).toBe(2);
});

test('tries again what failed', async () => {
  const done = Promise.withResolvers<void>();
  const warned: object[] = [];
  const unindexed = async () => (warned.length === 0 ? away() : []);
  const forgetWords = async () => {
    done.resolve();
    return null;
  };
  const { indexer: one } = indexer(0, { search: { unindexed, put: away, forgetWords }, log: { warn: (facts) => warned.push(facts) } });
  one.start();
  await done.promise;
  await one.stop();
  expect(warned).toEqual([{ error: new Error('away') }]);
});
