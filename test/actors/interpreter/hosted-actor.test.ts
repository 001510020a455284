/**
 * A turn that is taken back starts from the same snapshot again, so a step must not change that
 * snapshot.
 */
import { expect, test } from 'vitest';
import { assign, fromCallback, raise, sendTo, setup } from 'xstate';
import { HostedActor } from '#actors/interpreter/hosted-actor.ts';
import type { ActorInput } from '#actors/interpreter/input.ts';

test('what was persisted stays as it is while the actor goes on', () => {
  const machine = setup({
    types: { context: {} as { heard: readonly string[] } },
    actors: { callback: fromCallback(() => {}) },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    entry: raise({ type: 'LATE' }, { id: 'late', delay: 10 }),
    invoke: { src: 'callback', id: 'callback' },
    on: {
      ASK: { actions: [sendTo('callback', { type: 'Q' }), raise({ type: 'LATE' }, { id: 'late', delay: 20 })] },
      '*': { actions: 'hear' },
    },
  });
  const { actor, step } = HostedActor.open({ id: 'm', version: 1, machine }, undefined, 0);
  const serial = step.invocations[0]?.serial ?? -1;
  const answer = (...types: string[]): ActorInput => ({
    kind: 'answer',
    serial,
    call: actor.openCall(serial)?.call ?? -1,
    sent: types.map((type) => ({ to: 'parent', event: { type } })),
  });
  const ask: ActorInput = { kind: 'event', event: { type: 'ASK' } };
  const said: ActorInput = { kind: 'signal', serial, to: 'parent', event: { type: 'SAID' }, prompt: true };
  const script = [
    () => answer('SAID'),
    () => ask,
    () => ({ kind: 'hold', input: ask }),
    () => answer(),
    () => ({ kind: 'release' }),
    () => answer('SAID', 'SAID'),
    () => said,
  ] satisfies (() => ActorInput)[];
  for (const next of script) {
    const input = next();
    const before = actor.persist();
    const asItWas = structuredClone(before);
    actor.step(input, 1);
    expect(before).toEqual(asItWas);
    expect(actor.persist()).not.toEqual(asItWas);
  }
});
