import { assign, createMachine, fromPromise, setup } from 'xstate';
import { advance, type Case, send } from './case.ts';

export const ends: Readonly<Record<string, Case>> = {
  'output of the root, and events and time after its end': {
    machine: () =>
      createMachine({
        id: 'm',
        context: { n: 3 },
        initial: 'a',
        states: {
          a: { on: { END: 'z' }, after: { 10: 'a' } },
          z: { type: 'final', output: ({ event }) => ({ by: event.type }), entry: 'ended' },
        },
        output: ({ context, event }) => ({ n: context.n, last: event.output }),
      }),
    script: [send('END'), send('END'), advance(100)],
    shows: (_context, trace) => trace[1]?.status === 'done' && JSON.stringify(trace[3]?.output) === '{"n":3,"last":{"by":"END"}}',
  },
  'done at once': {
    machine: () => createMachine({ initial: 'z', states: { z: { type: 'final' } }, output: 'at once' }),
    script: [send('A')],
    shows: (_context, trace) => trace[0]?.status === 'done',
  },
  'a promise that nobody minds fails the machine': {
    machine: () =>
      setup({
        actions: { entered: () => {} },
        actors: { bad: fromPromise(async () => Promise.reject(new Error('no luck'))) },
      }).createMachine({
        initial: 'a',
        states: { a: { tags: ['a'], on: { GO: 'b' } }, b: { entry: 'entered', invoke: { src: 'bad' } } },
      }),
    script: [send('GO'), send('GO')],
    shows: (_context, trace) => trace[1]?.status === 'error' && String(trace[1]?.error).includes('no luck'),
  },
  'an assign that throws fails the machine, after the actions before it': {
    machine: () =>
      createMachine({
        on: {
          GO: {
            actions: [
              'first',
              assign(() => {
                throw new Error('bad assign');
              }),
              'never',
            ],
          },
        },
      }),
    script: [send('GO'), send('GO')],
    shows: (_context, trace) => trace[1]?.status === 'error' && trace[1]?.actions.length === 1,
  },
  'a guard that throws fails the machine': {
    machine: () =>
      createMachine({
        on: {
          GO: {
            guard: () => {
              throw new Error('bad guard');
            },
          },
        },
      }),
    script: [send('GO')],
    shows: (_context, trace) => trace[1]?.status === 'error',
  },
};
