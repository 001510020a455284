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
  readonly #held: ActorInput[];

  /** @param held what `held` was when an earlier reader stopped at this place of the journal. */
  constructor(held: readonly ActorInput[] = []) {
    this.#held = [...held];
  }

  /** For a reader who goes on later. JSON. */
  get held(): readonly ActorInput[] {
    return this.#held;
  }

  /** Event that took effect with this entry. Undefined if none did. */
  read(entry: Pick<JournalEntry, 'kind' | 'payload'>): MachineEvent | undefined {
    const input = this.readInput(entry);
    return input?.kind === 'event' ? input.event : undefined;
  }

  /** Input that took effect with this entry. It may be a timer, or an event that code sent. */
  readInput({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): ActorInput | undefined {
    const input = inputOf(payload);
    if (input?.kind === 'hold') {
      if (input.first) this.#held.unshift(input.input);
      else this.#held.push(input.input);
      return undefined;
    }
    const moved = input?.kind === 'release' || input?.kind === 'skip' ? this.#held.shift() : input;
    return tookEffect(resultOfEntry({ kind, payload })) ? moved : undefined;
  }
}
