import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { percentile } from '../../bench/load.ts';
import { parseOptions } from '../../bench/options.ts';

const reportSchema = z.object({
  environment: z.object({ postgres: z.object({ fsync: z.literal('on'), synchronous_commit: z.literal('on') }) }),
  figures: z.array(
    z.object({
      contestant: z.string(),
      answers: z.string(),
      concurrency: z.number(),
      turnsPerSecond: z.number().positive(),
      latencyMs: z.object({ p50: z.number().positive(), p95: z.number().positive(), p99: z.number().positive() }),
    }),
  ),
  comparisons: z.array(z.object({ runtimeToByHand: z.number().positive(), runtimeToFloor: z.number().positive() })),
  readBack: z.array(z.object({ turns: z.number().positive(), stored: z.record(z.string(), z.number()) })),
});

/**
 * Bench as a process of its own, as people run it, on the durable PostgreSQL that it starts for
 * itself.
 */
function bench(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bench/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`the benchmark ended with ${code}: ${Buffer.concat(errors)}`));
    });
  });
}

test('a quick run prints one document in which every contestant stored every turn', async () => {
  const output = await bench('--json', '--quick', '--conversations', '50', '--concurrency', '1,32', '--seconds', '0.2', '--warm-up', '0');
  const report = reportSchema.parse(JSON.parse(output));
  const entered = ['live', 'journal', 'outbox'].flatMap((answers) =>
    ['runtime', 'by-hand', 'floor'].map((contestant) => ({ contestant, answers })),
  );
  expect(report.figures.map(({ contestant, answers, concurrency }) => ({ contestant, answers, concurrency }))).toEqual(
    [1, 32].flatMap((concurrency) => entered.map((entrant) => ({ ...entrant, concurrency }))),
  );
  expect(report.comparisons).toHaveLength(6);
  expect(report.readBack).toHaveLength(9);
  for (const { turns, stored } of report.readBack) {
    expect(Object.values(stored).length).toBeGreaterThanOrEqual(2);
    for (const found of Object.values(stored)) expect(found).toBe(turns);
  }
});

test('what cannot be measured is refused with what to do', () => {
  expect(() => parseOptions(['--conversations', '10', '--concurrency', '64'])).toThrow('--conversations 64');
  expect(() => parseOptions(['--only', 'nobody', '--rounds', '0'])).toThrow(/npm run bench/);
});

test('percentiles lie between their neighbours', () => {
  expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
  expect(percentile([10], 99)).toBe(10);
  expect(percentile([1, 2, 3], 100)).toBe(3);
});
