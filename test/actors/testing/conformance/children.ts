import { assign, createMachine, enqueueActions, forwardTo, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { advance, type Case, hear, heard, send, types } from './case.ts';

const throwing = (): never => {
  throw new Error('bad action');
};
/** Rings 10 ms after it began. */
const ringing = createMachine({ id: 'ringing', after: { 10: { actions: 'ring' } } });

export const children: Readonly<Record<string, Case>> = {
  'sendParent, forwardTo, input, output, onDone': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          child: createMachine({
            id: 'child',
            types: { input: {} as { from: number }, context: {} as { n: number } },
            context: ({ input }) => ({ n: input.from }),
            entry: sendParent({ type: 'BEGAN' }),
            initial: 'a',
            states: { a: { on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, END: 'z' } }, z: { type: 'final' } },
            output: ({ context }) => ({ sum: context.n }),
          }),
        },
      }).createMachine({
        context: { heard: [] },
        initial: 'in',
        states: { in: { invoke: { src: 'child', id: 'c', input: { from: 40 }, onDone: { target: 'out', actions: 'hear' } } }, out: {} },
        on: { ADD: { actions: forwardTo('c') }, END: { actions: forwardTo('c') }, '*': { actions: 'hear' } },
      }),
    script: [send('ADD'), send('ADD'), send('END')],
    shows: heard('BEGAN', 'xstate.done.actor.c {"sum":42}'),
  },
  'several invokes in one state, with ids and without': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          one: createMachine({ entry: sendParent({ type: 'ONE' }) }),
          two: createMachine({ entry: sendParent({ type: 'TWO' }), initial: 'z', states: { z: { type: 'final' } } }),
        },
      }).createMachine({
        context: { heard: [] },
        initial: 'a',
        states: { a: { invoke: [{ src: 'one' }, { src: 'two' }, { src: 'one', id: 'named' }], on: { OUT: 'b' } }, b: {} },
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('OUT')],
    shows: (context) => (Reflect.get(Object(context), 'heard') as string[]).includes('xstate.done.actor.1.(machine).a'),
  },
  'a child that throws: onError of its parent, or its parent’s end': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: { child: createMachine({ on: { BAD: { actions: assign(throwing) } } }) },
      }).createMachine({
        context: { heard: [] },
        initial: 'minded',
        states: {
          minded: { invoke: { src: 'child', id: 'c', onError: { target: 'not', actions: 'hear' } } },
          not: { invoke: { src: 'child', id: 'c' } },
        },
        on: { BAD: { actions: sendTo('c', { type: 'BAD' }) } },
      }),
    script: [send('BAD'), send('BAD')],
    shows: (_context, trace) => trace[1]?.value === 'not' && trace[2]?.status === 'error',
  },
  'the children of a child that failed run on': {
    machine: () =>
      setup({
        actors: {
          child: setup({ actors: { ringing } }).createMachine({
            invoke: { src: 'ringing', id: 'r' },
            on: { BAD: { actions: assign(throwing) } },
          }),
        },
      }).createMachine({
        initial: 'a',
        states: { a: { invoke: { src: 'child', id: 'c', onError: 'b' }, on: { BAD: { actions: sendTo('c', { type: 'BAD' }) } } }, b: {} },
      }),
    script: [send('BAD'), send('NOTHING'), advance(10)],
    shows: (_context, trace) => trace[2]?.value === 'b' && trace[3]?.actions[0]?.type === 'ring',
  },
  'a child that failed before it began keeps the system ids of its children': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          child: setup({ actors: { ringing } }).createMachine({
            invoke: { src: 'ringing', systemId: 'taken' },
            initial: 'a',
            states: { a: { entry: assign(throwing) } },
          }),
        },
      }).createMachine({
        context: { heard: [] },
        initial: 'a',
        states: { a: { invoke: { src: 'child', id: 'c', onError: { actions: 'hear' } }, on: { AGAIN: { target: 'a', reenter: true } } } },
      }),
    script: [send('NOTHING'), send('AGAIN')],
    shows: heard('xstate.error.actor.c bad action', "xstate.error.actor.c Actor with system ID 'taken' already exists."),
  },
  'an ended child leaves its system ids to the next': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        actors: {
          child: setup({ actors: { ringing } }).createMachine({
            invoke: { src: 'ringing', systemId: 'free' },
            initial: 'z',
            states: { z: { type: 'final' } },
          }),
        },
      }).createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: {
            invoke: { src: 'child', id: 'c', onDone: { actions: 'hear' }, onError: { actions: 'hear' } },
            on: { AGAIN: { target: 'a', reenter: true } },
          },
        },
      }),
    script: [send('AGAIN'), send('NOTHING'), send('AGAIN')],
    shows: heard('xstate.done.actor.c', 'xstate.done.actor.c', 'xstate.done.actor.c'),
  },
  'spawnChild and stopChild by id and by expression, syncSnapshot, a system id that is found and given back': {
    machine: () =>
      setup({ types, actions: { hear: assign(hear) }, actors: { ringing } }).createMachine({
        context: { heard: [] },
        on: {
          SPAWN: { actions: spawnChild('ringing', { id: 'r', systemId: 'bell', syncSnapshot: true }) },
          STOP: { actions: stopChild('r') },
          STOP_IT: { actions: stopChild(({ system }) => system.get('bell')) },
          ASK: { actions: enqueueActions(({ enqueue, system }) => enqueue.raise({ type: system.get('bell') ? 'THERE' : 'GONE' })) },
          '*': { actions: 'hear' },
        },
      }),
    script: [send('SPAWN'), send('ASK'), advance(10), send('STOP'), send('ASK'), send('SPAWN'), send('STOP_IT'), send('ASK'), advance(10)],
    shows: (context) => ['THERE', 'GONE'].every((type) => (Reflect.get(Object(context), 'heard') as string[]).includes(type)),
  },
  'a grandchild that talks to its grandparent through its parent': {
    machine: () => {
      const grandchild = createMachine({ on: { UP: { actions: sendParent({ type: 'UP' }) } } });
      const child = setup({ actors: { grandchild }, actions: { 'passed on': () => {} } }).createMachine({
        invoke: { src: 'grandchild', id: 'g' },
        on: { DOWN: { actions: sendTo('g', { type: 'UP' }) }, UP: { actions: ['passed on', sendParent({ type: 'UP' })] } },
      });
      return setup({ types, actions: { hear: assign(hear) }, actors: { child } }).createMachine({
        context: { heard: [] },
        invoke: { src: 'child', id: 'c' },
        on: { GO: { actions: sendTo('c', { type: 'DOWN' }) }, UP: { actions: 'hear' } },
      });
    },
    script: [send('GO'), send('GO')],
    shows: heard('UP', 'UP'),
  },
};
