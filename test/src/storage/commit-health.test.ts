import { expect, test } from 'vitest';
import { CommitHealth } from '#src/storage/commit-health.ts';

function health() {
  let now = 1_000;
  const commits = new CommitHealth(() => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { commits, pass };
}

test('failures of one moment do not count, and a commit after them ends the row', () => {
  const { commits, pass } = health();
  expect(commits.failing).toBe(false);
  for (let commit = 0; commit < 5; commit += 1, pass(100)) commits.failed();
  expect(commits.failing).toBe(false);
  pass(60_000);
  expect(commits.failing).toBe(false);
  commits.committed();
  commits.failed();
  expect(commits.failing).toBe(false);
});

test('commits that go on failing count until one succeeds, and for a quarter of a minute at most', () => {
  const { commits, pass } = health();
  commits.failed();
  pass(1_000);
  commits.failed();
  expect(commits.failing).toBe(true);
  commits.committed();
  expect(commits.failing).toBe(false);
  commits.failed();
  pass(30_000);
  // A quiet instance on a full disk.
  commits.failed();
  expect(commits.failing).toBe(true);
  pass(14_999);
  expect(commits.failing).toBe(true);
  pass(1);
  expect(commits.failing).toBe(false);
});
