/**
 * XState's features one by one: each machine does in the host what it does in `createActor`, restarted after every step,
 * now and then, and never. The generated machines (any-machine) mix them; these are the ones that people write.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runDurably } from '#actors/testing/run-durably.ts';
import { comparable, runReference } from './any-machine/reference.ts';
import type { Case } from './conformance/case.ts';
import { children } from './conformance/children.ts';
import { code } from './conformance/code.ts';
import { ends } from './conformance/ends.ts';
import { logic } from './conformance/logic.ts';
import { raced } from './conformance/raced.ts';
import { states } from './conformance/states.ts';
import { timers } from './conformance/timers.ts';

beforeEach(() => {
  // XState warns in development of events that come too late for an actor.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const features: Readonly<Record<string, Readonly<Record<string, Case>>>> = { states, logic, timers, children, code, raced, ends };

describe.each(Object.entries(features))('%s', (_feature, cases) => {
  test.each(Object.entries(cases))('%s', async (_name, { machine, script, input, shows }) => {
    const reference = await runReference(machine(), script, input);
    expect(shows(reference?.at(-1)?.context, reference ?? []), 'the case shows nothing').toBe(true);
    for (const restartEvery of [undefined, 1, 2]) {
      const options = { settleMs: 20, ...(input === undefined ? {} : { input }), ...(restartEvery === undefined ? {} : { restartEvery }) };
      const trace = await runDurably(machine(), script, options);
      expect(comparable(trace), `restarted every ${restartEvery}`).toEqual(comparable(reference ?? []));
    }
  });
});
