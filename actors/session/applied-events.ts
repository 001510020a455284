/**
 * AppliedEvents reads a session's journal in order and returns which events took effect. The
 * journal also has events that were ignored, refused or parked. A reader that takes every event for
 * a fact shows what never happened.
 *
 * @example
 * A claim that arrives while the session waits for code is journalled twice. The first entry holds
 * it back and yields nothing. The second one releases it, and yields the claim unless it was
 * refused.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { JournalEntry } from '#storage/port.ts';
import type { ActorInput } from '../interpreter/input.ts';
import { inputOf, resultOfEntry } from './journal-payload.ts';
import { tookEffect } from './turn-result.ts';

export class AppliedEvents {
  /** Inputs that were held back and not released yet. */
  readonly #held: (MachineEvent | undefined)[] = [];

  /** Event that took effect with this entry. Undefined if none did. */
  read({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): MachineEvent | undefined {
    const input = inputOf(payload);
    if (input?.kind === 'hold') {
      if (input.first) this.#held.unshift(eventOf(input.input));
      else this.#held.push(eventOf(input.input));
      return undefined;
    }
    const event = input?.kind === 'release' || input?.kind === 'skip' ? this.#held.shift() : eventOf(input);
    return tookEffect(resultOfEntry({ kind, payload })) ? event : undefined;
  }
}

function eventOf(input: ActorInput | undefined): MachineEvent | undefined {
  return input?.kind === 'event' ? input.event : undefined;
}
