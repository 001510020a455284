/**
 * What the code of a definition, a machine or an effect gives the host, and a store could not keep.
 * It is refused where it enters, so that one bad value costs one event.
 */
import { describe, expect, test } from 'vitest';
import { type AnyActorLogic, type AnyStateMachine, assign, fromCallback, fromObservable, fromPromise, raise, setup } from 'xstate';
import { invocationContext } from '#actors/contract/api.ts';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { classifyFailure } from '#actors/outbox/retry-policy.ts';
import { runDurably } from '#actors/testing/run-durably.ts';
import type { SessionFacts } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { OneSession, type OneSessionOptions } from '../one-session.ts';

const GO = { type: 'GO' };

const remembering = () =>
  setup({ types: { context: {} as { value: unknown }, events: {} as { type: string; value?: unknown } } }).createMachine({
    id: 'm',
    context: { value: null },
    on: { GO: { actions: assign({ value: ({ event }) => event.value ?? null }) } },
  });

/** The receipt of an event that the options make impossible to store, and of the one after it. */
async function parkedBy(options: OneSessionOptions, value: unknown): Promise<string | undefined> {
  const session = new OneSession(remembering(), options);
  await session.open();
  const before = await session.snapshot();
  const { parked } = await session.send({ ...GO, value: value as string });
  expect((await session.journal()).at(-1)?.kind).toBe('parked');
  expect(await session.snapshot()).toEqual(before);
  expect((await session.send(GO)).parked).toBeUndefined();
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
  return parked;
}

describe('facts', () => {
  const long = 'x'.repeat(801);
  const refused: Readonly<Record<string, readonly [object, RegExp]>> = {
    'a state that is no text': [{ state: { a: 'b' } }, /state is not a text/],
    'a handler that there is not': [{ handler: 'robot' }, /handler is none of bot, human and none/],
    'an agent that is a number': [{ agentId: 7 }, /agentId is not a text/],
    'an agent too long for an index': [{ agentId: long }, /agentId is not a text of at most 800 characters/],
    'a queue too long for an index': [{ queue: long }, /queue is not a text of at most 800 characters/],
    'tags that are a text': [{ tags: 'vip' }, /tags is not a list/],
    'a tag that is a number': [{ tags: ['vip', 7] }, /tags is not a list/],
    'a tag too long for an index': [{ tags: [long] }, /tags is not a list of texts of at most 800 characters/],
    'a wait since a fraction of a millisecond': [{ waitingSince: 10.5 }, /waitingSince is not a whole number/],
    'a wait since Infinity': [{ waitingSince: Number.POSITIVE_INFINITY }, /waitingSince is not a whole number/],
  };
  test.each(Object.entries(refused))('%s parks the event', async (_name, [bad, reason]) => {
    const facts: OneSessionOptions['facts'] = ({ context }): SessionFacts => ({
      state: 'S',
      handler: 'bot',
      ...(Reflect.get(Object(context), 'value') === 'bad' ? bad : {}),
    });
    expect(await parkedBy({ facts }, 'bad')).toMatch(reason);
  });
});

describe('the description of an event', () => {
  const refused: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    'that throws': [
      () => {
        throw new Error('no words');
      },
      /no words/,
    ],
    'of no kind': [() => ({}), /description of "GO" can't be stored/],
    'whose text is a number': [() => ({ kind: 'k', text: 7 }), /description of "GO" can't be stored/],
    'whose author is an object': [() => ({ kind: 'k', author: {} }), /description of "GO" can't be stored/],
  };
  test.each(Object.entries(refused))('%s parks the event', async (_name, [describeBadly, reason]) => {
    const describeEvent = ({ value }: { readonly value?: unknown }) => (value === 'bad' ? describeBadly() : { kind: 'k' });
    expect(await parkedBy({ describe: describeEvent as NonNullable<OneSessionOptions['describe']> }, 'bad')).toMatch(reason);
  });
});

describe('an event from outside', () => {
  test.each(['', 'x'.repeat(501), 7])('with the id %s is refused and opens nothing', async (eventId) => {
    const session = new OneSession(remembering());
    const to = { address: session.address, assistant: 'a' };
    await expect(session.runtime.deliver(to, GO, { eventId: eventId as string })).rejects.toThrow(InvalidInput);
    expect(await session.store.load({ address: session.address })).toBeUndefined();
    session.close();
  });

  test('that is part of itself is refused in few words', async () => {
    const event: { type: string; list: unknown[] } = { ...GO, list: [] };
    event.list.push({ event });
    await expect(runDurably(remembering(), [{ send: event }])).rejects.toThrow(
      /^event "GO"\.list\[0\]\.event refers to a value that it is part of: keep an id there$/,
    );
    let deep: object = {};
    for (let depth = 0; depth < 300; depth++) deep = { deeper: deep };
    const refusal = await runDurably(remembering(), [{ send: { ...GO, deep } }]).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(/is nested more than 200 deep: keep it flatter$/);
    expect(String(refusal).length).toBeLessThan(300);
  });

  test('may lead to a state that declares a route', async () => {
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: {}, b: { id: 'b', route: { guard: ({ context }) => context !== undefined } }, c: { id: 'c' } },
    });
    const route = (to: string) => ({ send: { type: 'xstate.route', to } });
    const trace = await runDurably(machine, [route('#c'), route('#b')], { restartEvery: 1 });
    expect(trace.map(({ value }) => value)).toEqual(['a', 'a', 'b']);
  });

  test('without a name is taken by * alone, inside a machine', async () => {
    const machine = setup({ types: { events: {} as { type: string } } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: { actions: raise({ type: '' }) }, '*': 'b' } }, b: {} },
    });
    expect((await runDurably(machine, [{ send: GO }])).map(({ value }) => value)).toEqual(['a', 'b']);
  });

  test.each(['xstate.done.actor.x', 'xstate.stop', 'statechat.moved', '', '*'])('of type "%s" is refused', async (type) => {
    await expect(runDurably(remembering(), [{ send: { type } }])).rejects.toThrow(InvalidInput);
  });
});

describe('an event that code sends and that cannot be stored', () => {
  type SendBack = (event: never) => void;
  const calling = (send: (sendBack: SendBack) => void): AnyStateMachine =>
    setup({ actors: { code: fromCallback(({ sendBack }) => send(sendBack as SendBack)) } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'code', id: 'code', onError: 'failed' } }, failed: {} },
      on: { X: '.failed' },
    });
  const circle: { type: string; self?: unknown } = { type: 'X' };
  circle.self = circle;
  const events: Readonly<Record<string, readonly [object, RegExp]>> = {
    'a date in it': [{ type: 'X', when: new Date(0) }, /"code" sends what can't be stored: event "X"\.when is a Date/],
    'itself in it': [circle, /"code" sends what can't be stored: event "X"\.self(\.self)? refers to a value that it is part of/],
    'no type': [{}, /"code" sends what can't be stored: event has no type/],
    'a number as its type': [{ type: 7 }, /"code" sends what can't be stored: event has a number as its type/],
  };

  test.each(Object.entries(events))('at once, with %s, parks the event whose step started the code', async (_name, [event, reason]) => {
    const machine = calling((sendBack) => sendBack(event as never));
    await expect(runDurably(machine, [{ send: GO }])).rejects.toThrow(HostRefusal);
    await expect(runDurably(machine, [{ send: GO }])).rejects.toThrow(reason);

    const session = new OneSession(machine);
    await session.open();
    await session.send(GO);
    const parked = (await session.journal()).find(({ kind }) => kind === 'parked');
    expect(parked?.payload).toMatchObject({ reason: expect.stringMatching(reason), parked: { kind: 'event', event: GO } });
    expect((await session.snapshot()).machine).toMatchObject({ value: 'a', status: 'active' });
    expect(session.runtime.running).toBe(0);
    expect(await session.replayed()).toEqual(await session.stored());
    session.close();
  });

  test.each(Object.entries(events))('later, with %s, is parked, and the code runs on', async (_name, [event, reason]) => {
    let late: () => void = () => {};
    let more: () => void = () => {};
    const machine = calling((sendBack) => {
      late = () => sendBack(event as never);
      more = () => sendBack({ type: 'X' } as never);
    });
    const session = new OneSession(machine);
    await session.open();
    await session.send(GO);
    late();
    await session.settle();
    expect((await session.journal()).at(-1)).toMatchObject({ kind: 'parked', payload: { reason: expect.stringMatching(reason) } });
    expect((await session.snapshot()).machine).toMatchObject({ value: 'b' });
    more();
    await session.settle();
    expect((await session.snapshot()).machine).toMatchObject({ value: 'failed' });
    expect(await session.replayed()).toEqual(await session.stored());
    session.close();
    const soon = calling((sendBack) => void setImmediate(() => sendBack(event as never)));
    await expect(runDurably(soon, [{ send: GO }])).rejects.toThrow(reason);
  });

  test('is parked as well if it is to another actor of the session', async () => {
    const kid = setup({}).createMachine({ on: { X: {} } });
    const code = fromCallback(({ system }) => void setImmediate(() => system.get('kid').send({ type: 'X', when: new Date(0) })));
    const machine = setup({ actors: { kid, code } }).createMachine({
      id: 'm',
      invoke: [
        { src: 'kid', systemId: 'kid' },
        { src: 'code', id: 'code' },
      ],
    });
    await expect(runDurably(machine, [])).rejects.toThrow(/"code" sends what can't be stored: event "X"\.when is a Date/);
  });
});

test('an event that code emits and that cannot be stored is reported, and the code runs on', async () => {
  const code = fromCallback(({ emit, sendBack }) => {
    emit({ type: 'X', when: new Date(0) } as never);
    sendBack({ type: 'X' });
  });
  const machine = setup({ actors: { code } }).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { invoke: { src: 'code', id: 'code' }, on: { X: 'b' } }, b: {} },
  });
  const session = new OneSession(machine);
  await session.open();
  expect((await session.snapshot()).machine).toMatchObject({ value: 'b' });
  expect(session.errors.map(String)).toEqual([expect.stringMatching(/"code" emits what can't be stored: event "X"\.when is a Date/)]);
  session.close();
  await expect(runDurably(machine, [])).rejects.toThrow(/"code" emits what can't be stored/);
});

describe('a result that cannot be stored', () => {
  const dates = {
    subscribe: ({ next }: { readonly next: (value: Date) => void }) => {
      next(new Date(0));
      return { unsubscribe: () => {} };
    },
  };
  const results: Readonly<Record<string, AnyActorLogic>> = {
    'of a promise': fromPromise(async () => new Date(0)),
    'of a promise that is rejected': fromPromise(async () => Promise.reject(new Date(0))),
    'of an observable': fromObservable(() => dates as never),
  };
  test.each(Object.entries(results))('%s fails the invocation, is reported, and runDurably throws', async (_name, code) => {
    const machine = setup({ actors: { code } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'code', id: 'code', onError: 'failed' } }, failed: {} },
    });
    const session = new OneSession(machine);
    await session.open();
    await session.send(GO);
    expect((await session.snapshot()).machine).toMatchObject({ value: 'failed' });
    expect(session.errors.map(String)).toEqual([expect.stringMatching(/"code" sends what can't be stored/)]);
    session.close();
    await expect(runDurably(machine, [{ send: GO }])).rejects.toThrow(/"code" sends what can't be stored/);
  });
});

test('progress that is no JSON is refused to the code that saves it', async () => {
  const code = fromPromise(async (args) => {
    const { saveProgress } = invocationContext(args);
    await saveProgress({ page: 1 });
    return saveProgress({ page: 2n as never }).catch((error: unknown) => String(error));
  });
  const machine = setup({ actors: { code }, types: { context: {} as { said: unknown } } }).createMachine({
    id: 'm',
    context: { said: null },
    invoke: { src: 'code', id: 'code', onDone: { actions: assign({ said: ({ event }) => event.output }) } },
  });
  const [opened] = await runDurably(machine, []);
  expect(opened?.context).toEqual({ said: 'HostRefusal: progress.page is a bigint, which cannot be stored: keep data there' });
});

test('the wait that an effect asks for is one that a store can keep', () => {
  const day = 24 * 60 * 60 * 1_000;
  const waitFor = (retryAfterMs: unknown) => classifyFailure(Object.assign(new Error('busy'), { retryAfterMs }), 1);
  expect(waitFor(0.2)).toMatchObject({ waitMs: 1, counts: false });
  expect(waitFor(-5)).toMatchObject({ waitMs: 0, counts: false });
  expect(waitFor(1e300)).toMatchObject({ waitMs: day, counts: false });
  expect(waitFor(Number.POSITIVE_INFINITY)).toMatchObject({ waitMs: day, counts: false });
  expect(waitFor(Number.NaN)).toMatchObject({ waitMs: 250, counts: true });
  expect(waitFor('60')).toMatchObject({ waitMs: 250, counts: true });
});
