/**
 * Clock that runs at the usual speed from `start` on and can jump. A jump fires at once everything
 * that it makes due.
 */
import type { Clock } from '#machines/clock.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
  handle?: NodeJS.Timeout;
}

export class JumpingClock implements Clock {
  #ahead: number;
  readonly #waiting = new Set<Waiting>();

  /** `start` is in milliseconds since the epoch. Default is the machine's time. */
  constructor(start = Date.now()) {
    this.#ahead = start - Date.now();
  }

  readonly now = (): number => Date.now() + this.#ahead;

  after(ms: number, callback: () => void): () => void {
    const waiting: Waiting = { at: this.now() + ms, callback };
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return () => {
      clearTimeout(waiting.handle);
      this.#waiting.delete(waiting);
    };
  }

  jump(minutes: number): void {
    this.#ahead += minutes * 60_000;
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.handle);
      this.#arm(waiting);
    }
  }

  #arm(waiting: Waiting): void {
    // A longer delay overflows, and Node fires such a timer at once.
    const ms = Math.min(Math.max(0, waiting.at - this.now()), 2 ** 31 - 1);
    waiting.handle = setTimeout(() => {
      this.#waiting.delete(waiting);
      waiting.callback();
    }, ms);
    waiting.handle.unref();
  }
}
