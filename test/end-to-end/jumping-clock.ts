/** Time that goes by as ever, until it is told to jump: what was due meanwhile is due at once. */
import type { Clock } from '#actors/contract/clock.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
  handle?: NodeJS.Timeout;
}

export class JumpingClock implements Clock {
  #ahead = 0;
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return Date.now() + this.#ahead;
  }

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
    // Node fires at once what is further off than it can count to.
    const ms = Math.min(Math.max(0, waiting.at - this.now()), 2 ** 31 - 1);
    waiting.handle = setTimeout(() => {
      this.#waiting.delete(waiting);
      waiting.callback();
    }, ms);
    waiting.handle.unref();
  }
}
