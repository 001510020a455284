/**
 * Circuit breaker, which keeps a slow or absent part from costing any caller more than its budget.
 *
 * Owns whether the part is called at all, and detecting when it answers again.
 *
 * Invariants
 * 1. The first call that fails or overruns opens the breaker. From then on all calls are skipped at
 *    once.
 * 2. A call that the part refused does not open it, because the part answered, and the next call
 *    may suit it.
 * 3. No caller's call is the trial. A probe of its own closes the breaker.
 * 4. The part's calls end by themselves within the budget.
 */

/**
 * Pauses between probes, in milliseconds, short at first, because most faults are short, then two
 * seconds.
 */
const PAUSES = [100, 200, 500, 1_000, 2_000] as const;

export interface BreakerOptions {
  /** Resolves when the part works again. */
  readonly probe: () => Promise<unknown>;
  readonly onChange: (open: boolean, cause: unknown) => void;
  /** The part works, and refused this one call. */
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

  /** The part is not called for the time being. */
  get open(): boolean {
    return this.#open;
  }

  /** Result of the call. Undefined if it was skipped or failed. Never rejects. */
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

  /** Final. There are no more calls or probes. */
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
