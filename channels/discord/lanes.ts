/**
 * Events of each channel of Discord, one after the other. Owns the order and how many wait. Does
 * not own what is done with an event.
 *
 * Invariants
 * 1. A job begins when the one before it in its lane has ended. Lanes do not wait for each other.
 * 2. After `end` no job begins. It resolves when those under way have ended.
 */
export type Job = (signal: AbortSignal) => Promise<void>;

export class Lanes {
  private readonly lanes = new Map<string, Job[]>();
  private readonly running = new Set<Promise<void>>();
  private closing = new AbortController();
  private count = 0;

  private readonly onDefect: (error: unknown) => void;

  constructor(onDefect: (error: unknown) => void) {
    this.onDefect = onDefect;
  }

  /** Jobs that have not ended. */
  get waiting(): number {
    return this.count;
  }

  /** A job that rejects is a defect, and the next one begins. */
  add(lane: string, ...jobs: readonly Job[]): void {
    this.count += jobs.length;
    const queue = this.lanes.get(lane);
    if (queue !== undefined) {
      queue.push(...jobs);
      return;
    }
    const begun = [...jobs];
    this.lanes.set(lane, begun);
    const run = this.run(lane, begun, this.closing.signal).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Drops what waits. What was added before and not stored is fetched from Discord later. */
  async end(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.running);
    this.lanes.clear();
    this.count = 0;
    this.closing = new AbortController();
  }

  private async run(lane: string, queue: Job[], signal: AbortSignal): Promise<void> {
    for (let job = queue.shift(); job !== undefined && !signal.aborted; job = queue.shift()) {
      await job(signal).catch(this.onDefect);
      this.count--;
    }
    this.lanes.delete(lane);
  }
}
