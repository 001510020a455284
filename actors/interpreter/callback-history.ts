/**
 * What the running callbacks of a session heard and promptly said, so that a restarted attempt can be brought to where
 * it was.
 *
 * Invariant: a dialogue is whole or forgotten: part of one would bring a restarted attempt to a place where it never was.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { Recipient } from './input.ts';

export type CallbackHistory = readonly ({ readonly heard: MachineEvent } | { readonly said: MachineEvent; readonly to: Recipient })[];

/** By the callback's serial. Null: it grew too long to be kept. */
export type StoredDialogues = Readonly<Record<string, CallbackHistory | null>>;

/** Longer dialogues are forgotten: the callback then starts afresh after a restart. */
const MAX_DIALOGUE = 100;

export class CallbackHistories {
  /** A dialogue is never changed in place: it may be what a turn that is taken back begins again with. */
  readonly #dialogues: Map<number, CallbackHistory | null>;

  constructor(stored: StoredDialogues) {
    this.#dialogues = new Map(Object.entries(stored).map(([serial, dialogue]) => [Number(serial), dialogue]));
  }

  of(serial: number): CallbackHistory {
    return this.#dialogues.get(serial) ?? [];
  }

  remember(serial: number, line: CallbackHistory[number]): void {
    const dialogue = this.#dialogues.get(serial);
    if (dialogue === null) return;
    if (dialogue === undefined) this.#dialogues.set(serial, [line]);
    else if (dialogue.length >= MAX_DIALOGUE) this.#dialogues.set(serial, null);
    else this.#dialogues.set(serial, [...dialogue, line]);
  }

  end(serial: number): void {
    this.#dialogues.delete(serial);
  }

  /** Those of the callbacks that still run; undefined if there are none. */
  persist(runs: (serial: number) => boolean): StoredDialogues | undefined {
    const kept = [...this.#dialogues].filter(([serial]) => runs(serial));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
}
