import {
  assign,
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type Observer,
  sendParent,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { type Case, type Heard, hear, heard, send, types } from './case.ts';

/** Sends SAID, then answers each question at once. */
const talking = fromCallback(({ sendBack, receive }) => {
  sendBack({ type: 'SAID' });
  receive(({ type }) => sendBack({ type: `RE:${type}` }));
});
const telling = fromCallback(({ system, receive }) => {
  receive(() => system.get('bell').send({ type: 'FROM_CODE' }));
});
const bell = createMachine({ on: { '*': { actions: { type: 'rung', params: ({ event }) => ({ by: event.type }) } } } });
function observable<T>(...values: readonly T[]) {
  return {
    subscribe: (observer: Observer<T> | ((value: T) => void)) => {
      const { next, complete } = typeof observer === 'function' ? { next: observer, complete: undefined } : observer;
      for (const value of values) next?.(value);
      complete?.();
      return { unsubscribe: () => {} };
    },
  };
}
const machine = setup({
  types,
  actions: { hear: assign(hear) },
  actors: {
    talking,
    telling,
    bell,
    ok: fromPromise(async ({ input }: { input: unknown }) => ({ echoed: input })),
    bad: fromPromise(async () => Promise.reject(new Error('rejected'))),
    badAtOnce: fromPromise(() => {
      throw new Error('at once');
    }),
    badWhenTold: fromCallback(({ receive }) => {
      receive(() => {
        throw new Error('told');
      });
    }),
    numbers: fromObservable(() => observable(1, 2, 3)),
    events: fromEventObservable(() => observable({ type: 'E1' }, { type: 'E2' })),
    counter: fromTransition(
      (state: { count: number }, event: { type: string }) => (event.type === 'UP' ? { count: state.count + 1 } : state),
      { count: 0 },
    ),
  },
});

export const code: Readonly<Record<string, Case>> = {
  'a callback that is started and told something in one step answers each in its place': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        invoke: { src: 'talking', id: 't' },
        initial: 'a',
        states: { a: { entry: [sendTo('t', { type: 'Q1' }), sendTo(({ self }) => self, { type: 'MINE' }), sendTo('t', { type: 'Q2' })] } },
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('LATER')],
    shows: heard('SAID', 'RE:Q1', 'MINE', 'RE:Q2', 'LATER'),
  },
  'a callback by its system id, told in the step that starts it and another': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'ok', input: 1, onDone: { actions: 'hear' } },
          { src: 'talking', systemId: 'first' },
        ],
        initial: 'a',
        states: {
          a: { always: { target: 'b', actions: spawnChild('talking', { id: 'second' }) } },
          b: { entry: sendTo(({ system }) => system.get('first'), { type: 'Q' }) },
        },
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('LATER')],
    shows: (context) => JSON.stringify(Reflect.get(Object(context), 'heard')).includes('"SAID"'),
  },
  'a callback that throws when told in the step that starts it': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'bell', onDone: {} },
          { src: 'badWhenTold', id: 'b', onError: { actions: 'hear' } },
        ],
        initial: 'a',
        states: { a: { entry: sendTo('b', { type: 'Q' }), on: { xyz: 'a' } } },
      }),
    script: [send('LATER')],
    shows: heard('xstate.error.actor.b told'),
  },
  'a callback that is started, told and stopped in one step has said what it said': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: {
            invoke: { src: 'talking', id: 't' },
            entry: [sendTo('t', { type: 'Q' }), sendTo(({ self }) => self, { type: 'OUT' })],
            on: { OUT: { target: 'a', actions: 'hear' } },
          },
        },
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('GO'), send('GO')],
    shows: (context) => JSON.stringify(Reflect.get(Object(context), 'heard')).includes('"RE:Q"'),
  },
  'a callback whose state is left at once, and that is told so on the way': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: { invoke: { src: 'talking', id: 't' }, exit: sendTo('t', { type: 'BYE' }), on: { OUT: 'a' } },
        },
        on: { '*': { actions: 'hear' } },
      }),
    script: [send('GO'), send('OUT'), send('GO')],
    shows: heard('SAID', 'RE:BYE', 'SAID'),
  },
  'a child machine’s callback answers before its siblings act': {
    machine: () => {
      const child = setup({ actors: { talking }, actions: { 'child heard': () => {}, 'child knows': () => {} } }).createMachine({
        invoke: { src: 'talking', id: 't' },
        on: {
          SAID: { actions: 'child heard' },
          ASK: { actions: sendTo('t', { type: 'Q' }) },
          'RE:Q': { actions: ['child knows', sendParent({ type: 'KNOWN' })] },
        },
      });
      const sibling = createMachine({ entry: 'sibling began', on: { ASK: { actions: 'sibling asked' } } });
      return setup({
        types,
        actions: { hear: assign(hear), 'root before': () => {}, 'root after': () => {} },
        actors: { child, sibling },
      }).createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'child', id: 'c' },
          { src: 'sibling', id: 's' },
        ],
        on: {
          GO: { actions: ['root before', sendTo('c', { type: 'ASK' }), sendTo('s', { type: 'ASK' }), 'root after'] },
          KNOWN: { actions: 'hear' },
        },
      });
    },
    script: [send('GO')],
    shows: (_context, trace) => trace[1]?.actions.map(({ type }) => type).join() === 'root before,root after,child knows,sibling asked',
  },
  'a callback that talks to another actor by its system id': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        invoke: [
          { src: 'telling', id: 't' },
          { src: 'bell', id: 'b', systemId: 'bell' },
        ],
        on: { GO: { actions: [sendTo('b', { type: 'BEFORE' }), sendTo('t', { type: 'Q' }), sendTo('b', { type: 'AFTER' })] } },
      }),
    script: [send('GO')],
    shows: (_context, trace) =>
      trace[1]?.actions.map(({ params }) => Reflect.get(Object(params), 'by')).join() === 'BEFORE,FROM_CODE,AFTER',
  },
  'promises: done, error, thrown at once, with mapped input': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        initial: 'a',
        states: {
          a: {
            invoke: {
              src: 'ok',
              id: 'p',
              input: ({ context, event }: { context: Heard; event: { type: string } }) => ({ n: context.heard.length, of: event.type }),
              onDone: { target: 'b', actions: 'hear' },
            },
          },
          b: { invoke: { src: 'bad', id: 'p', onError: { target: 'c', actions: 'hear' } } },
          c: { on: { GO: 'd' } },
          d: {
            entry: sendTo(({ self }) => self, { type: 'MINE' }),
            invoke: { src: 'badAtOnce', id: 'p', onError: { actions: 'hear' } },
            on: { MINE: { actions: 'hear' } },
          },
        },
      }),
    script: [send('GO')],
    shows: (context) => JSON.stringify(Reflect.get(Object(context), 'heard')).includes('at once'),
  },
  'observables: onSnapshot, onDone, events; transitions: snapshots on every event': {
    machine: () =>
      setup({
        types: { ...types, context: {} as { seen: unknown[] } },
        actors: {
          numbers: fromObservable(() => observable(1, 2, 3)),
          events: fromEventObservable(() => observable({ type: 'E1' }, { type: 'E2' })),
          counter: fromTransition((n: number) => n + 1, 0),
        },
        actions: {
          see: assign({
            seen: ({ context, event }: { context: { seen: unknown[] }; event: { type: string } }) => [
              ...context.seen,
              [event.type, Reflect.get(Object(Reflect.get(event, 'snapshot')), 'context') ?? null],
            ],
          }),
        },
      }).createMachine({
        context: { seen: [] },
        invoke: [
          { src: 'numbers', id: 'n', onSnapshot: { actions: 'see' }, onDone: { actions: 'see' } },
          { src: 'events', id: 'e' },
          { src: 'counter', id: 'c', onSnapshot: { actions: 'see' } },
        ],
        on: { UP: { actions: sendTo('c', { type: 'UP' }) }, '*': { actions: 'see' } },
      }),
    script: [send('UP'), send('UP')],
    shows: (context) => Reflect.get(Object(context), 'seen').length > 8,
  },
};
