/** Which events of a journal took effect, one test for each way in which an event does not. */
import { expect, it } from 'vitest';
import type { ActorInput } from '#actors/interpreter/input.ts';
import { AppliedEvents } from '#actors/session/applied-events.ts';
import { inputPayload } from '#actors/session/journal-payload.ts';
import type { Json } from '#machines/definition.ts';

const event = (type: string): ActorInput => ({ kind: 'event', event: { type } });
const hold = (input: ActorInput, first = false): ActorInput => ({ kind: 'hold', input, ...(first ? { first } : {}) });

/** Types of the events that took effect, entry by entry. */
function applied(...entries: readonly (readonly [ActorInput, object?, string?])[]): (string | undefined)[] {
  const events = new AppliedEvents();
  return entries.map(([input, result = {}, kind = 'transition']) => {
    const payload = { ...inputPayload(input), ...result } as Json;
    return events.read({ kind, payload })?.type;
  });
}

it('an event that was taken', () => {
  expect(applied([event('agent.claim')])).toEqual(['agent.claim']);
});

it.each([
  ['ignored', [event('close'), { ignored: 'it is closed' }]],
  ['refused', [event('agent.claim'), { refused: { code: 'held', message: 'Ann holds this session', holder: 'Ann' } }]],
  ['parked', [event('agent.claim'), { reason: 'it threw' }, 'parked']],
  ['of a timer', [{ kind: 'timer', serial: 1 }]],
] as const)('none for one that was %s', (_, entry) => {
  expect(applied(entry)).toEqual([undefined]);
});

it('an event that was held back counts when it is released, in its turn, and not if it was refused then', () => {
  expect(
    applied(
      [hold(event('customer.message'))],
      [hold(event('agent.claim'))],
      [hold({ kind: 'wake' }, true)],
      [{ kind: 'release' }],
      [{ kind: 'release' }],
      [{ kind: 'release' }, { refused: { code: 'held', message: 'Ann holds this session' } }],
    ),
  ).toEqual([undefined, undefined, undefined, undefined, 'customer.message', undefined]);
});

it('one that was parked at its release is skipped', () => {
  expect(
    applied(
      [hold(event('agent.claim'))],
      [hold(event('note'))],
      [{ kind: 'skip' }, { reason: 'it threw' }, 'parked'],
      [{ kind: 'release' }],
    ),
  ).toEqual([undefined, undefined, undefined, 'note']);
});

it('none for entries that hold no input', () => {
  const events = new AppliedEvents();
  for (const payload of [null, 'text', [1], { from: { handler: 'bot' } }]) expect(events.read({ kind: 'note', payload })).toBeUndefined();
});
