/**
 * What belongs to a visit that is over never takes effect in the next one (G6). The first tests
 * make late inputs by hand. In the others they come by themselves.
 */
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, assign, cancel, createMachine, fromCallback, fromPromise, raise, sendParent } from 'xstate';
import { HostedActor } from '#actors/interpreter/hosted-actor.ts';
import type { ActorInput } from '#actors/interpreter/input.ts';
import { OneSession } from '../one-session.ts';

const hear = assign({
  heard: ({ context, event }: { context: { heard: readonly string[] }; event: { type: string } }) => [...context.heard, event.type],
});

/** Leaves `in` and enters it again on OUT, IN. */
function visited(visit: object, actors: Record<string, unknown> = {}): AnyStateMachine {
  const config: Record<string, unknown> = {
    id: 'm',
    context: { heard: [] },
    initial: 'in',
    states: { in: { ...visit, on: { OUT: 'out', LATE: { actions: hear } } }, out: { on: { IN: 'in' } } },
  };
  return createMachine(config as Parameters<typeof createMachine>[0]).provide({ actors } as Parameters<AnyStateMachine['provide']>[0]);
}

function hosted(machine: AnyStateMachine) {
  const { actor, step } = HostedActor.open({ id: 'm', version: 1, machine }, undefined, 0);
  const send = (type: string, now: number) => actor.step({ kind: 'event', event: { type } }, now);
  return { actor, first: step, send };
}

const signal = (serial: number, to: 'self' | 'parent', event: { type: string; [key: string]: unknown }, prompt = false): ActorInput => ({
  kind: 'signal',
  serial,
  to,
  event,
  prompt,
});
const heardBy = (actor: HostedActor): unknown => Reflect.get(Object(actor.view().context), 'heard');

describe('put in by hand', () => {
  test.each([
    ['after', visited({ after: { 100: { actions: hear } } })],
    ['a delayed raise', visited({ entry: raise({ type: 'LATE' }, { id: 'late', delay: 100 }), exit: cancel('late') })],
  ])('%s: the timer of the earlier visit does nothing', (_name, machine) => {
    const { actor, send } = hosted(machine);
    const [old] = actor.timers();
    send('OUT', 50);
    send('IN', 60);
    actor.step({ kind: 'timer', serial: old?.serial ?? -1 }, 100);
    expect(heardBy(actor)).toEqual([]);
    const [next] = actor.timers();
    expect(next).toMatchObject({ due: 160 });
    actor.step({ kind: 'timer', serial: next?.serial ?? -1 }, 160);
    expect(heardBy(actor)).toHaveLength(1);
  });

  test('a promise: the result and the failure of the earlier run do nothing', () => {
    const { actor, first, send } = hosted(
      visited(
        { invoke: { src: 'run', id: 'run', onDone: { actions: hear }, onError: { actions: hear } } },
        { run: fromPromise(async () => 1) },
      ),
    );
    const old = first.invocations[0]?.serial ?? -1;
    send('OUT', 1);
    const again = send('IN', 2).invocations.find(({ type }) => type === 'start')?.serial ?? -1;
    expect(again).not.toBe(old);
    actor.step(signal(old, 'self', { type: 'xstate.promise.resolve', data: 'late' }), 3);
    actor.step(signal(old, 'self', { type: 'xstate.promise.reject', data: 'late' }), 3);
    expect(heardBy(actor)).toEqual([]);
    actor.step(signal(again, 'self', { type: 'xstate.promise.resolve', data: 'now' }), 4);
    expect(heardBy(actor)).toEqual(['xstate.done.actor.run']);
  });

  test('a callback: what the earlier run says late is not heard', () => {
    const { actor, first, send } = hosted(visited({ invoke: { src: 'run', id: 'run' } }, { run: fromCallback(() => {}) }));
    const answer = (serial: number) => actor.step({ kind: 'answer', serial, call: actor.openCall(serial)?.call ?? -1, sent: [] }, 1);
    const old = first.invocations[0]?.serial ?? -1;
    answer(old);
    send('OUT', 1);
    const again = send('IN', 2).invocations.find(({ type }) => type === 'start')?.serial ?? -1;
    answer(again);
    actor.step(signal(old, 'parent', { type: 'LATE' }), 3);
    actor.step(signal(old, 'parent', { type: 'LATE' }, true), 3);
    expect(heardBy(actor)).toEqual([]);
    actor.step(signal(again, 'parent', { type: 'LATE' }), 4);
    expect(heardBy(actor)).toEqual(['LATE']);
  });

  test('a child machine: the timer of the earlier child does nothing', () => {
    const child = createMachine({ id: 'child', after: { 100: { actions: sendParent({ type: 'LATE' }) } } });
    const { actor, send } = hosted(visited({ invoke: { src: 'child', id: 'child' } }, { child }));
    const [old] = actor.timers();
    send('OUT', 50);
    send('IN', 60);
    actor.step({ kind: 'timer', serial: old?.serial ?? -1 }, 100);
    expect(heardBy(actor)).toEqual([]);
    const [next] = actor.timers();
    actor.step({ kind: 'timer', serial: next?.serial ?? -1 }, 160);
    expect(heardBy(actor)).toEqual(['LATE']);
  });
});

describe('through the runtime', () => {
  test.each([false, true])('timers of the earlier visit never fire in the next (restarted: %s)', async (restarted) => {
    const child = createMachine({ id: 'child', after: { 100: { actions: sendParent({ type: 'LATE' }) } } });
    const session = new OneSession(visited({ after: { 100: { actions: hear } }, invoke: { src: 'child', id: 'child' } }, { child }));
    await session.open();
    await session.advance(50);
    await session.send({ type: 'OUT' });
    await session.send({ type: 'IN' });
    if (restarted) await session.restart();
    await session.advance(60);
    expect(await session.context()).toEqual({ heard: [] });
    await session.advance(40);
    expect(await session.context()).toEqual({ heard: ['xstate.after.100.m.in', 'LATE'] });
    session.close();
  });

  test('a delayed raise that its state cancels does not come back with the next visit', async () => {
    const session = new OneSession(visited({ entry: raise({ type: 'LATE' }, { id: 'late', delay: 100 }), exit: cancel('late') }));
    await session.open();
    await session.advance(50);
    await session.send({ type: 'OUT' });
    await session.send({ type: 'IN' });
    await session.restart();
    await session.advance(60);
    expect(await session.context()).toEqual({ heard: [] });
    await session.advance(40);
    expect(await session.context()).toEqual({ heard: ['LATE'] });
    session.close();
  });

  test('a promise that was left is aborted, and settles into nothing', async () => {
    const settle: ((value: string) => void)[] = [];
    let aborted = 0;
    const run = fromPromise(({ signal }) => {
      signal.addEventListener('abort', () => aborted++);
      return new Promise((resolve) => settle.push(resolve));
    });
    const session = new OneSession(visited({ invoke: { src: 'run', id: 'run', onDone: { actions: hear } } }, { run }));
    await session.open();
    await session.send({ type: 'OUT' });
    expect(aborted).toBe(1);
    await session.send({ type: 'IN' });
    settle[0]?.('late');
    await session.settle();
    expect(await session.context()).toEqual({ heard: [] });
    settle[1]?.('now');
    await session.settle();
    expect(await session.context()).toEqual({ heard: ['xstate.done.actor.run'] });
    session.close();
  });

  test('a callback that was left is disposed of, and heard no more', async () => {
    const say: ((event: { type: string }) => void)[] = [];
    let disposed = 0;
    const run = fromCallback(({ sendBack }) => {
      say.push(sendBack);
      return () => disposed++;
    });
    const session = new OneSession(visited({ invoke: { src: 'run', id: 'run' } }, { run }));
    await session.open();
    await session.send({ type: 'OUT' });
    expect(disposed).toBe(1);
    await session.send({ type: 'IN' });
    say[0]?.({ type: 'LATE' });
    await session.settle();
    expect(await session.context()).toEqual({ heard: [] });
    say[1]?.({ type: 'LATE' });
    await session.settle();
    expect(await session.context()).toEqual({ heard: ['LATE'] });
    session.close();
  });
});
