/**
 * FanOut decides when what waits for readers is written. When little happens that is at once. When
 * writing takes long, what comes meanwhile is gathered, so that it is one write for each reader.
 *
 * Owns: when. Does not own: what waits (inbox-topics.ts, outgoing.ts).
 *
 * Invariants
 * 1. Writing takes at most about one part in `REST + 1` of the thread's time, however many readers
 *    and events there are. So delays grow with them, and the share does not.
 * 2. What waits is written within `MOST_WAIT_MS`, and the time of one round of writing.
 * 3. What is added while others are written is written in the same round.
 *
 * @example
 * // 10 readers: a round takes 0.1 ms, and what comes 0.2 ms later is written at once.
 * // 1,000 readers: a round takes 12 ms, and the next one begins 24 ms later.
 */

/** What waits for its turn. It is asked once for each time that it was added. */
export interface Writer {
  flush(): void;
}

/** How often the time of a round passes before the next one. */
const REST = 2;
/** The longest rest, in milliseconds. People do not see it. */
const MOST_WAIT_MS = 250;

export interface FanOutOptions {
  /** Milliseconds with their fraction, never back. */
  readonly now: () => number;
  /**
   * Processor time of this thread, in milliseconds. The time of a round itself would be longer on a
   * machine that is busy with other things, and rests of that length would leave it idle.
   */
  readonly cpuMs: () => number;
}

export class FanOut {
  readonly #options: FanOutOptions;
  readonly #writers = new Set<Writer>();
  #isWriting = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  add(writer: Writer): void {
    this.#writers.add(writer);
    if (this.#isWriting || this.#timer !== undefined) return;
    const rest = this.#restsUntil - this.#options.now();
    if (rest <= 0) this.#write();
    else this.#timer = setTimeout(() => this.#write(), rest).unref();
  }

  /** It has nothing to write any more. */
  remove(writer: Writer): void {
    this.#writers.delete(writer);
  }

  #write(): void {
    this.#timer = undefined;
    this.#isWriting = true;
    const { now, cpuMs } = this.#options;
    const before = cpuMs();
    try {
      // The loop comes to those that are added while it runs.
      for (const writer of this.#writers) {
        this.#writers.delete(writer);
        writer.flush();
      }
    } finally {
      this.#isWriting = false;
    }
    this.#restsUntil = now() + Math.min(MOST_WAIT_MS, (cpuMs() - before) * REST);
  }
}
