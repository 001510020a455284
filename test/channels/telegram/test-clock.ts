import type { Clock } from '#channels/clock.ts';

/**
 * Clock that advances only when everything sleeps. The next sleeper is woken at once, at its time.
 * `hold` stops that, and `advance` moves the clock by hand.
 */
export class TestClock implements Clock {
  private time: number;
  private readonly sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  private readonly automatic: boolean;
  private scheduled = false;

  constructor(options: { readonly automatic: boolean; readonly start?: number }) {
    this.automatic = options.automatic;
    this.time = options.start ?? 1_700_000_000_000;
  }

  readonly now = (): number => this.time;

  get sleeping(): number {
    return this.sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const wake = (): void => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const sleeper = { at: this.time + ms, wake };
      const aborted = (): void => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.sleepers.push(sleeper);
      this.schedule();
    });
  }

  /** Wakes the sleepers that are due by then, in order. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.next(); next !== undefined && next.at <= until; next = this.next()) this.wake(next);
    this.time = until;
  }

  private schedule(): void {
    if (!this.automatic || this.scheduled || this.sleepers.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const next = this.next();
      if (next) this.wake(next);
      this.schedule();
    });
  }

  private next(): { readonly at: number; readonly wake: () => void } | undefined {
    return this.sleepers.toSorted((a, b) => a.at - b.at)[0];
  }

  private wake(sleeper: { readonly at: number; readonly wake: () => void }): void {
    this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
    this.time = Math.max(this.time, sleeper.at);
    sleeper.wake();
  }
}
