import { expect, test } from 'vitest';
import { runConsole } from '../../bench/console/run.ts';

test('every console shows every session at last, from the gateway and from a bare broadcast', async () => {
  const load = { consoles: 5, instances: 1, sessions: 20, turns: 20, seconds: 1, slow: 1 };
  const figures = await runConsole([load], () => {});
  expect(figures.map(({ contestant }) => contestant)).toEqual(['the gateway', 'ws bare']);
  for (const { different, compared, sent, p50Ms, p99Ms, cpuMicros } of figures) {
    expect([different, compared]).toEqual([0, 2]);
    expect(sent).toBeGreaterThan(0.5);
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(cpuMicros).toBeGreaterThan(0);
  }
});
