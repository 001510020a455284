import { assign, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import { type Case, hear, heard, send, types } from './case.ts';

/** Settles after `input` microtasks. */
const ticks = fromPromise(async ({ input }: { input: number }) => {
  for (let tick = 0; tick < input; tick++) await Promise.resolve();
  return input;
});
const fails = fromPromise(async () => {
  throw new Error('rejected');
});

export const raced: Readonly<Record<string, Case>> = {
  'a chain of short promises overtakes a long one': {
    machine: () =>
      setup({ types, actions: { hear: assign(hear) }, actors: { ticks } }).createMachine({
        context: { heard: [] },
        type: 'parallel',
        states: {
          long: { invoke: { src: 'ticks', id: 'long', input: 5, onDone: { actions: 'hear' } } },
          short: {
            initial: 'a',
            states: {
              a: { invoke: { src: 'ticks', id: 'a', input: 0, onDone: { target: 'b', actions: 'hear' } } },
              b: { invoke: { src: 'ticks', id: 'b', input: 1, onDone: { target: 'c', actions: 'hear' } } },
              c: { invoke: { src: 'ticks', id: 'c', input: 9, onDone: { actions: 'hear' } } },
            },
          },
        },
      }),
    script: [send('LATER')],
    shows: heard('xstate.done.actor.a 0', 'xstate.done.actor.b 1', 'xstate.done.actor.long 5', 'xstate.done.actor.c 9'),
  },
  'a child machine that fails again and again against a promise of its parent': {
    machine: () => {
      const child = setup({ types: { context: {} as { left: number } }, actors: { fails } }).createMachine({
        context: { left: 3 },
        initial: 'a',
        states: {
          a: {
            invoke: {
              src: 'fails',
              onError: [
                {
                  guard: ({ context }) => context.left > 0,
                  target: 'a',
                  reenter: true,
                  actions: [assign({ left: ({ context }) => context.left - 1 }), sendParent({ type: 'AGAIN' })],
                },
                { actions: sendParent({ type: 'GAVE_UP' }) },
              ],
            },
          },
        },
      });
      return setup({ types, actions: { hear: assign(hear) }, actors: { child, ticks } }).createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'ticks', id: 'long', input: 2 },
          { src: 'child', id: 'c' },
        ],
        on: { '*': { actions: 'hear' } },
      });
    },
    script: [send('LATER')],
    shows: heard('AGAIN', 'AGAIN', 'xstate.done.actor.long 2', 'AGAIN', 'GAVE_UP', 'LATER'),
  },
  'promises that settle at once, beside a callback that the step waits for': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          ticks,
          plain: fromPromise(() => Promise.resolve('plain')),
          late: fromCallback(({ sendBack }) => void Promise.resolve().then(() => sendBack({ type: 'LATE' }))),
        },
      }).createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'ticks', id: 'first', input: 0 },
          { src: 'plain', id: 'second' },
          { src: 'late', id: 'third' },
          { src: 'ticks', id: 'fourth', input: 0 },
        ],
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('LATER')],
    shows: (context) => (Reflect.get(Object(context), 'heard') as string[]).at(-1) === 'LATER',
  },
};
