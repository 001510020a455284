import { and, assign, createMachine, not, or, setup, stateIn } from 'xstate';
import { type Case, hear, heard, send, types } from './case.ts';

const machine = setup({ types, actions: { hear: assign(hear) } });

export const states: Readonly<Record<string, Case>> = {
  'wildcards, partial and whole, and forbidden events': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        on: { 'mouse.*': { actions: 'hear' }, '*': { actions: 'hear', target: '.b' } },
        states: { a: { on: { 'key.down.*': 'b', forbidden: {} } }, b: { tags: ['b'] } },
      }),
    script: [send('forbidden'), send('mouse.move'), send('key.down.x'), send('other')],
    shows: heard('mouse.move', 'other'),
  },
  'reenter, and a target that stays inside': {
    machine: () =>
      createMachine({
        id: 'm',
        initial: 'p',
        states: {
          p: {
            initial: 'x',
            entry: 'enter p',
            exit: 'exit p',
            on: { IN: '.y', AGAIN: { target: '.y', reenter: true }, SELF: { target: 'p', reenter: true } },
            states: { x: { entry: 'enter x', exit: 'exit x' }, y: { entry: 'enter y', exit: 'exit y' } },
          },
        },
      }),
    script: [send('IN'), send('AGAIN'), send('SELF')],
    shows: (_context, trace) => trace[3]?.actions.map(({ type }) => type).join() === 'exit y,exit p,enter p,enter x',
  },
  'entry and exit order in parallel states': {
    machine: () =>
      createMachine({
        id: 'm',
        initial: 'p',
        states: {
          p: {
            type: 'parallel',
            entry: 'p',
            exit: '-p',
            states: {
              a: { entry: 'a', exit: '-a', initial: 'a1', states: { a1: { entry: 'a1', exit: '-a1', on: { GO: 'a2' } }, a2: {} } },
              b: { entry: 'b', exit: '-b', initial: 'b1', states: { b1: { entry: 'b1', exit: '-b1', on: { GO: 'b2' } }, b2: {} } },
            },
            on: { OUT: 'q' },
          },
          q: {},
        },
      }),
    script: [send('GO'), send('OUT')],
    shows: (_context, trace) => trace[0]?.actions.map(({ type }) => type).join() === 'p,a,a1,b,b1',
  },
  'guards: stateIn, and, or, not, with params': {
    machine: () =>
      setup({
        types: { context: {} as { n: number } },
        guards: { above: ({ context }, { min }: { min: number }) => context.n > min },
      }).createMachine({
        context: { n: 2 },
        type: 'parallel',
        states: {
          a: { initial: 'a1', states: { a1: { on: { GO: 'a2' } }, a2: {} } },
          b: {
            initial: 'b1',
            states: {
              b1: {
                on: {
                  GO: {
                    guard: and([
                      stateIn({ a: 'a2' }),
                      or([not({ type: 'above', params: { min: 1 } }), { type: 'above', params: { min: 1 } }]),
                    ]),
                    target: 'b2',
                  },
                },
              },
              b2: { tags: ['b2'] },
            },
          },
        },
      }),
    script: [send('GO'), send('GO')],
    shows: (_context, trace) => trace[1]?.tags.length === 0 && trace[2]?.tags[0] === 'b2',
  },
  'history, shallow and deep, with and without a default': {
    machine: () =>
      createMachine({
        id: 'm',
        initial: 'on',
        states: {
          on: {
            initial: 'a',
            states: {
              a: { on: { NEXT: 'b' } },
              b: { initial: 'b1', states: { b1: { on: { NEXT: 'b2' } }, b2: {} } },
              shallow: { type: 'history' },
              deep: { type: 'history', history: 'deep', target: 'b' },
            },
            on: { OFF: 'off' },
          },
          off: { on: { SHALLOW: 'on.shallow', DEEP: 'on.deep' } },
        },
      }),
    script: [send('OFF'), send('DEEP'), send('NEXT'), send('NEXT'), send('OFF'), send('SHALLOW'), send('NEXT'), send('OFF'), send('DEEP')],
    shows: (_context, trace) => JSON.stringify(trace.at(-1)?.value) === '{"on":{"b":"b2"}}',
  },
  'final states in parallel, onDone with output': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'p',
        states: {
          p: {
            type: 'parallel',
            states: {
              a: {
                initial: 'x',
                onDone: { actions: 'hear' },
                states: { x: { on: { A: 'y' } }, y: { type: 'final', output: { from: 'a' } } },
              },
              b: { initial: 'x', states: { x: { on: { B: 'y' } }, y: { type: 'final' } } },
            },
            onDone: { target: 'q', actions: 'hear' },
          },
          q: {},
        },
      }),
    script: [send('A'), send('B')],
    shows: (_context, trace) => trace.at(-1)?.value === 'q',
  },
  'always, in chains, with the event that began them': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: { always: { target: 'c', actions: 'hear' } },
          c: { always: { guard: ({ context }) => context.heard.length < 3, actions: 'hear' } },
        },
      }),
    script: [send('GO')],
    shows: heard('GO', 'GO', 'GO'),
  },
  'a machine that is parallel at its root, with an initial transition and a description': {
    machine: () =>
      createMachine({
        type: 'parallel',
        description: 'two lamps',
        meta: { any: 'thing' },
        states: { a: { initial: { target: 'on', actions: 'lit' }, states: { on: { on: { SWITCH: 'off' } }, off: {} } }, b: {} },
      }),
    script: [send('SWITCH')],
    shows: (_context, trace) => trace[0]?.actions[0]?.type === 'lit',
  },
};
