import { expect, test } from 'vitest';
import type { Clock } from '#machines/clock.ts';
import { createRetention, type Deleted, type Retention } from '#src/storage/retention.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';
import type { Archive } from '#storage/archive.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const DAY = 86_400_000;
const log = createLog({ level: 'silent' });
/** Time does not move, and every wait ends at once. */
const clock: Clock = {
  now: () => NOW,
  after: (_ms, callback) => {
    const handle = setImmediate(callback);
    return () => clearImmediate(handle);
  },
};

async function closedSessions(count: number) {
  const memory = createMemoryStore();
  for (let index = 0; index < count; index += 1) {
    const session = newSession({ open: false, closedAt: NOW - 31 * DAY - index });
    await memory.store.commit([turnOn(session)], 'me', LEASE);
  }
  return memory;
}

function keeper(
  archive: Pick<Archive, 'index' | 'deleteExpired' | 'lease'>,
  owner: string,
  deleted: (step: Deleted) => void = () => {},
): Retention {
  return createRetention({ archive, owner, retentionMs: 30 * DAY, clock, metrics: { deleted }, log });
}

test('deletes in steps what is older than the retention, counts it, and lets another instance go on afterwards', async () => {
  const { archive, store } = await closedSessions(250);
  const young = turnOn(newSession({ open: false, closedAt: NOW - 29 * DAY }));
  await store.commit([young], 'me', LEASE);
  const { metrics, render } = createMetrics();
  const steps: number[] = [];
  const one = keeper(archive, 'one', (step) => {
    steps.push(step.sessions);
    metrics.deleted(step);
  });
  expect(await one.round()).toBe(true);
  expect(steps).toEqual([100, 100, 50]);
  expect((await store.sessions({}, 10)).items.map(({ id }) => id)).toEqual([young.session.id]);
  expect((await render()).body).toContain('statechat_retention_deleted_total{what="session"} 250');
  expect(await keeper(archive, 'two').round()).toBe(true);
});

test('leaves it to the instance that is at it, and goes on where one that died stopped', async () => {
  const { archive, store } = await closedSessions(150);
  let steps = 0;
  const dying = keeper(
    {
      ...archive,
      lease: async (...asked) => {
        if (steps === 2) throw new Error('killed');
        return archive.lease(...asked);
      },
      deleteExpired: async (before, limit) => {
        steps += 1;
        if (steps === 2) throw new Error('killed');
        return archive.deleteExpired(before, limit);
      },
    },
    'one',
  );
  await expect(dying.round()).rejects.toThrow('killed');
  expect(await keeper(archive, 'two').round()).toBe(false);
  expect((await store.sessions({}, 200)).items).toHaveLength(50);
  const late: Clock = { ...clock, now: () => NOW + 61_000 };
  const heir = createRetention({ archive, owner: 'two', retentionMs: 30 * DAY, clock: late, metrics: { deleted: () => {} }, log });
  expect(await heir.round()).toBe(true);
  expect((await store.sessions({}, 200)).items).toEqual([]);
});

test('makes all of what is closed findable, stops in the middle when told to, and survives a store that is away', async () => {
  const { archive } = await closedSessions(0);
  let left = 5;
  const one = keeper({ ...archive, index: async () => left-- }, 'one');
  await one.round();
  expect(left).toBe(-1);
  const failing = keeper({ ...archive, index: () => Promise.reject(new Error('away')) }, 'one');
  failing.start();
  await failing.stop();
  expect(await failing.round()).toBe(false);
});

test('gives its lease back when it fails, and when it is stopped in the middle', async () => {
  const { archive } = await closedSessions(0);
  await expect(keeper({ ...archive, index: () => Promise.reject(new Error('away')) }, 'one').round()).rejects.toThrow('away');
  expect(await keeper(archive, 'two').round()).toBe(true);
  const stopped = keeper(
    {
      ...archive,
      index: async () => {
        void stopped.stop();
        return 1;
      },
    },
    'one',
  );
  expect(await stopped.round()).toBe(false);
  expect(await keeper(archive, 'two').round()).toBe(true);
});

test('rests after each step that indexes', async () => {
  const { archive } = await closedSessions(0);
  let [left, pauses] = [3, 0];
  const counting: Clock = {
    ...clock,
    after: (ms, callback) => {
      pauses += 1;
      return clock.after(ms, callback);
    },
  };
  const steps = { ...archive, index: async () => left-- };
  await createRetention({
    archive: steps,
    owner: 'one',
    retentionMs: DAY,
    clock: counting,
    metrics: { deleted: () => {} },
    log,
  }).round();
  expect(pauses).toBe(3);
});
