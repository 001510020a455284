import { expect, test } from 'vitest';
import { runConsole } from '../../bench/console/run.ts';

test('every console gets every turn, from the gateway and from a bare broadcast', { timeout: 60_000 }, async () => {
  const figures = await runConsole([{ consoles: 5, sessions: 20, turns: 20, seconds: 1 }], () => {});
  expect(figures.map(({ contestant }) => contestant)).toEqual(['the gateway', 'ws bare']);
  for (const { received, p50Ms, p99Ms, cpuMicros } of figures) {
    expect(received).toBe(1);
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(cpuMicros).toBeGreaterThan(0);
  }
});
