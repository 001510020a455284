/**
 * The last events of a session's runs, for readers that come late, come back, or are slow.
 *
 * Owns: ids, what is kept, who waits for more. Does not own: what the events mean.
 *
 * Invariants
 * 1. Ids increase, over restarts of the process too: they begin at the time in microseconds.
 * 2. It holds at most `maxEvents` events and about `maxBytes`, however many readers there are: each keeps its place, and nothing else.
 * 3. A reader is told of every event in order, or of a gap where one is gone.
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

/** Events were missed: the next one is the oldest that is left. `id` is that of the last one missed. */
export interface Gap {
  readonly id: number;
  readonly gap: true;
}

export class EventRing {
  readonly #limits: RingLimits;
  /** Oldest first. */
  #events: (NumberedEvent & { readonly bytes: number })[] = [];
  #bytes = 0;
  #last: number;
  /** Ids up to this are gone, or never were ours. */
  #gone: number;
  #dropped = false;
  #more = Promise.withResolvers<void>();

  constructor(limits: RingLimits, now: number) {
    this.#limits = limits;
    this.#last = Math.floor(now) * 1_000;
    this.#gone = this.#last;
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
    return id > this.#gone && id <= this.#last;
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

  /** What comes after `after`; undefined: from the oldest. Nothing if all has been read. */
  next(after: number | undefined): NumberedEvent | Gap | undefined {
    if (after === undefined) {
      const [first] = this.#events;
      return this.#dropped ? { id: this.#gone, gap: true } : first && bare(first);
    }
    // An id from the future is another process's.
    if (after < this.#gone || after > this.#last) return { id: this.#gone, gap: true };
    const found = this.#events[after - this.#gone];
    return found && bare(found);
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
    const oldest = this.#events.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.bytes;
    this.#gone = oldest.id;
    this.#dropped = true;
  }
}

function bare({ id, runId, event }: NumberedEvent): NumberedEvent {
  return { id, runId, event };
}
