import type { RuntimeMetrics } from '#actors/contract/metrics.ts';

/**
 * CommitHealth knows whether turns can be committed, from the commits themselves. A database can
 * answer every read while it takes no turn, for example on a full disk.
 *
 * One failure can be a deadlock or a connection that an operator ended. That takes several commits
 * at the same moment, on all instances. So commits count as failing once they fail for some time.
 */
export class CommitHealth {
  readonly #clock: () => number;
  /** The first and the last failure since a commit succeeded. */
  #failures: { readonly first: number; readonly last: number } | undefined;

  /** @param clock a steady one, in milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  committed(): void {
    this.#failures = undefined;
  }

  /** The same metrics, with the health beside them. */
  watched<M extends Pick<RuntimeMetrics, 'committed' | 'commitFailed'>>(metrics: M): M {
    return {
      ...metrics,
      committed: (turns: number, ms: number) => {
        this.committed();
        metrics.committed(turns, ms);
      },
      commitFailed: () => {
        this.failed();
        metrics.commitFailed();
      },
    };
  }

  failed(): void {
    const now = this.#clock();
    this.#failures = { first: this.#failures?.first ?? now, last: now };
  }

  /**
   * Commits failed again after a while, the last one not long ago. Without new commits it is
   * unknown whether they still fail, so after a while the instance is tried again.
   */
  get failing(): boolean {
    if (this.#failures === undefined) return false;
    const { first, last } = this.#failures;
    return last - first >= PASSING_MS && this.#clock() - last < MEMORY_MS;
  }
}

/** Longer than the failures of one moment take to come in. Channels send again after a second. */
const PASSING_MS = 1_000;
/** Longer than the interval of most probes, so that at least one sees it. */
const MEMORY_MS = 15_000;
