import { type Clock, sleep } from '#machines/clock.ts';
import { RateLimited } from './port.ts';

const FIRST_MS = 500;
/** Longest pause between two attempts. A repaired connection is noticed that late at most. */
const LONGEST_MS = 30_000;

/**
 * Pauses that double from half a second to half a minute. Each is shortened by up to half at
 * random, so that instances spread.
 */
export class Backoff {
  private readonly clock: Clock;
  private readonly random: () => number;
  private failures = 0;

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.random = random;
  }

  reset(): void {
    this.failures = 0;
  }

  /**
   * Waits after a failure. The time that the provider demands goes first. Rejects with the signal's
   * reason.
   */
  async pause(error: unknown, signal: AbortSignal): Promise<void> {
    const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures++, 10)) * (1 - this.random() / 2);
    await sleep(this.clock, error instanceof RateLimited ? Math.max(error.retryAfterMs, grown) : grown, signal);
  }
}
