import { expect, test } from 'vitest';
import { CommitHealth } from '#src/storage/commit-health.ts';

test('a failed commit counts until the next one that succeeds, and for a quarter of a minute at most', () => {
  let now = 1_000;
  const health = new CommitHealth(() => now);
  expect(health.failing).toBe(false);
  health.failed();
  expect(health.failing).toBe(true);
  health.committed();
  expect(health.failing).toBe(false);
  health.failed();
  now += 14_999;
  expect(health.failing).toBe(true);
  now += 1;
  expect(health.failing).toBe(false);
});
