/**
 * What code sends at once takes effect at its place in the step, and the session waits for it, over
 * crashes too.
 */
import { expect, test } from 'vitest';
import { assign, createMachine, fromCallback, fromPromise, log, raise, sendParent, sendTo, setup, spawnChild } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { HostedActor } from '#actors/interpreter/hosted-actor.ts';
import type { ActorInput } from '#actors/interpreter/input.ts';
import { InvocationRunner, type Signal } from '#actors/invocations/invocation-runner.ts';
import type { TurnStart } from '#actors/session/activation.ts';
import { openingStart } from '#actors/session/activation.ts';
import { type Turn, TurnComputation } from '#actors/session/turn.ts';
import { runDurably } from '#actors/testing/run-durably.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { OneSession } from '../one-session.ts';

const kid = createMachine({ id: 'kid', entry: sendParent({ type: 'KID' }), on: { POKE: { actions: sendParent({ type: 'POKED' }) } } });
const callback = fromCallback(({ sendBack, receive }) => {
  sendBack({ type: 'SAID' });
  receive(() => sendBack({ type: 'ANSWERED' }));
});
const machine = setup({
  types: { context: {} as { heard: readonly string[] } },
  actors: { callback, kid },
  actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
}).createMachine({
  id: 'm',
  context: { heard: [] },
  invoke: [
    { src: 'callback', id: 'callback' },
    { src: 'kid', id: 'kid' },
  ],
  on: { '*': { actions: 'hear' }, GO: { actions: [sendTo('callback', { type: 'ASK' }), sendTo('kid', { type: 'POKE' })] } },
});

test.each([0, 1])('a callback is heard before its younger siblings (restart every %i)', async (restartEvery) => {
  const trace = await runDurably(machine, [{ send: { type: 'GO' } }], restartEvery ? { restartEvery } : {});
  expect(trace.map(({ context }) => Reflect.get(Object(context), 'heard'))).toEqual([
    ['SAID', 'KID'],
    ['SAID', 'KID', 'ANSWERED', 'POKED'],
  ]);
});

test('while it is awaited, what comes from outside is held, over a crash too, and the rest keeps its order', () => {
  const definition = { id: 'm', version: 1, machine };
  const { actor: first, step } = HostedActor.open(definition, undefined, 0);
  const serial = step.invocations[0]?.serial ?? -1;
  const call = first.openCall(serial)?.call ?? -1;
  expect(first.waits).toBe(true);
  const actor = HostedActor.restore(definition, JSON.parse(JSON.stringify(first.persist())));
  const play = (input: ActorInput) => actor.step(input, 1);
  expect(actor.openCall(serial)).toEqual({ serial, call });
  play({ kind: 'hold', input: { kind: 'event', event: { type: 'OUTSIDE' } } });
  expect(actor.view().context).toEqual({ heard: [] });
  play({ kind: 'answer', serial, call, sent: [{ to: 'parent', event: { type: 'SAID' } }] });
  expect(actor.waits).toBe(false);
  expect(actor.view().context).toEqual({ heard: ['SAID', 'KID'] });
  play({ kind: 'release' });
  expect(actor.view().context).toEqual({ heard: ['SAID', 'KID', 'OUTSIDE'] });
});

test.each([0, 1])('timers that are due at one moment fire before what came between them (restart every %i)', async (restartEvery) => {
  const pass = setup({
    types: { context: {} as { heard: readonly string[] } },
    actors: { callback: fromCallback(() => {}), promise: fromPromise(async () => 'settled') },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    entry: [1, 2, 3, 4, 5].map((n) => raise({ type: `T${n}` }, { id: `t${n}`, delay: 10 })),
    on: {
      T1: { actions: ['hear', spawnChild('promise', { id: 'p' }), spawnChild('callback', { id: 'c1' })] },
      T2: { actions: ['hear', spawnChild('callback', { id: 'c2' })] },
      T3: { actions: ['hear', spawnChild('callback', { id: 'c3' })] },
      T4: { actions: ['hear', spawnChild('callback', { id: 'c4' })] },
      '*': { actions: 'hear' },
    },
  });
  const trace = await runDurably(pass, [{ advance: 10 }], restartEvery ? { restartEvery } : {});
  expect(trace[1]?.context).toEqual({ heard: ['T1', 'T2', 'T3', 'T4', 'T5', 'xstate.done.actor.p'] });
});

test.each([0, 1])('a callback’s snapshot is heard after its answer, and not if it threw (restart every %i)', async (restartEvery) => {
  const answers = fromCallback(({ sendBack, receive }) => {
    sendBack({ type: 'SAID' });
    receive(({ type }) => {
      if (type === 'THROW') throw new Error('thrown when told');
      sendBack({ type: 'ANSWERED' });
    });
  });
  const synced = setup({
    types: { context: {} as { heard: readonly string[] } },
    actors: { answers },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    entry: spawnChild('answers', { id: 'x', syncSnapshot: true }),
    on: {
      ASK: { actions: sendTo('x', { type: 'ASK' }) },
      THROW: { actions: [sendTo('x', { type: 'THROW' }), sendTo('x', { type: 'ASK' })] },
      '*': { actions: 'hear' },
    },
  });
  const trace = await runDurably(synced, [{ send: { type: 'ASK' } }, { send: { type: 'THROW' } }], restartEvery ? { restartEvery } : {});
  expect(trace.at(-1)?.context).toEqual({
    heard: ['SAID', 'xstate.snapshot.x', 'ANSWERED', 'xstate.snapshot.x', 'xstate.error.actor.x'],
  });
});

test('an event whose step can’t be stored once its code has answered is parked, and what the step started is stopped', async () => {
  let disposed = 0;
  const talks = fromCallback(({ sendBack }) => {
    sendBack({ type: 'SAID' });
    return () => disposed++;
  });
  const keeps = setup({ types: { context: {} as { kept: unknown } }, actors: { talks } }).createMachine({
    id: 'm',
    context: { kept: null },
    initial: 'a',
    states: {
      a: { on: { GO: 'b', STAY: { actions: assign({ kept: 'stayed' }) } } },
      b: { invoke: { src: 'talks', id: 't' }, on: { SAID: { actions: assign({ kept: () => new Date(0) }) } } },
    },
  });
  const session = new OneSession(keeps);
  await session.open();
  await session.send({ type: 'GO' });
  expect((await session.journal()).filter(({ kind }) => kind === 'parked')).toMatchObject([
    { payload: { reason: expect.stringContaining('Date'), parked: { kind: 'event', event: { type: 'GO' } } } },
  ]);
  expect(disposed).toBe(1);
  await session.send({ type: 'STAY' });
  expect((await session.snapshot()).machine).toMatchObject({ value: 'a', context: { kept: 'stayed' } });
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('a session whose beginning can’t be stored once its code has answered ends with the reason', async () => {
  const talks = fromCallback(({ sendBack }) => sendBack({ type: 'SAID' }));
  const keeps = setup({ types: { context: {} as { kept: unknown } }, actors: { talks } }).createMachine({
    id: 'm',
    context: { kept: null },
    invoke: { src: 'talks', id: 't' },
    on: { SAID: { actions: assign({ kept: () => new Date(0) }) } },
  });
  const session = new OneSession(keeps);
  await session.open();
  expect(await session.row()).toMatchObject({ open: false });
  expect((await session.journal()).map(({ kind }) => kind)).toContain('parked');
  expect((await session.snapshot()).machine).toMatchObject({ status: 'error' });
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('code that has ended, which its session may not know yet, answers what it is told: nothing', () => {
  const sent: Signal[] = [];
  const runner = new InvocationRunner(() => {});
  const sessionId = parseSessionId(crypto.randomUUID());
  const address = formatAddress({ channel: 'test', account: 'runner', peer: 'one' });
  runner.start({
    serial: 1,
    id: 'bad',
    logic: fromCallback(() => {
      throw new Error('at once');
    }),
    input: undefined,
    context: { sessionId, address, runId: 'bad', attempt: 1, progress: null, saveProgress: async () => {}, publish: () => {} },
    history: [],
    openCall: { serial: 1, call: 2 },
    onSignal: (signal) => sent.push(signal),
    onEmit: () => {},
    onRefusal: () => {},
  });
  expect(runner.size).toBe(0);
  runner.deliver('bad', { serial: 1, call: 3, event: { type: 'Q' } });
  expect(sent).toMatchObject([
    { kind: 'answer', call: 2, sent: [{ to: 'self', event: { type: 'statechat.run.failed' } }] },
    { kind: 'answer', call: 3, sent: [] },
  ]);
  runner.stopAll();
});

test('C6: what came in the meantime and throws when it is heard is parked whole; its sender was told that its outcome is open', () => {
  const definition = {
    id: 'm',
    version: 1,
    machine: setup({
      actors: { slow: fromCallback(({ sendBack }) => sendBack({ type: 'SAID' })) },
    }).createMachine({ id: 'm', invoke: { src: 'slow', id: 's' }, on: { SAID: {}, OUTSIDE: { actions: assign(() => JSON.parse('{')) } } }),
  };
  const registry = new Registry({ assistants: [{ name: 'a', definitions: [definition] }], effects: [] });
  const address = formatAddress({ channel: 'test', account: 'a', peer: 'p' });
  const opening = { sessionId: parseSessionId(crypto.randomUUID()), address, assistant: 'a', now: 0, previousId: null, hint: null };
  const nobody = { settle: () => {}, fail: () => {}, deadline: 0 };
  const opened = new TurnComputation(registry, openingStart(registry, opening, undefined), 0, false).play([]);
  const row = opened.commit.session;
  const event = {
    kind: 'event',
    event: { type: 'OUTSIDE', text: 'hi' },
    eventId: 'e1',
    sessionId: row.id,
    assistant: undefined,
    hint: null,
  } as const;
  const messages = { content: event, ...nobody };
  const held = new TurnComputation(registry, startOf(opened), 1, false).play([messages]);
  expect(held.receipts.get(messages)).toMatchObject({ pending: true });
  const call = opened.commit.work[0];
  const open = startOf(held).actor?.openCall(call?.serial ?? -1);
  const answer = { kind: 'answer', serial: call?.serial ?? -1, call: open?.call ?? -1, sent: [] } as const;
  const signal = { content: { kind: 'signal', sessionId: row.id, input: answer, eventId: null } as const, ...nobody };
  const { commit } = new TurnComputation(registry, startOf(held), 2, false).play([signal]);
  expect(commit.journal.find(({ kind }) => kind === 'parked')?.payload).toMatchObject({
    parked: { kind: 'event', event: { type: 'OUTSIDE', text: 'hi' } },
  });
});

test('what `log` says is in the journal', async () => {
  const session = new OneSession(createMachine({ id: 'm', on: { GO: { actions: [log('one'), log(({ event }) => event, 'two')] } } }));
  await session.open();
  await session.send({ type: 'GO' });
  const logged = (await session.journal()).filter(({ kind }) => kind === 'log').map(({ payload }) => payload);
  expect(logged).toEqual([{ log: ['one'] }, { log: ['two', { type: 'GO' }] }]);
  session.close();
});

function startOf({ next }: Turn): TurnStart {
  if (!next.open) throw new Error('the session is closed');
  return next.start;
}
