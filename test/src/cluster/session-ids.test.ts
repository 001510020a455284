import { expect, test } from 'vitest';
import { sessionIds } from '#src/cluster/session-ids.ts';

test('ids sort by opening', () => {
  let now = 1_795_228_000_000;
  const next = sessionIds(() => now++);
  const ids = Array.from({ length: 20 }, () => next());
  expect(ids.toSorted()).toEqual(ids);
});

test('a session sorts behind the one before it at its address, even if the clock that named that one was half a minute ahead', () => {
  const ahead = sessionIds(() => 1_795_228_030_000)();
  const next = sessionIds(() => 1_795_228_000_000);
  const second = next(ahead);
  expect(second > ahead).toBe(true);
  expect(next(second) > second).toBe(true);
});
