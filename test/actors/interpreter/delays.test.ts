/** Which delays of events are kept. Each way to give one is tried with each kind of value. */
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, raise, sendParent, sendTo, setup } from 'xstate';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { runDurably } from '#actors/testing/run-durably.ts';
import { OneSession } from '../one-session.ts';

type Delay = () => unknown;

/** As code without types gives it. */
const typed = (delay: Delay) => delay as () => number;

const kid = setup({ delays: { d: 0 } }).createMachine({ on: { PING: {} } });

/** On GO, each machine sends LATER with the delay. */
const ways: Readonly<Record<string, (delay: Delay) => AnyStateMachine>> = {
  after: (delay) =>
    setup({ delays: { d: typed(delay) } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { after: { d: 'c' } }, c: {} },
    }),
  raise: (delay) => setup({}).createMachine({ id: 'm', on: { GO: { actions: raise({ type: 'LATER' }, { delay: typed(delay) }) } } }),
  'sendTo with a named delay': (delay) =>
    setup({ actors: { kid }, delays: { d: typed(delay) } }).createMachine({
      id: 'm',
      invoke: { src: 'kid', id: 'kid' },
      on: { GO: { actions: sendTo('kid', { type: 'PING' }, { delay: 'd' }) } },
    }),
  'a child machine, whose parent handles its failure': (delay) => {
    const late = setup({}).createMachine({ on: { GO: { actions: sendParent({ type: 'LATER' }, { delay: typed(delay) }) } } });
    return setup({ actors: { late } }).createMachine({
      id: 'm',
      invoke: { src: 'late', id: 'late', onError: {} },
      on: { GO: { actions: sendTo('late', { type: 'GO' }) } },
    });
  },
};

const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  Infinity: [Number.POSITIVE_INFINITY, /is Infinity: give a number/],
  '-Infinity': [Number.NEGATIVE_INFINITY, /is -Infinity: give a number/],
  NaN: [Number.NaN, /is NaN: give a number/],
  'a safe integer that ends after the last date': [Number.MAX_SAFE_INTEGER, /ends beyond the year 275760/],
  'more than a bigint column holds': [1e300, /ends beyond the year 275760/],
  'a text': ['5s', /is of type string: give a number/],
  null: [null, /is of type object: give a number/],
  'a bigint': [5n, /is of type bigint: give a number/],
};

const GO = { type: 'GO' };

describe.each(Object.entries(ways))('the delay of %s', (_way, machine) => {
  test.each(Object.entries(refused))('is refused at its step and parks the event if it is %s', async (_name, [delay, reason]) => {
    await expect(
      runDurably(
        machine(() => delay),
        [{ send: GO }],
      ),
    ).rejects.toThrow(HostRefusal);
    await expect(
      runDurably(
        machine(() => delay),
        [{ send: GO }],
      ),
    ).rejects.toThrow(reason);

    const session = new OneSession(machine(() => delay));
    await session.open();
    const before = await session.snapshot();
    expect((await session.send(GO)).parked).toMatch(reason);
    expect((await session.journal()).at(-1)).toMatchObject({ kind: 'parked', payload: { parked: { kind: 'event', event: GO } } });
    expect(await session.snapshot()).toEqual(before);
    expect((await session.send({ type: 'OTHER' })).parked).toBeUndefined();
    session.close();
  });

  test.each([0, 0.5, 90 * 24 * 60 * 60 * 1_000, 8e15])('may be %s', async (delay) => {
    const trace = await runDurably(
      machine(() => delay),
      [{ send: GO }, { advance: Math.ceil(delay) }],
      { restartEvery: 1 },
    );
    expect(trace[1]?.timers).toMatchObject([{ dueIn: delay }]);
    expect(trace[2]?.timers).toEqual([]);
  });

  test('is over at once if it is negative, as in createActor', async () => {
    const trace = await runDurably(
      machine(() => -5),
      [{ send: GO }, { advance: 0 }],
      { restartEvery: 1 },
    );
    expect(trace[1]?.timers).toMatchObject([{ dueIn: -5 }]);
    expect(trace[2]?.timers).toEqual([]);
  });
});

test('a delay whose function throws parks the event, and fails the machine in runDurably as in createActor', async () => {
  const machine = ways.after?.(() => {
    throw new Error('no such plan');
  }) as AnyStateMachine;
  const session = new OneSession(machine);
  await session.open();
  expect((await session.send(GO)).parked).toBe('no such plan');
  session.close();
  expect((await runDurably(machine, [{ send: GO }])).at(-1)).toMatchObject({ status: 'error', error: { message: 'no such plan' } });
});

test('a session is woken at a whole millisecond, never later than its timer', async () => {
  const session = new OneSession(ways.raise?.(() => 10.5) as AnyStateMachine);
  await session.open();
  await session.send(GO);
  expect((await session.row()).wakeAt).toBe(session.now + 10);
  session.close();
});

test('the id and the type of a delayed event are texts', async () => {
  const sends = (event: object, id?: unknown) =>
    setup({}).createMachine({ id: 'm', on: { GO: { actions: raise(event as { type: 'X' }, { delay: 5, id: id as string }) } } });
  await expect(runDurably(sends({ type: 'X' }, 7), [{ send: GO }])).rejects.toThrow(/the id of the delayed event "X" is not a text/);
  await expect(runDurably(sends({ type: 7 }), [{ send: GO }])).rejects.toThrow(/delayed event has a number as its type/);
  await expect(runDurably(sends({}), [{ send: GO }])).rejects.toThrow(/delayed event has no type/);
});

test('time moves by a number of milliseconds', async () => {
  await expect(runDurably(setup({}).createMachine({}), [{ advance: Number.POSITIVE_INFINITY }])).rejects.toThrow(/time only goes forward/);
});
