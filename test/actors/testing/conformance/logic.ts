import {
  type AnyActorRef,
  assertEvent,
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromTransition,
  log,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { type Case, hear, heard, send, types } from './case.ts';

const machine = setup({ types, actions: { hear: assign(hear) } });

export const logic: Readonly<Record<string, Case>> = {
  'params, as data and as functions': {
    machine: () =>
      setup({
        types: { context: {} as { n: number }, events: {} as { type: 'GO'; by: number } },
        actions: {
          add: assign({ n: ({ context }, { by }: { by: number }) => context.n + by }),
          tell: (_, _params: { n: number; list: number[] }) => {},
        },
      }).createMachine({
        context: { n: 1 },
        on: {
          GO: {
            actions: [
              { type: 'add', params: ({ event }) => ({ by: event.by }) },
              { type: 'tell', params: ({ context }) => ({ n: context.n, list: [1, 2] }) },
              { type: 'tell', params: { n: 0, list: [] } },
            ],
          },
        },
      }),
    script: [send('GO', { by: 4 })],
    shows: (context, trace) => Reflect.get(Object(context), 'n') === 5 && trace[1]?.actions.length === 2,
  },
  'enqueueActions: check, raise, emit, sendTo, spawnChild, stopChild, cancel, assign': {
    machine: () =>
      setup({
        types,
        actions: { hear: assign(hear) },
        guards: { few: ({ context }) => context.heard.length < 2 },
        actors: { counter: fromTransition((n: number) => n + 1, 0) },
      }).createMachine({
        context: { heard: [] },
        on: {
          GO: {
            actions: enqueueActions(({ enqueue, check, self, event, context }) => {
              enqueue('hear');
              if (check('few')) enqueue.raise({ type: 'FEW' });
              enqueue.emit({ type: `note ${event.type} ${context.heard.length}` });
              enqueue.sendTo(self, { type: 'SELF' });
              enqueue.raise({ type: 'NEVER' }, { id: 'never', delay: 10 });
              enqueue.cancel('never');
              enqueue.spawnChild('counter', { id: 'c' });
              enqueue.sendTo('c', { type: 'UP' });
              enqueue.stopChild('c');
              enqueue({ type: 'custom', params: { a: 1 } } as never);
            }),
          },
          '*': { actions: 'hear' },
        },
      }),
    script: [send('GO'), send('GO')],
    shows: (context, trace) => heard('GO', 'FEW', 'SELF', 'GO', 'SELF')(context) && trace[1]?.emitted.length === 1,
  },
  'assertEvent, log, and the order of raise, sendTo self and emit': {
    machine: () =>
      machine.createMachine({
        context: { heard: [] },
        on: {
          GO: {
            actions: [
              ({ event }) => assertEvent(event, 'GO'),
              log('going'),
              sendTo(({ self }) => self, { type: 'SENT' }),
              raise({ type: 'RAISED' }),
              emit({ type: 'gone' }),
              'hear',
            ],
          },
          '*': { actions: 'hear' },
        },
      }),
    script: [send('GO')],
    shows: heard('GO', 'RAISED', 'SENT'),
  },
  'context from input, with a child spawned in it': {
    machine: () =>
      setup({
        types: { input: {} as { n: number }, context: {} as { n: number; child: unknown; none: undefined } },
        actors: {
          counter: fromTransition(
            (state: { count: number }) => ({ count: state.count + 1 }),
            ({ input }: { input: { from: number } }) => ({ count: input.from }),
          ),
        },
      }).createMachine({
        context: ({ input, spawn }) => ({
          n: input.n,
          none: undefined,
          child: spawn('counter', { id: 'c', input: { from: input.n }, systemId: 'counter' }),
        }),
        on: {
          UP: { actions: sendTo(({ system }) => system.get('counter'), { type: 'UP' }) },
          READ: { actions: assign({ n: ({ system }) => system.get('counter').getSnapshot().context.count }) },
        },
      }),
    input: { n: 7 },
    script: [send('UP'), send('UP'), send('READ')],
    shows: (context) => Reflect.get(Object(context), 'n') === 9,
  },
  'spawn without an id, and its reference in context': {
    machine: () =>
      setup({
        types: { context: {} as { refs: unknown[] } },
        actors: { child: createMachine({ on: { HI: { actions: 'greeted' } } }) },
      }).createMachine({
        context: { refs: [] },
        on: {
          SPAWN: { actions: assign({ refs: ({ context, spawn }) => [...context.refs, spawn('child')] }) },
          TELL: {
            actions: [
              sendTo(({ context }) => context.refs[0] as AnyActorRef, { type: 'HI' }),
              sendTo(({ context }) => context.refs[1] as AnyActorRef, { type: 'HI' }),
            ],
          },
        },
      }),
    script: [send('SPAWN'), send('SPAWN'), send('TELL')],
    shows: (_context, trace) => trace[3]?.actions.length === 2,
  },
  'keys that are undefined stay, and errors are errors again': {
    machine: () =>
      setup({
        types: {
          context: {} as { error: unknown; gone: unknown; keys: string[]; message: string },
          events: {} as { type: string; error?: Error },
        },
      }).createMachine({
        context: { error: undefined, gone: undefined, keys: [], message: '' },
        on: {
          FAIL: { actions: assign({ error: ({ event }) => event.error }) },
          READ: {
            actions: assign({ keys: ({ context }) => Object.keys(context), message: ({ context }) => (context.error as Error).message }),
          },
        },
      }),
    script: [send('FAIL', { error: new TypeError('bad') }), send('READ')],
    shows: (context) => Reflect.get(Object(context), 'message') === 'bad' && Reflect.get(Object(context), 'keys').includes('gone'),
  },
  'actions of an actor that is told in its own step': {
    machine: () =>
      setup({
        actions: { before: () => {}, after: () => {} },
        actors: { child: createMachine({ on: { HI: { actions: 'greeted' } } }) },
      }).createMachine({
        on: { GO: { actions: ['before', spawnChild('child', { id: 'c' }), sendTo('c', { type: 'HI' }), 'after'] } },
      }),
    script: [send('GO')],
    shows: (_context, trace) => trace[1]?.actions.map(({ type }) => type).join() === 'before,after,greeted',
  },
};
