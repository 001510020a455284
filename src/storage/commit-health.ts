/**
 * CommitHealth knows whether turns can be committed, from the commits themselves. A database can
 * answer every read while it takes no turn, for example on a full disk.
 */
export class CommitHealth {
  readonly #clock: () => number;
  #failedAt: number | undefined;

  /** @param clock a steady one, in milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  committed(): void {
    this.#failedAt = undefined;
  }

  failed(): void {
    this.#failedAt = this.#clock();
  }

  /**
   * The last commit failed, not long ago. Without new commits it is unknown whether they still
   * fail, so after a while the instance is tried again.
   */
  get failing(): boolean {
    return this.#failedAt !== undefined && this.#clock() - this.#failedAt < MEMORY_MS;
  }
}

/** Longer than the interval of most probes, so that at least one sees it. */
const MEMORY_MS = 15_000;
