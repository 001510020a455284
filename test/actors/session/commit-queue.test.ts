import { describe, expect, it } from 'vitest';
import { noCrash } from '#actors/contract/crash-points.ts';
import { noMetrics } from '#actors/contract/metrics.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { CommitQueue } from '#actors/session/commit-queue.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store, TurnCommit } from '#storage/port.ts';

/**
 * A queue over a store that answers and keeps nothing. Turns are distinguished by their version.
 */
function queueOver(commit: (versions: readonly number[]) => Promise<void>, maxInFlight = 1, maxBatch = 4): CommitQueue {
  const store: Store = {
    ...createMemoryStore().store,
    commit: async (turns) => {
      await commit(turns.map(({ expectedVersion }) => expectedVersion));
      return turns.map(() => ({ ok: true }));
    },
  };
  return new CommitQueue({
    store,
    clock: systemClock,
    owner: 'a',
    leaseMs: 1_000,
    maxBatch,
    maxInFlight,
    crash: noCrash,
    metrics: noMetrics,
  });
}

const turn = (expectedVersion: number, journal: readonly object[] = []) => ({ expectedVersion, journal }) as TurnCommit;

describe('the instance that committed a turn', () => {
  it('is named by its first entry, and by no other', async () => {
    const stored: unknown[] = [];
    const store: Store = {
      ...createMemoryStore().store,
      commit: async (turns) => {
        for (const { journal } of turns) stored.push(journal.map(({ payload }) => payload));
        return turns.map(() => ({ ok: true }));
      },
    };
    const owner = '01890a5d-ac96-774b-bcce-b302099a8001';
    const queue = new CommitQueue({
      ...{ store, owner, clock: systemClock, leaseMs: 1_000, maxBatch: 4, maxInFlight: 1, crash: noCrash, metrics: noMetrics },
    });
    const turns = [[{ payload: { a: 1 } }, { payload: { b: 2 } }], [{ payload: null }], []];
    await Promise.all(turns.map((journal, version) => queue.commit(turn(version, journal))));
    expect(stored).toEqual([[{ a: 1, instance: 'b302099a8001' }, { b: 2 }], [null], []]);
  });
});

describe('group commit', () => {
  it('stores what is ready together in one statement, and what gathers meanwhile in the next, up to the limit', async () => {
    const batches: number[][] = [];
    let release: () => void = () => {};
    const first = new Promise<void>((resolve) => (release = resolve));
    const queue = queueOver(async (versions) => {
      batches.push([...versions]);
      if (batches.length === 1) await first;
    });
    const early = [1, 2].map((version) => queue.commit(turn(version)));
    await new Promise((resolve) => setImmediate(resolve));
    const late = [3, 4, 5, 6, 7].map((version) => queue.commit(turn(version)));
    expect(queue.idle).toBe(false);
    release();
    await Promise.all([...early, ...late]);
    expect(batches).toEqual([[1, 2], [3, 4, 5, 6], [7]]);
    expect(queue.idle).toBe(true);
  });

  it('sends what is worth a statement while the rest of the round is still coming', async () => {
    const batches: number[] = [];
    const queue = queueOver(async (versions) => void batches.push(versions.length), 2, 64);
    const turns = Array.from({ length: 72 }, (_, version) => queue.commit(turn(version)));
    expect(batches).toEqual([32, 32]);
    await Promise.all(turns);
    expect(batches).toEqual([32, 32, 8]);
    expect(queue.idle).toBe(true);
  });

  it('one turn that the store can never take does not fail those that were stored beside it', async () => {
    const queue = queueOver(async (versions) => {
      if (versions.includes(2)) throw new InvalidInput('not this one');
    });
    const results = await Promise.allSettled([1, 2, 3].map((version) => queue.commit(turn(version))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('finds a turn that the store refuses by halves, not by a statement for each turn', async () => {
    const batches: number[] = [];
    const queue = queueOver(
      async (versions) => {
        batches.push(versions.length);
        if (versions.includes(100)) throw new InvalidInput('not this one');
      },
      1,
      256,
    );
    const results = await Promise.allSettled(Array.from({ length: 256 }, (_, version) => queue.commit(turn(version))));
    expect(results.flatMap(({ status }, version) => (status === 'rejected' ? [version] : []))).toEqual([100]);
    // The first 32 were worth a statement of their own. The others went together, and were halved
    // eight times.
    expect(batches.slice(0, 4)).toEqual([32, 224, 112, 56]);
    expect(batches).toHaveLength(2 + 2 * 8);
  });

  it('while the store is away, all turns fail at once: nothing is sent twice by itself', async () => {
    let calls = 0;
    const queue = queueOver(async () => {
      calls++;
      throw new Unavailable('away');
    });
    const results = await Promise.allSettled([1, 2, 3].map((version) => queue.commit(turn(version))));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls).toBe(1);
  });
});
