import { assign, cancel, createMachine, raise, sendParent, sendTo, setup } from 'xstate';
import { advance, type Case, hear, heard, send, types } from './case.ts';

const machine = setup({
  types: { ...types, input: {} as { wait: number } },
  actions: { hear: assign(hear) },
  delays: { soon: 10, given: ({ event }) => Number(Reflect.get(event, 'ms') ?? 30) },
});

export const timers: Readonly<Record<string, Case>> = {
  'delays by number, name, and expression': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: { after: { soon: 'b' } },
          b: {
            on: {
              GO: {
                actions: [
                  raise({ type: 'GIVEN' }, { delay: 'given', id: 'g' }),
                  raise({ type: 'SUM' }, { delay: ({ context }) => 5 + context.heard.length, id: 's' }),
                ],
              },
              '*': { actions: 'hear' },
            },
          },
        },
      }),
    script: [advance(9), advance(1), send('GO', { ms: 20 }), advance(5), advance(15)],
    shows: heard('SUM', 'GIVEN'),
  },
  'after 0 and raise with delay 0 wait for time to pass, by 0 too': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: { after: { 0: { target: 'b', actions: 'hear' } } },
          b: { entry: raise({ type: 'ZERO' }, { delay: 0, id: 'z' }), on: { ZERO: { actions: 'hear' } } },
        },
      }),
    script: [send('NOTHING'), advance(0), advance(0)],
    shows: heard('xstate.after.0.(machine).a', 'ZERO'),
  },
  'many that are due at one moment, and one that is armed again': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        entry: [3, 1, 2].map((n) => raise({ type: `T${n}` }, { id: `t${n}`, delay: 10 * Math.ceil(n / 2) })),
        on: { T1: { actions: ['hear', raise({ type: 'AGAIN' }, { id: 'again', delay: 10 })] }, '*': { actions: 'hear' } },
      }),
    script: [advance(100), advance(100)],
    shows: (context) => (Reflect.get(Object(context), 'heard') as string[]).includes('AGAIN'),
  },
  'an id that is taken over, and cancel': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        entry: [raise({ type: 'FIRST' }, { id: 'x', delay: 10 }), raise({ type: 'SECOND' }, { id: 'x', delay: 20 })],
        on: { CANCEL: { actions: cancel('x') }, '*': { actions: 'hear' } },
      }),
    script: [send('CANCEL'), advance(30)],
    shows: heard('FIRST'),
  },
  'delayed events to a child, to the parent and to itself, and their cancelling': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          child: createMachine({
            on: { PING: { actions: sendParent({ type: 'PONG' }, { delay: 10, id: 'pong' }) }, HUSH: { actions: cancel('pong') } },
          }),
        },
      }).createMachine({
        context: { heard: [] },
        invoke: { src: 'child', id: 'c' },
        on: {
          GO: {
            actions: [
              sendTo('c', { type: 'PING' }, { delay: 5, id: 'p' }),
              sendTo(({ self }) => self, { type: 'ME' }, { delay: 7, id: 'me' }),
            ],
          },
          STOP: { actions: [cancel('p'), sendTo('c', { type: 'HUSH' })] },
          '*': { actions: 'hear' },
        },
      }),
    script: [
      send('GO'),
      advance(5),
      advance(5),
      advance(5),
      send('GO'),
      send('STOP'),
      advance(50),
      send('GO'),
      advance(5),
      send('STOP'),
      advance(50),
    ],
    shows: heard('ME', 'PONG', 'ME', 'ME'),
  },
  'a timer of a state that is left and entered again begins anew': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: { a: { after: { 100: 'late' }, on: { GO: { target: 'a', reenter: true } } }, late: {} },
      }),
    script: [advance(60), send('GO'), advance(60), advance(40)],
    shows: (_context, trace) => trace[3]?.value === 'a' && trace[4]?.value === 'late',
  },
};
