/**
 * A shutdown and its time. Parts that wait for work under way share it. Each gets its own share and
 * what earlier ones left.
 */
export class Shutdown {
  readonly #shareMs: number;
  #begun = false;
  #until = 0;

  /** @param shareMs milliseconds of each part. */
  constructor(shareMs: number) {
    this.#shareMs = shareMs;
  }

  /** The program takes nothing more in. `/readyz` answers 503. */
  get begun(): boolean {
    return this.#begun;
  }

  begin(): void {
    this.#begun = true;
  }

  /** Whole milliseconds for the part that waits next. */
  share(): number {
    const now = Math.round(performance.now());
    this.#until = Math.max(this.#until, now) + this.#shareMs;
    return this.#until - now;
  }
}
