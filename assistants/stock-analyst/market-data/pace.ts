/**
 * How many requests a provider takes, kept to on our side: who asks too often is blocked, and a plan's day is soon used up.
 * A request that may be made soon waits for its turn; one that would wait long is refused at once, with the time to wait.
 *
 * Owns: the times of the last requests of this process. Does not own: those of other instances with the same key, nor
 * those before a restart; the provider's own refusals count as well.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { limited } from './failures.ts';

/** At most `max` requests within any `ms` milliseconds. */
export interface PaceWindow {
  readonly ms: number;
  readonly max: number;
}

export interface PaceOptions {
  readonly windows: readonly PaceWindow[];
  /** Milliseconds that a request may wait for its turn. Default 60,000. */
  readonly longestWaitMs?: number;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

export class Pace {
  readonly #options: Required<PaceOptions>;
  /** When the last requests were made or will be, oldest first; as many as the widest window has. */
  #turns: number[] = [];

  constructor(options: PaceOptions) {
    this.#options = {
      longestWaitMs: 60_000,
      now: Date.now,
      sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
      ...options,
    };
  }

  /** Resolves when a request may be made. Throws `Unavailable` with `retryAfterMs`, or the signal's reason. */
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
      // It was not made: the turn is free again.
      const index = this.#turns.indexOf(turn);
      if (index >= 0) this.#turns = this.#turns.toSpliced(index, 1);
      signal?.throwIfAborted();
      throw error;
    }
  }
}
