/**
 * Any machine behaves in the host as in XState's `createActor`, with a restart between any two
 * events (G9). runs.ts sets how many machines, and which.
 */
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { type RunDurablyOptions, runDurably, type ScriptStep, type TraceEntry } from '#actors/testing/run-durably.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { buildMachine } from './build.ts';
import { Coverage } from './coverage.ts';
import { comparable, runReference } from './reference.ts';
import { runsOf } from './runs.ts';
import { machines, scripts } from './specs.ts';

const database = await createTestDatabase();

const runs = runsOf('in the host as in createActor', 200);

type Spec = Parameters<typeof buildMachine>[0];

/** The host's trace, or undefined for a machine that the host refuses. */
async function hosted(spec: Spec, script: readonly ScriptStep[], options: RunDurablyOptions): Promise<readonly TraceEntry[] | undefined> {
  try {
    return await runDurably(buildMachine(spec), script, { input: INPUT, settleMs: 20, ...options });
  } catch (error) {
    if (error instanceof HostRefusal && REFUSALS.some((refusal) => refusal.test(error.message))) return undefined;
    throw error;
  }
}

function expectSame(trace: readonly TraceEntry[] | undefined, reference: readonly TraceEntry[]): void {
  if (trace !== undefined) expect(comparable(trace)).toEqual(comparable(reference));
}

const INPUT = { n: 1 };
/** Refusals of docs/reference/hosting-machines.md that generated machines meet now and then. */
const REFUSALS = [
  /function made while the machine runs/,
  /refers to an actor that is no child/,
  /another child took its id/,
  /failed while the machine/,
];

/**
 * Undefined for a machine without a trace, because it runs for ever. Else whether the host accepted
 * it.
 */
async function compare(every: number, storage: string, spec: Spec, script: readonly ScriptStep[]): Promise<boolean | undefined> {
  const undisturbed = script.filter((step) => !('restart' in step));
  const [reference, smooth] = [
    await runReference(buildMachine(spec), script, INPUT),
    await runReference(buildMachine(spec), undisturbed, INPUT),
  ];
  if (!reference || !smooth) return undefined;
  const traces =
    storage === 'memory'
      ? [await hosted(spec, script, { restartEvery: 1 }), await hosted(spec, script, { restartEvery: every })]
      : [await hosted(spec, script, { restartEvery: every, storage })];
  for (const trace of traces) expectSame(trace, reference);
  if (storage === 'memory') {
    const trace = await hosted(spec, undisturbed, {});
    expectSame(trace, smooth);
  }
  return traces[0] !== undefined;
}

beforeEach(() => {
  // XState warns in development of events that come too late for an actor.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('generated machines do in the host what they do in createActor, restarted or not', { timeout: 1_200_000 }, async () => {
  const coverage = new Coverage();
  let compared = 0;
  let drawn = 0;
  await fc.assert(
    fc.asyncProperty(machines, scripts, fc.integer({ min: 2, max: 3 }), async (spec, script, every) => {
      const taken = await compare(every, 'memory', spec, script);
      if (taken !== undefined) drawn++;
      if (!taken) return;
      compared++;
      coverage.add(spec, script);
    }),
    runs,
  );
  // Refusals are rare (about one machine in ten). Else the test would have shown nothing.
  expect(compared).toBeGreaterThan(drawn * 0.7);
  expect(coverage.below(compared / 20)).toEqual([]);
});

test('and on PostgreSQL', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(machines, scripts, async (spec, script) => {
      await compare(1, database.connectionString, spec, script);
    }),
    { numRuns: Math.ceil(runs.numRuns / 50), seed: runs.seed },
  );
});
