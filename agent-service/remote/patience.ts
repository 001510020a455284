/** How long, and how often, something that cannot be reached is tried again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Unavailable } from '#machines/errors.ts';

/**
 * Back-off between attempts. It doubles from the first to the longest wait. Each wait is shortened
 * by up to a half, so that clients do not return at the same time.
 */
const WAIT_MS = { first: 100, most: 5_000 };

export class Patience {
  readonly #forMs: number;
  #attempts = 0;
  #since: number | undefined;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** It has answered. */
  renew(): void {
    this.#attempts = 0;
    this.#since = undefined;
  }

  /**
   * Resolves when it is time to retry or the signal is aborted. Rejects with `fault` if attempts
   * have failed for too long.
   */
  async wait(fault: Unavailable, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#since ??= now;
    const left = this.#forMs - (now - this.#since);
    if (left <= 0) throw fault;
    const wait = Math.min(WAIT_MS.first * 2 ** this.#attempts, WAIT_MS.most) * (1 - Math.random() / 2);
    this.#attempts += 1;
    await delay(Math.min(wait, left), undefined, { signal }).catch(() => {});
  }
}
