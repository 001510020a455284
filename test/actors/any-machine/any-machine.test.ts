/**
 * G9: any machine behaves in the host as in XState's `createActor`, with a restart between any two events.
 * A failure prints the seed and the path: put them into FC_SEED and FC_PATH to see it again. FC_RUNS sets how many.
 */
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { runDurably } from '#actors/testing.ts';
import { buildMachine } from './build.ts';
import { comparable, runReference } from './reference.ts';
import { machines, scripts } from './specs.ts';

const RUNS = Number(process.env.FC_RUNS ?? 300);
const replay =
  process.env.FC_SEED === undefined
    ? {}
    : { seed: Number(process.env.FC_SEED), ...(process.env.FC_PATH ? { path: process.env.FC_PATH, endOnFailure: true } : {}) };

test('generated machines do in the host what they do in createActor', { timeout: 600_000 }, async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await fc.assert(
    fc.asyncProperty(machines, scripts, fc.integer({ min: 2, max: 3 }), async (spec, script, every) => {
      const input = { n: 1 };
      const expected = comparable(await runReference(buildMachine(spec), script, input));
      const options = { input, settleMs: 5 };
      expect(
        comparable(
          await runDurably(
            buildMachine(spec),
            script.filter((step) => !('restart' in step)),
            options,
          ),
        ),
      ).toEqual((expected as unknown[]).filter((_, index) => index === 0 || !('restart' in (script[index - 1] ?? {}))));
      expect(comparable(await runDurably(buildMachine(spec), script, { ...options, restartEvery: 1 }))).toEqual(expected);
      expect(comparable(await runDurably(buildMachine(spec), script, { ...options, restartEvery: every }))).toEqual(expected);
    }),
    { numRuns: RUNS, ...replay },
  );
});
