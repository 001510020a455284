/**
 * The host refuses by name what it can't run or keep. It does so at registration where that can be
 * seen, else at the step that does it.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { runDurably } from '#actors/testing/run-durably.ts';
import { OneSession } from '../one-session.ts';

const register = (machine: AnyStateMachine) =>
  new Registry({ assistants: [{ name: 'a', definitions: [{ id: 'm', version: 1, machine }] }], effects: [] });
const child = createMachine({ id: 'child' });
const quiet = fromCallback(() => {});

const atRegistration: Record<string, { readonly machine: () => AnyStateMachine; readonly says: RegExp }> = {
  'an action without effect or implementation': {
    machine: () => createMachine({ entry: 'unheard' }),
    says: /does "unheard".*register an effect/,
  },
  'an unimplemented guard': {
    machine: () => createMachine({ on: { A: { guard: 'missing' } } }),
    says: /guard "missing".*setup\(\{ guards \}\)/,
  },
  'an unimplemented delay': { machine: () => createMachine({ after: { missing: {} } }), says: /delay "missing".*setup\(\{ delays \}\)/ },
  'an unimplemented actor': {
    machine: () => createMachine({ invoke: { src: 'missing' } }),
    says: /invokes "missing".*setup\(\{ actors \}\)/,
  },
  'inline logic spawned': { machine: () => createMachine({ entry: spawnChild(child, { id: 'x' }) }), says: /spawns inline logic/ },
  'a child spawned without an id': {
    machine: () => setup({ actors: { child } }).createMachine({ entry: spawnChild('child') }),
    says: /without an id/,
  },
  'a root that sends to its parent': { machine: () => createMachine({ entry: sendParent({ type: 'X' }) }), says: /sends to its parent/ },
  'logic of one’s own that has a start': {
    machine: () => createMachine({ invoke: { src: { ...quiet, transition: (state) => state } } }),
    says: /logic of your own/,
  },
  'a child machine with any of these': {
    machine: () => setup({ actors: { child: createMachine({ entry: 'unheard' }) } }).createMachine({ invoke: { src: 'child' } }),
    says: /does "unheard"/,
  },
};

test.each(Object.entries(atRegistration))('%s is refused at registration', (_name, { machine, says }) => {
  expect(() => register(machine())).toThrow(HostRefusal);
  expect(() => register(machine())).toThrow(says);
});

const keep = (value: unknown): AnyStateMachine =>
  createMachine({ id: 'm', context: { kept: null as unknown }, on: { GO: { actions: assign({ kept: () => value }) } } });
const tell = (params: unknown): AnyStateMachine =>
  createMachine({ id: 'm', on: { GO: { actions: { type: 'told', params: () => params } } } });
const GO = { send: { type: 'GO' } };

const kept: Record<string, readonly [unknown, RegExp]> = {
  'a date': [new Date(0), /Date/],
  'a map': [new Map(), /Map/],
  'a set': [new Set([1]), /Set/],
  'a function': [() => {}, /function/],
  'a class instance': [new (class Point {})(), /Point/],
  NaN: [Number.NaN, /NaN/],
  Infinity: [Number.POSITIVE_INFINITY, /Infinity/],
  'a bigint': [1n, /bigint/],
  'a hole in an array': [[1, undefined], /undefined/],
};

test.each(Object.entries(kept))('%s is refused in context, in params, in an event', async (_name, [value, says]) => {
  await expect(runDurably(keep(value), [GO])).rejects.toThrow(HostRefusal);
  await expect(runDurably(keep(value), [GO])).rejects.toThrow(says);
  await expect(runDurably(tell({ value }), [GO])).rejects.toThrow(says);
  await expect(runDurably(tell({ value }), [{ send: { type: 'GO', value } }])).rejects.toThrow(says);
});

const atTheStep: Record<string, { readonly machine: () => AnyStateMachine; readonly says: RegExp }> = {
  'a function made while the machine runs': {
    machine: () => createMachine({ id: 'm', on: { GO: { actions: enqueueActions(({ enqueue }) => enqueue(() => {})) } } }),
    says: /function made while the machine runs/,
  },
  'a reference to an actor that is gone': {
    machine: () =>
      setup({ types: { context: {} as { ref: unknown } }, actors: { child } }).createMachine({
        id: 'm',
        context: { ref: null },
        on: { GO: { actions: assign({ ref: ({ self }) => self }) } },
      }),
    says: /refers to an actor that is no child/,
  },
  'an id taken from a child that still runs': {
    machine: () =>
      setup({ actors: { child } }).createMachine({
        id: 'm',
        entry: spawnChild('child', { id: 'x' }),
        on: { GO: { actions: spawnChild('child', { id: 'x' }) } },
      }),
    says: /another child took its id/,
  },
  'an id taken from code that still runs': {
    machine: () =>
      setup({ actors: { quiet } }).createMachine({
        id: 'm',
        entry: spawnChild('quiet', { id: 'x' }),
        on: { GO: { actions: spawnChild('quiet', { id: 'x' }) } },
      }),
    says: /another child took its id/,
  },
  'inline logic spawned in an assign': {
    machine: () =>
      createMachine({
        id: 'm',
        context: { ref: null as unknown },
        on: { GO: { actions: assign({ ref: ({ spawn }) => spawn(child, { id: 'x' }) }) } },
      }),
    says: /setup\(\{ actors \}\)/,
  },
  'an action that looks for another actor': {
    machine: () =>
      setup({ actors: { child }, actions: { ring: ({ system }) => system.get('bell')?.send({ type: 'RING' }) } }).createMachine({
        id: 'm',
        invoke: { src: 'child', systemId: 'bell' },
        on: { GO: { actions: 'ring' } },
      }),
    says: /"ring" looks for the actor "bell"/,
  },
  'an action of a child machine that sends to itself': {
    machine: () => {
      const talker = setup({ actions: { mutter: ({ self }) => self.send({ type: 'HM' }) } }).createMachine({
        on: { GO: { actions: 'mutter' } },
      });
      return setup({ actors: { talker } }).createMachine({
        id: 'm',
        invoke: { src: 'talker', id: 't' },
        on: { GO: { actions: sendTo('t', { type: 'GO' }) } },
      });
    },
    says: /"mutter" of the child machine "talker" sends to itself/,
  },
  'code that speaks while it is stopped': {
    machine: () =>
      setup({
        actors: {
          last: fromCallback(
            ({ sendBack }) =>
              () =>
                sendBack({ type: 'LAST' }),
          ),
        },
      }).createMachine({ id: 'm', initial: 'a', states: { a: { invoke: { src: 'last', id: 'l' }, on: { GO: 'b' } }, b: {} } }),
    says: /"l" sends "LAST" while it is stopped/,
  },
  'a promise that sends before it has waited': {
    machine: () =>
      setup({ actors: { child, early: fromPromise(async ({ system }) => system.get('child').send({ type: 'EARLY' })) } }).createMachine({
        id: 'm',
        initial: 'a',
        invoke: { src: 'child', systemId: 'child' },
        states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'early', id: 'e' } } },
      }),
    says: /"e" sends "EARLY" to another actor before it has waited/,
  },
  'a machine that decides otherwise when a step is played again': {
    machine: () => {
      let played = 0;
      return setup({ actors: { quiet } }).createMachine({
        id: 'm',
        on: {
          GO: [
            { guard: () => played++ === 0, actions: spawnChild('quiet', { id: 'x' }) },
            { actions: [raise({ type: 'LATER' }, { delay: 1, id: 'later' }), spawnChild('quiet', { id: 'y' })] },
          ],
        },
      });
    },
    says: /did something else when its step was played again/,
  },
  'an action whose implementation throws': {
    machine: () =>
      setup({
        actions: {
          bad: () => {
            throw new Error('bad action');
          },
        },
      }).createMachine({ id: 'm', on: { GO: { actions: 'bad' } } }),
    says: /bad action.*can't fail the machine/,
  },
};

test('a machine that another copy of xstate made is refused, also inside a machine', async () => {
  // The package has two builds. A program that loads both has two copies.
  const build = pathToFileURL(join(dirname(createRequire(import.meta.url).resolve('xstate')), 'xstate.esm.js')).href;
  const other = (await import(build)) as { readonly createMachine: typeof createMachine };
  const foreign = other.createMachine({ id: 'foreign' });
  expect(() => register(foreign)).toThrow(/the machine was made by another copy of xstate/);
  const outer = setup({ actors: { foreign } }).createMachine({ invoke: { src: 'foreign' } });
  expect(() => register(outer)).toThrow(/which was made by another copy of xstate/);
});

test.each(Object.entries(atTheStep))('%s is refused at the step', async (_name, { machine, says }) => {
  await expect(runDurably(machine(), [GO])).rejects.toThrow(HostRefusal);
  await expect(runDurably(machine(), [GO])).rejects.toThrow(says);
});

test('a throw parks the event by default, and ends the session as in createActor with onThrow fail', async () => {
  const machine = createMachine({
    id: 'm',
    on: {
      GO: {
        guard: () => {
          throw new Error('bad guard');
        },
      },
    },
  });
  const [, failed] = await runDurably(machine, [GO]);
  expect(failed).toMatchObject({ status: 'error' });
  expect(String(failed?.error)).toContain('bad guard');

  const session = new OneSession(machine);
  await session.open();
  expect((await session.send({ type: 'GO' })).parked).toContain('bad guard');
  expect(await session.snapshot()).toMatchObject({ machine: { status: 'active' } });
  session.close();
});

const echo = createMachine({ id: 'echo', on: { PING: { actions: sendParent({ type: 'PONG' }) } } });
const endless: Record<string, AnyStateMachine> = {
  'a machine that sends to itself': createMachine({ id: 'm', on: { GO: { actions: sendTo(({ self }) => self, { type: 'GO' }) } } }),
  'a machine and its child': setup({ actors: { echo } }).createMachine({
    id: 'm',
    invoke: { src: 'echo', id: 'echo', onError: {} },
    on: { GO: { actions: sendTo('echo', { type: 'PING' }) }, PONG: { actions: sendTo('echo', { type: 'PING' }) } },
  }),
};

test.each(Object.entries(endless))('%s for ever is refused, and the next event works', async (_, machine) => {
  const session = new OneSession(machine);
  await session.open();
  const before = await session.snapshot();
  expect((await session.send({ type: 'GO' })).parked).toMatch(/sent each other 10000 events.*end the exchange/);
  expect(await session.snapshot()).toEqual(before);
  expect((await session.send({ type: 'OTHER' })).parked).toBeUndefined();
  session.close();
});

test('many events within one step are no endless exchange', async () => {
  const machine = setup({ types: { context: {} as { n: number } } }).createMachine({
    id: 'm',
    context: { n: 0 },
    on: {
      GO: {
        guard: ({ context }) => context.n < 5_000,
        actions: [assign({ n: ({ context }) => context.n + 1 }), sendTo(({ self }) => self, { type: 'GO' })],
      },
    },
  });
  const session = new OneSession(machine);
  await session.open();
  for (let round = 0; round < 3; round += 1) expect((await session.send({ type: 'GO' })).parked).toBeUndefined();
  expect(await session.snapshot()).toMatchObject({ machine: { context: { n: 5_000 } } });
  session.close();
});

test('what settles is waited for, also in chains and for some milliseconds; what never settles holds nothing up', async () => {
  const machine = setup({
    actors: {
      quick: fromPromise(async () => 1),
      slow: fromPromise(() => new Promise((resolve) => setTimeout(() => resolve(2), 20))),
      never: fromPromise(() => new Promise(() => {})),
    },
  }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { invoke: { src: 'quick', onDone: 'b' } },
      b: { invoke: { src: 'slow', onDone: 'c' } },
      c: { invoke: { src: 'never', onDone: 'd' }, on: { OUT: 'd' } },
      d: {},
    },
  });
  const trace = await runDurably(machine, [{ send: { type: 'OUT' } }], { restartEvery: 1 });
  expect(trace.map(({ value }) => value)).toEqual(['c', 'd']);
});
