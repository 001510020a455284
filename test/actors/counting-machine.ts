/** A machine small enough to see through, and a runtime around it, for tests of the actors. */

import { v7 as uuidv7 } from 'uuid';
import { assign, emit, fromPromise, setup } from 'xstate';
import * as z from 'zod';
import type { EffectContext } from '#actors/contract/api.ts';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import type { RuntimeOptions } from '#actors/contract/options.ts';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { type Address, parseAddress, parseSessionId } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';

interface Counted {
  type: 'count';
  text: string;
}

export const countingMachine = setup({
  types: {} as {
    context: { heard: string[]; failed: string[]; results: string[] };
    events:
      | Counted
      | { type: 'say'; text: string }
      | { type: 'boom' }
      | { type: 'spoil' }
      | { type: 'work'; name: string }
      | { type: 'leave' }
      | { type: 'wait'; ms: number }
      | { type: 'rung' }
      | { type: 'close' }
      | { type: 'effect.failed'; reason: string };
  },
  actors: { work: fromPromise<string, { name: string }>(async ({ input }) => `done ${input.name}`) },
  actions: { say: (_, _params: { text: string }) => {} },
}).createMachine({
  id: 'counting',
  context: { heard: [], failed: [], results: [] },
  initial: 'open',
  on: {
    count: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.text] }) },
    say: { actions: { type: 'say', params: ({ event }) => ({ text: event.text }) } },
    boom: {
      actions: assign(() => {
        throw new Error('boom goes the assign');
      }),
    },
    // A date where the types promise text, as untyped code may pass it.
    spoil: { actions: assign(() => Object.assign({}, { heard: JSON.parse('[]', () => [new Date(0)]) })) },
    rung: { actions: assign({ heard: ({ context }) => [...context.heard, 'rung'] }) },
    close: { target: '.closed' },
    'effect.failed': { actions: assign({ failed: ({ context, event }) => [...context.failed, event.reason] }) },
  },
  states: {
    open: {
      on: {
        work: { target: 'working' },
        leave: { actions: emit({ type: 'ignored', reason: 'nothing to leave' } as never) },
        wait: { target: 'waiting' },
      },
    },
    working: {
      invoke: {
        src: 'work',
        id: 'work',
        input: ({ event }) => ({ name: event.type === 'work' ? event.name : '' }),
        onDone: { target: 'open', actions: assign({ results: ({ context, event }) => [...context.results, event.output] }) },
      },
      on: { leave: 'open', work: { target: 'working', reenter: true } },
    },
    waiting: { after: { 1000: { target: 'open', actions: assign({ heard: ({ context }) => [...context.heard, 'rung'] }) } } },
    closed: { type: 'final' },
  },
});

export interface Said {
  readonly text: string;
  readonly context: EffectContext;
}

/** The effect `say`, with what it sent, in order. `behave` makes it misbehave. */
export function sayEffect(behave: (text: string, attempt: number) => Promise<void> = async () => {}): {
  readonly effect: Effect;
  readonly said: Said[];
} {
  const said: Said[] = [];
  const effect = defineEffect({
    type: 'say',
    params: z.object({ text: z.string() }),
    lane: 'address',
    attempts: 3,
    describe: ({ text }) => ({ kind: 'assistant.message', author: 'assistant', text, message: true }),
    run: async ({ text }, context) => {
      await behave(text, context.attempt);
      said.push({ text, context });
      return { ref: `ref-${text}` };
    },
  });
  return { effect, said };
}

export function countingRuntime(
  store: Store,
  effect: Effect,
  options: Partial<RuntimeOptions> = {},
  machine = countingMachine,
): TestRuntime {
  const registry = new Registry({
    assistants: [{ name: 'counter', definitions: [{ id: 'counting', version: 1, machine }] }],
    effects: [effect],
  });
  return new TestRuntime({ store, registry, owner: uuidv7(), newSessionId: () => parseSessionId(uuidv7()), ...options });
}

let peers = 0;
export function freshAddress(): Address {
  return parseAddress(`test:counter:${process.pid}-${peers++}`);
}
