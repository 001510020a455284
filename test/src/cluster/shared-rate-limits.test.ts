import { expect, test } from 'vitest';
import { countInstances, sharedQuota, sharedRateLimit } from '#src/cluster/shared-rate-limits.ts';
import type { SharedLimits } from '#storage/redis/limits.ts';

const away: SharedLimits = { take: async () => undefined, count: async () => undefined, counted: async () => undefined };
const BOT = { key: 'bot', slots: 30, windowMs: 1_100, of: 'account' } as const;

test.each([
  { instances: 1, share: 30 },
  { instances: 4, share: 7 },
  { instances: 100, share: 1 },
])('without Redis, one of $instances instances takes $share of the 30 messages a second', async ({ instances, share }) => {
  for (const limits of [undefined, away]) {
    const quota = sharedQuota(limits, 'telegram:1', () => instances);
    const taken = [];
    for (let n = 0; n < 40; n += 1) taken.push(await quota.take([{ key: `chat:${n}`, slots: 1, windowMs: 1_100, of: 'peer' }, BOT], 1_000));
    expect(taken.filter((answer) => 'done' in answer)).toHaveLength(share);
  }
});

test('without Redis, requests are counted here', async () => {
  const store = sharedRateLimit(away, 'messages');
  store.init?.({ windowMs: 60_000 } as Parameters<NonNullable<typeof store.init>>[0]);
  try {
    for (let n = 1; n <= 3; n += 1) expect((await store.increment('visitor')).totalHits).toBe(n);
    expect((await store.get?.('visitor'))?.totalHits).toBe(3);
    expect((await store.increment('another')).totalHits).toBe(1);
  } finally {
    store.shutdown?.();
  }
});

test('instances that fall silent because nobody can be heard still count, until they had time to be heard again', () => {
  let [now, known, well] = [0, 1, true];
  const due: (() => void)[] = [];
  const clock = {
    now: () => now,
    after: (_ms: number, callback: () => void) => {
      due.push(callback);
      return () => {};
    },
  };
  const instances = countInstances({ known: () => known, well: () => well, clock, onError: () => {} });
  const at = (ms: number): number => {
    now = ms;
    return instances.count();
  };
  expect(at(1_000)).toBe(1);
  known = 3;
  // The timer polls the number of instances, without a call.
  due.shift()?.();
  [known, well] = [1, false];
  expect(at(8_000)).toBe(3);
  expect(at(600_000)).toBe(3);
  well = true;
  expect(at(609_000)).toBe(3);
  known = 2;
  expect(at(610_001)).toBe(2);
  instances.stop();
});
