import { expect, test } from 'vitest';
import { cachedSessionsWithin, connectionsWithin } from '#src/config/heap.ts';

const MB = 1_048_576;

test.each([
  [connectionsWithin, { 1: 500, 128: 3_355, 4096: 20_000 }],
  [cachedSessionsWithin, { 1: 100, 128: 838, 4096: 5_000 }],
] as const)('%o grows with the heap, between its bounds', (within, expected) => {
  for (const [heap, most] of Object.entries(expected)) expect(within(Number(heap) * MB)).toBe(most);
});
