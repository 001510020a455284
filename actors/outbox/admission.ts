/**
 * Admission decides when committed work begins, so that what follows an acknowledgement does not
 * delay the next ones.
 *
 * Work begins in the order in which it came, in the next round of the event loop. Then the senders
 * of the events that caused it have their receipts. A round that took long shows that this process
 * has more to do than it can. Then one item begins in each round, until rounds are short again. So
 * the work under way, and with it the length of a round, stops growing, and what cannot begin waits
 * under its lease.
 *
 * Owns the order and the rate of beginning. Does not own what is begun.
 */

/** A round that is longer than this is a long one, in milliseconds. */
const LONG_ROUND_MS = 10;

export class Admission {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  /** When the present round was joined. Undefined while nothing waits. */
  #since: number | undefined;

  /** `now` is a steady clock, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Resolves when the caller may begin. */
  turn(): Promise<void> {
    return new Promise((begin) => {
      this.#waiting.push(begin);
      if (this.#since === undefined) this.#join();
    });
  }

  #join(): void {
    const since = this.#now();
    this.#since = since;
    setImmediate(() => {
      const long = this.#now() - since > LONG_ROUND_MS;
      const admitted = this.#waiting.splice(0, long ? 1 : this.#waiting.length);
      this.#since = undefined;
      if (this.#waiting.length > 0) this.#join();
      for (const begin of admitted) begin();
    });
  }
}
