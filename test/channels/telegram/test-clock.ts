import { type Clock, sleep } from '#machines/clock.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Clock that goes forward only when all code waits. With `automatic` it jumps to the earliest wait
 * and fires it. Without, `advance` moves it.
 */
export class TestClock implements Clock {
  private time: number;
  private waiting: readonly Waiting[] = [];
  private readonly automatic: boolean;
  private scheduled = false;

  constructor(options: { readonly automatic: boolean; readonly start?: number }) {
    this.automatic = options.automatic;
    this.time = options.start ?? 1_700_000_000_000;
  }

  readonly now = (): number => this.time;

  after(ms: number, callback: () => void): () => void {
    const one = { at: this.time + ms, callback };
    this.waiting = [...this.waiting, one];
    this.schedule();
    return () => this.remove(one);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleep(this, ms, signal);
  }

  /** Fires what is due within `ms`, in order. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.next(); next !== undefined && next.at <= until; next = this.next()) this.fire(next);
    this.time = until;
  }

  private schedule(): void {
    if (!this.automatic || this.scheduled || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const next = this.next();
      if (next) this.fire(next);
      this.schedule();
    });
  }

  private next(): Waiting | undefined {
    return this.waiting.toSorted((a, b) => a.at - b.at)[0];
  }

  private fire(one: Waiting): void {
    this.remove(one);
    this.time = Math.max(this.time, one.at);
    one.callback();
  }

  private remove(one: Waiting): void {
    this.waiting = this.waiting.filter((other) => other !== one);
  }
}
