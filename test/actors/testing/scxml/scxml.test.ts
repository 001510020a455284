/**
 * The SCXML suite, which is the W3C's tests of the standard and those of SCION. Each document is
 * converted to a machine and run by its script in the host, which stores and restores it after
 * every step. It must be in the states that the script expects, and its trace must be the one of
 * `createActor`. `exceptions.ts` lists the documents that do not do what their scripts expect.
 */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import * as z from 'zod';
import { runDurably, type ScriptStep } from '#actors/testing/run-durably.ts';
import { comparable, runReference } from '../any-machine/reference.ts';
import { convert, keyOf } from './convert.ts';
import { parseDocument } from './document.ts';
import { EXCEPTIONS } from './exceptions.ts';

const SUITE = join(dirname(createRequire(import.meta.url).resolve('@scion-scxml/test-framework/package.json')), 'test');
const names = globSync('*/*.json', { cwd: SUITE })
  .map((file) => file.replace(/\.json$/, ''))
  .sort();

const configuration = z.array(z.string()).transform((ids) => ids.map(keyOf).sort());
const scriptSchema = z.object({
  initialConfiguration: configuration,
  events: z.array(z.object({ after: z.number().optional(), event: z.object({ name: z.string() }), nextConfiguration: configuration })),
});

/**
 * Time passes in so many parts before an event. A timer that another one armed fires in a later
 * part.
 */
const PARTS = 4;

interface Case {
  readonly machine: () => AnyStateMachine;
  readonly steps: readonly ScriptStep[];
  /** The basic states that the machine must be in after so many steps. */
  readonly expected: readonly { readonly after: number; readonly states: readonly string[] }[];
}

function caseOf(name: string): Case {
  const path = join(SUITE, `${name}.scxml`);
  const source = readFileSync(path, 'utf8');
  const read = (src: string): string => readFileSync(join(dirname(path), src.replace(/^file:/, '')), 'utf8');
  const script = scriptSchema.parse(JSON.parse(readFileSync(join(SUITE, `${name}.json`), 'utf8')));
  const steps: ScriptStep[] = [];
  const expected = [{ after: 0, states: script.initialConfiguration }];
  for (const { after = PARTS, event, nextConfiguration: states } of script.events) {
    if (source.includes('<send')) for (let part = 0; part < PARTS; part++) steps.push({ advance: after / PARTS });
    steps.push({ send: { type: event.name, kind: 'external' } });
    expected.push({ after: steps.length, states });
  }
  return {
    machine: () => convert(parseDocument(source), { read, document: (src) => parseDocument(read(src)) }),
    steps,
    // XState starts an invocation in the step that requests it, and the scripts expect it later.
    expected: source.includes('<invoke') ? expected.slice(-1) : expected,
  };
}

/** The basic states of a state value. */
function basicStates(value: unknown, key?: string): string[] {
  if (typeof value === 'string') return [value];
  const parts = Object.entries(Object(value));
  return parts.length === 0 && key !== undefined ? [key] : parts.flatMap(([below, part]) => basicStates(part, below)).sort();
}

/** Throws if the machine is ever in other states than expected, or does not run. */
async function check({ machine, steps, expected }: Case): Promise<void> {
  const trace = await runDurably(machine(), steps, { restartEvery: 1 });
  expect(comparable(trace), 'as in createActor').toEqual(comparable((await runReference(machine(), steps)) ?? []));
  for (const { after, states } of expected) expect(basicStates(trace[after]?.value), `after ${after} steps`).toEqual(states);
}

beforeEach(() => {
  // XState warns in development of events that come too late for an actor.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const passing = names.filter((name) => !(name in EXCEPTIONS));

test('297 of 316 documents of the suite do what their scripts expect', () => {
  expect([passing.length, names.length]).toEqual([297, 316]);
  expect(Object.keys(EXCEPTIONS).filter((name) => !names.includes(name))).toEqual([]);
});

describe('does what its script expects', () => {
  test.each(passing)('%s', (name) => check(caseOf(name)));
});

describe('does not, and is listed', () => {
  const listed = Object.entries(EXCEPTIONS).map(([name, exception]) => ({ name, ...exception }));
  test.each(listed)('$name: $why', async ({ name, error }) => {
    const thrown = await check(caseOf(name)).catch((reason: unknown) => String(reason));
    expect(thrown, 'it passes now: take it off the list').toBeDefined();
    expect(thrown).toBe(error);
  });
});
