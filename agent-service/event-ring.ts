/**
 * Ring of the last events of a session's runs, for readers that come late, come back or are slow.
 *
 * Owns ids, what is kept, the readers that wait for more. Does not own the meaning of the events.
 *
 * Invariants
 * 1. Ids increase, also over restarts of the process, because they begin at the time in
 *    microseconds.
 * 2. The ring holds at most `maxEvents` events and about `maxBytes`, however many readers there
 *    are. A reader costs its position and nothing else.
 * 3. A reader receives every event in order, or a gap where one is gone.
 * 4. What tools gave to the customer is dropped last. `complete` repeats the text, but a file, a
 *    card or a reaction is nowhere else.
 */
import type { RunEvent } from './events.ts';

export interface RingLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

export interface NumberedEvent {
  readonly id: number;
  readonly runId: string;
  readonly event: RunEvent;
}

/**
 * Events were missed. The next one is the oldest that is left after them. `id` is that of the last
 * one missed.
 */
export interface Gap {
  readonly id: number;
  readonly gap: true;
}

interface Kept extends NumberedEvent {
  readonly bytes: number;
}

export class EventRing {
  readonly #limits: RingLimits;
  /** Oldest first. */
  #events: Kept[] = [];
  #bytes = 0;
  /** Ids up to this never were ours. */
  readonly #start: number;
  #last: number;
  #more = Promise.withResolvers<void>();

  constructor(limits: RingLimits, now: number) {
    this.#limits = limits;
    this.#start = Math.floor(now) * 1_000;
    this.#last = this.#start;
  }

  get empty(): boolean {
    return this.#events.length === 0;
  }

  /** The id behind which the next event will stand. */
  get last(): number {
    return this.#last;
  }

  /** Whether the event of this id is kept. */
  has(id: number): boolean {
    return this.#behind(id - 1)?.id === id;
  }

  /** Its id. */
  push(runId: string, event: RunEvent): number {
    this.#last += 1;
    const bytes = JSON.stringify(event).length;
    this.#events.push({ id: this.#last, runId, event, bytes });
    this.#bytes += bytes;
    // The newest stays, whatever its size.
    while (this.#events.length > 1 && (this.#events.length > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes)) this.#drop();
    this.wake();
    return this.#last;
  }

  /**
   * Events after `after`. Default is from the beginning. Undefined if the reader has read
   * everything.
   */
  next(after: number = this.#start): NumberedEvent | Gap | undefined {
    // An id from the past or the future is another process's.
    if (after < this.#start || after > this.#last) return { id: (this.#events[0]?.id ?? this.#last + 1) - 1, gap: true };
    const found = this.#behind(after);
    if (found === undefined || found.id === after + 1) return found && bare(found);
    return { id: found.id - 1, gap: true };
  }

  /** Resolves at the next event, or when readers are woken. */
  get more(): Promise<void> {
    return this.#more.promise;
  }

  wake(): void {
    const { resolve } = this.#more;
    this.#more = Promise.withResolvers();
    resolve();
  }

  #drop(): void {
    const other = this.#events.findIndex(({ id, event }) => id < this.#last && !isOutput(event));
    const [dropped] = this.#events.splice(Math.max(0, other), 1);
    this.#bytes -= dropped?.bytes ?? 0;
  }

  /** The oldest that is kept behind `id`. */
  #behind(id: number): Kept | undefined {
    let [from, to] = [0, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#events[middle]?.id ?? id) > id) to = middle;
      else from = middle + 1;
    }
    return this.#events[from];
  }
}

function isOutput({ type }: RunEvent): boolean {
  return type === 'report' || type === 'card' || type === 'reaction';
}

function bare({ id, runId, event }: NumberedEvent): NumberedEvent {
  return { id, runId, event };
}
