/**
 * What became of work, on its way to the store: outcomes that are known together are stored together.
 *
 * Invariants: one statement is under way at a time. An outcome is kept until it is stored, however long the store is
 * away; only when this process stops is it given up, and the lease that runs out makes up for it.
 */
import type { Delivery, Store, WorkItem, WorkOutcome } from '#storage/port.ts';
import { type Clock, pause } from './clock.ts';

export interface OutcomesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly trouble: (where: string, error: unknown) => void;
}

/** Outcomes in one statement. More makes a statement slower than it saves round trips. */
const MAX_BATCH = 500;
/** Between attempts while the store can't be reached, in milliseconds. */
const RETRY_MS = 200;

export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #waiting: { readonly outcome: WorkOutcome; readonly done: () => void }[] = [];
  #storing = false;
  #stopping = false;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return !this.#storing && this.#waiting.length === 0;
  }

  /** From now on, what can't be stored at once is given up. */
  stop(): void {
    this.#stopping = true;
  }

  /** The work is done, and its row can go. `delivery`: what its journal entry is to show. */
  done({ sessionId, serial, seq }: WorkItem, delivery: Delivery | null): Promise<void> {
    return this.#mark({ sessionId, serial, seq, status: 'done', delivery });
  }

  /** Gives work back to be done from `notBefore` on, in milliseconds since the epoch; 0 for at once. */
  later(item: WorkItem, notBefore: number, { attempts, progress }: Pick<WorkItem, 'attempts' | 'progress'> = item): Promise<void> {
    const { sessionId, serial, seq } = item;
    return this.#mark({ sessionId, serial, seq, status: 'later', attempts, notBefore, progress });
  }

  /** Resolves once stored. */
  #mark(outcome: WorkOutcome): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ outcome, done });
      if (this.#storing) return;
      this.#storing = true;
      setImmediate(() => void this.#storeAll());
    });
  }

  async #storeAll(): Promise<void> {
    const { store, clock, owner, trouble } = this.#options;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        await store.finishWork(
          owner,
          batch.map(({ outcome }) => outcome),
        );
        for (const { done } of batch) done();
      } catch (error) {
        trouble('marking work', error);
        if (this.#stopping) {
          for (const { done } of batch) done();
          break;
        }
        this.#waiting.unshift(...batch);
        await pause(clock, RETRY_MS);
      }
    }
    this.#storing = false;
  }
}
