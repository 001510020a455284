/**
 * Client-side rate limit for a provider, which blocks clients that exceed it, and whose daily plan
 * is soon used up. A request that may be made soon waits for its turn. A request with a long wait
 * is refused at once, with the time to wait.
 *
 * Owns the times of this process's last requests. Does not own requests of other instances with
 * the same key, nor those before a restart. The provider's own refusals cover these.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { limited } from './failures.ts';

/** At most `max` requests within any `ms` milliseconds. */
export interface PaceWindow {
  readonly ms: number;
  readonly max: number;
}

export interface RequestPaceOptions {
  readonly windows: readonly PaceWindow[];
  /** Milliseconds that a request may wait for its turn. Default 60,000. */
  readonly longestWaitMs?: number;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

export class RequestPace {
  readonly #options: Required<RequestPaceOptions>;
  /**
   * Times of the last and the scheduled requests, oldest first. As many as the widest window has.
   */
  #turns: number[] = [];

  constructor(options: RequestPaceOptions) {
    this.#options = {
      longestWaitMs: 60_000,
      now: Date.now,
      sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
      ...options,
    };
  }

  /**
   * Resolves when a request may be made. Throws `Unavailable` with `retryAfterMs`, or the signal's
   * reason.
   */
  async take(provider: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { windows, longestWaitMs, now, sleep } = this.#options;
    const at = now();
    const turn = windows.reduce(
      (latest, { ms, max }) => {
        const before = this.#turns.at(-max);
        return before === undefined ? latest : Math.max(latest, before + ms);
      },
      Math.max(at, this.#turns.at(-1) ?? 0),
    );
    if (turn - at > longestWaitMs) throw limited(provider, turn - at);
    const kept = Math.max(0, ...windows.map(({ max }) => max));
    this.#turns = [...this.#turns, turn].slice(-kept);
    if (turn === at) return;
    try {
      await sleep(turn - at, signal);
    } catch (error) {
      // The request was not made, so its turn is free again.
      const index = this.#turns.indexOf(turn);
      if (index >= 0) this.#turns = this.#turns.toSpliced(index, 1);
      signal?.throwIfAborted();
      throw error;
    }
  }
}
