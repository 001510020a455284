/**
 * Restarts of running code. It runs at least once, is brought to where it was, and what it sends
 * counts once.
 */
import { expect, test } from 'vitest';
import { assign, createMachine, fromCallback, fromPromise, sendTo, setup, spawnChild } from 'xstate';
import { runDurably } from '#actors/testing/run-durably.ts';
import { OneSession } from '../one-session.ts';
import { runReference } from '../testing/any-machine/reference.ts';

const types = { context: {} as { heard: readonly string[] } };

test('a promise that had not settled begins again, with its input', async () => {
  const inputs: unknown[] = [];
  const settle: ((value: string) => void)[] = [];
  const run = fromPromise(async ({ input }) => {
    inputs.push(input);
    return new Promise<string>((resolve) => settle.push(resolve));
  });
  const machine = setup({
    types,
    actors: { run },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    invoke: { src: 'run', input: { n: 7 }, onDone: { actions: 'hear' } },
  });
  const session = new OneSession(machine);
  await session.open();
  await session.restart();
  await session.restart();
  expect(inputs).toEqual([{ n: 7 }, { n: 7 }, { n: 7 }]);
  settle[0]?.('of a process that is gone');
  settle[2]?.('now');
  await session.settle();
  expect(await session.context()).toEqual({ heard: ['xstate.done.actor.0.m'] });
  await session.restart();
  expect(inputs).toHaveLength(3);
  session.close();
});

test('a callback receives again what it had received, and its answers count once', async () => {
  const asked: string[][] = [];
  const run = fromCallback(({ sendBack, receive }) => {
    const heard: string[] = [];
    asked.push(heard);
    sendBack({ type: 'HELLO' });
    receive((event) => {
      heard.push(event.type);
      sendBack({ type: `RE:${event.type}` });
    });
  });
  const machine = setup({
    types,
    actors: { run },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    invoke: { src: 'run', id: 'run' },
    on: { ASK: { actions: sendTo('run', { type: 'Q' }) }, '*': { actions: 'hear' } },
  });
  const session = new OneSession(machine);
  await session.open();
  await session.send({ type: 'ASK' });
  await session.restart();
  expect(asked).toEqual([['Q'], ['Q']]);
  expect(await session.context()).toEqual({ heard: ['HELLO', 'RE:Q'] });
  await session.send({ type: 'ASK' });
  expect(await session.context()).toEqual({ heard: ['HELLO', 'RE:Q', 'RE:Q'] });
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('the history of a callback is bounded: beyond it, a restarted callback begins afresh', async () => {
  let told = 0;
  const run = fromCallback(({ receive }) => {
    told = 0;
    receive(() => told++);
  });
  const machine = setup({
    types,
    actors: { run },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    invoke: { src: 'run', id: 'run' },
    on: { ASK: { actions: sendTo('run', { type: 'Q' }) } },
  });
  const session = new OneSession(machine);
  await session.open();
  for (let count = 0; count < 100; count++) await session.send({ type: 'ASK' });
  await session.restart();
  expect(told).toBe(100);
  await session.send({ type: 'ASK' });
  await session.restart();
  expect(told).toBe(0);
  expect(Object.values((await session.snapshot()).callbackHistories ?? {})).toEqual([null]);
  session.close();
});

test('a child that has ended receives nothing after a restart, and blocks nothing', async () => {
  const ended = createMachine({ initial: 'end', states: { end: { type: 'final' } } });
  const machine = setup({
    types,
    actors: { run: fromPromise(async () => 'done'), ended },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    entry: [spawnChild('run', { id: 'run' }), spawnChild('ended', { id: 'ended' })],
    on: { TELL: { actions: [sendTo('run', { type: 'Q' }), sendTo('ended', { type: 'Q' })] }, AFTER: { actions: 'hear' } },
  });
  const session = new OneSession(machine);
  await session.open();
  await session.restart();
  await session.send({ type: 'TELL' });
  await session.send({ type: 'AFTER' });
  expect(await session.context()).toEqual({ heard: ['AFTER'] });
  expect((await session.snapshot()).interruptedStep).toBeUndefined();
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('states that a machine is in beside its value are kept', async () => {
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    on: { A: '.p' },
    states: {
      a: {},
      p: { type: 'parallel', states: { h: { type: 'history' }, x: { on: { A: 'h' } }, y: { tags: ['y'] } } },
    },
  });
  const script = [{ send: { type: 'A' } }, { send: { type: 'A' } }, { advance: 0 }, { send: { type: 'A' } }];
  const lingers = await runReference(machine, script);
  expect(lingers?.[2]).toMatchObject({ value: 'a', tags: ['y'] });
  const trace = await runDurably(machine, script, { restartEvery: 1 });
  expect(trace.map(({ value, tags }) => ({ value, tags }))).toEqual(lingers?.map(({ value, tags }) => ({ value, tags })));
});
