import { expect, test } from 'vitest';
import { expectedWait } from '#src/handoff/expected-wait.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

const NOW = 1_790_000_000_000;
const MINUTE = 60_000;

async function expected(waits: readonly number[], waitedMs = 0, ageMs = 0): Promise<number | undefined> {
  const { handoff } = createMemoryStore();
  for (const minutes of waits) await handoff.waited('billing', NOW - ageMs, minutes * MINUTE);
  return expectedWait(handoff, { queue: 'billing', waitedMs, now: NOW });
}

test('is the middle of the recent waits, which a single long one does not move', async () => {
  expect(await expected([4, 5, 5, 6, 200])).toBe(5);
  expect(await expected([4, 4, 6, 6, 7, 7])).toBe(6);
});

test.each([
  ['few waits', [5, 5, 5, 5], 0, 0],
  ['old waits', [5, 5, 5, 5, 5], 0, 5 * 60 * MINUTE],
  ['short waits', [0.1, 0.2, 0.3, 0.3, 0.2], 0, 0],
  ['a customer who waits longer than others', [5, 5, 5, 5, 5], 6 * MINUTE, 0],
  ['waits of half a day', [700, 700, 700, 700, 700], 0, 0],
])('is not known from %s', async (_, waits, waitedMs, ageMs) => {
  expect(await expected(waits, waitedMs, ageMs)).toBeUndefined();
});

test.each([
  [0.6, 1],
  [7.4, 7],
  [13, 15],
  [52, 50],
  [80, 60],
  [100, 120],
])('of %f minutes is told as %i', async (minutes, told) => {
  expect(await expected(Array.from({ length: 5 }, () => minutes))).toBe(told);
});

test('is what is left for a customer who has waited already', async () => {
  expect(await expected([9, 9, 9, 9, 9], 4 * MINUTE)).toBe(5);
});
