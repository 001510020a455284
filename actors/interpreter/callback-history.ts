/**
 * What the running callbacks of a session received, and what they sent at once in response. A
 * restarted attempt is brought to the same point with it.
 *
 * Invariant. A history is complete or dropped. A part of one would bring a restarted attempt to a
 * point where the callback never was.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { SentEvent } from './input.ts';

export type CallbackHistory = readonly ({ readonly received: MachineEvent } | { readonly sent: SentEvent })[];

/** By the serial of the callback. Null for a history that grew too long to be kept. */
export type CallbackHistoriesBySerial = Readonly<Record<string, CallbackHistory | null>>;

/** Longer histories are dropped. Such a callback starts afresh after a restart. */
const MAX_HISTORY = 100;

export class CallbackHistories {
  /**
   * A history is never changed in place, because a turn that is taken back starts from it again.
   */
  readonly #histories: Map<number, CallbackHistory | null>;

  constructor(stored: CallbackHistoriesBySerial) {
    this.#histories = new Map(Object.entries(stored).map(([serial, history]) => [Number(serial), history]));
  }

  of(serial: number): CallbackHistory {
    return this.#histories.get(serial) ?? [];
  }

  append(serial: number, line: CallbackHistory[number]): void {
    const history = this.#histories.get(serial);
    if (history === null) return;
    if (history === undefined) this.#histories.set(serial, [line]);
    else if (history.length >= MAX_HISTORY) this.#histories.set(serial, null);
    else this.#histories.set(serial, [...history, line]);
  }

  end(serial: number): void {
    this.#histories.delete(serial);
  }

  /** The histories of the callbacks that still run. Undefined if there are none. */
  persist(runs: (serial: number) => boolean): CallbackHistoriesBySerial | undefined {
    if (this.#histories.size === 0) return undefined;
    const kept = [...this.#histories].filter(([serial]) => runs(serial));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
}
