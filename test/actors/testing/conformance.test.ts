/**
 * XState's features one by one. Each machine does in the host what it does in `createActor`,
 * whether it is restarted after every step, now and then, or never. The generated machines
 * (any-machine) mix the features. These machines are the ones that people write.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createActor, createMachine } from 'xstate';
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

test('the xstate under test is the one that was asked for', () => {
  const asked = process.env.STATECHAT_CONFORMANCE_XSTATE ?? join(import.meta.dirname, '../../../node_modules/xstate');
  let calledFrom = '';
  const always = {
    guard: () => {
      calledFrom = String(new Error('where').stack);
      return false;
    },
    target: 'b',
  };
  createActor(createMachine({ initial: 'a', states: { a: { always }, b: {} } })).start();
  expect(calledFrom).toContain(realpathSync(asked));
});

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
