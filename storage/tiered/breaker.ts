/**
 * Keeps a part that may be slow or away from costing anybody more than its budget.
 *
 * Owns: whether the part is asked at all, and finding out when it answers again.
 * Invariants: the first call that fails or overruns opens the breaker; from then on calls are skipped at once, whoever
 * makes them. A call that the part refused does not: it answered, and the next call may suit it. Nobody's call is the trial: a
 * probe of its own closes it again. The part's calls end by themselves within the budget.
 */

/** Pauses between probes, in milliseconds: soon at first, since most faults are short, then once in two seconds. */
const PAUSES = [100, 200, 500, 1_000, 2_000] as const;

export interface BreakerOptions {
  /** Resolves when the part is well again. */
  readonly probe: () => Promise<unknown>;
  readonly onChange: (open: boolean, cause: unknown) => void;
  /** The part is well, and refused this one call. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly onRefused: (error: unknown) => void;
}

export class Breaker {
  readonly #options: BreakerOptions;
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #closed = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** The part is not asked for the time being. */
  get open(): boolean {
    return this.#open;
  }

  /** What the call resolves to; undefined when it was skipped or failed. Never rejects. */
  async run<T>(call: () => Promise<T>): Promise<T | undefined> {
    if (this.#open || this.#closed) return undefined;
    try {
      return await call();
    } catch (error) {
      if (this.#options.isRefusal(error)) this.#options.onRefused(error);
      else this.#trip(error);
      return undefined;
    }
  }

  /** For good: nothing is asked or probed any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #trip(cause: unknown): void {
    if (this.#open || this.#closed) return;
    this.#open = true;
    this.#options.onChange(true, cause);
    this.#probeAfter(0);
  }

  #probeAfter(attempt: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#probe(attempt), PAUSES[Math.min(attempt, PAUSES.length - 1)]);
  }

  async #probe(attempt: number): Promise<void> {
    try {
      await this.#options.probe();
    } catch {
      this.#probeAfter(attempt + 1);
      return;
    }
    if (this.#closed) return;
    this.#open = false;
    this.#options.onChange(false, undefined);
  }
}
