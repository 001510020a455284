/**
 * G9: any machine behaves in the host as in XState's `createActor`, with a restart between any two events.
 * How many machines, and which: runs.ts.
 */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HostRefusal } from '#actors/json.ts';
import { type RunDurablyOptions, runDurably, type ScriptStep } from '#actors/testing.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { buildMachine } from './build.ts';
import { comparable, runReference } from './reference.ts';
import { runsOf } from './runs.ts';
import { machines, scripts } from './specs.ts';

const database = await createTestDatabase();

const runs = runsOf('in the host as in createActor', 200);

type Spec = Parameters<typeof buildMachine>[0];

/** The host's trace; undefined for a machine that it says it can't host, or hosts otherwise. */
async function hosted(spec: Spec, script: readonly ScriptStep[], options: RunDurablyOptions): Promise<unknown> {
  let same = true;
  const onDifference = (): void => {
    same = false;
  };
  try {
    const trace = await runDurably(buildMachine(spec), script, { input: INPUT, settleMs: 20, onDifference, ...options });
    return same ? comparable(trace, isOrdered(spec)) : undefined;
  } catch (error) {
    if (error instanceof HostRefusal && REFUSALS.some((refusal) => refusal.test(error.message))) return undefined;
    throw error;
  }
}

/** Where a child's own code answers at once, the order between its machine's actions and another's is not promised. */
function isOrdered({ kids }: Spec): boolean {
  return !/"(syncThrow|cb[A-Za-z]+|obs|evObs)"/.test(JSON.stringify(kids));
}

/**
 * What a child machine starts after its own code has answered starts a commit later here, so of two promises that settle at
 * once another may be first. Is it what createActor does when the promises of child machines take their time?
 */
async function isRaced(trace: unknown, spec: Spec, script: readonly ScriptStep[]): Promise<boolean> {
  if (isOrdered(spec)) return false;
  const late = await runReference(buildMachine(spec, true), script, INPUT);
  return late !== undefined && isDeepStrictEqual(trace, comparable(late, false));
}

async function expectSame(trace: unknown, expected: unknown, spec: Spec, script: readonly ScriptStep[]): Promise<void> {
  if (trace === undefined || isDeepStrictEqual(trace, expected) || (await isRaced(trace, spec, script))) return;
  expect(trace).toEqual(expected);
}

const INPUT = { n: 1 };
/** What docs/reference/hosting-machines.md says is refused, and generated machines do now and then. */
const REFUSALS = [/function made while the machine runs/, /refers to an actor that is no child/, /another child took its id/];

/** Undefined for a machine that says nothing: one that goes round for ever. Else whether the host took it. */
async function compare(every: number, storage: string, spec: Spec, script: readonly ScriptStep[]): Promise<boolean | undefined> {
  const undisturbed = script.filter((step) => !('restart' in step));
  const [reference, smooth] = [
    await runReference(buildMachine(spec), script, INPUT),
    await runReference(buildMachine(spec), undisturbed, INPUT),
  ];
  if (!reference || !smooth) return undefined;
  const expected = comparable(reference, isOrdered(spec));
  const traces =
    storage === 'memory'
      ? [await hosted(spec, script, { restartEvery: 1 }), await hosted(spec, script, { restartEvery: every })]
      : [await hosted(spec, script, { restartEvery: every, storage })];
  for (const trace of traces) await expectSame(trace, expected, spec, script);
  if (storage === 'memory') {
    const trace = await hosted(spec, undisturbed, {});
    await expectSame(trace, comparable(smooth, isOrdered(spec)), spec, undisturbed);
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
  let compared = 0;
  let drawn = 0;
  await fc.assert(
    fc.asyncProperty(machines, scripts, fc.integer({ min: 2, max: 3 }), async (spec, script, every) => {
      const taken = await compare(every, 'memory', spec, script);
      if (taken !== undefined) drawn++;
      if (taken) compared++;
    }),
    runs,
  );
  // Refusals are rare (about one machine in ten): else nothing would have been shown.
  expect(compared).toBeGreaterThan(drawn * 0.7);
});

test('and on PostgreSQL', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(machines, scripts, async (spec, script) => {
      await compare(1, database.connectionString, spec, script);
    }),
    { numRuns: Math.ceil(runs.numRuns / 50), seed: runs.seed },
  );
});
