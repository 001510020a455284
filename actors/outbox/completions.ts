/**
 * Completions stores the outcomes of work. Outcomes that are known together are stored together. It
 * claims work too, because a claim must not take what is just being released.
 *
 * Invariants
 * 1. One statement is under way at a time. An outcome is kept until it is stored, however long the
 *    store is away. Only a stop that has waited as long as it may gives it up. The item's lease
 *    then runs out (`test/actors/draining.test.ts`).
 * 2. An item that is being released is not claimed again. The store knows a holder by name only, so
 *    the release would free what this instance has just claimed, and another would begin it too
 *    (`test/actors/outbox/completions.test.ts`).
 * 3. An item that was done and is another instance's by now is reported as such, because it is done
 *    again there (`test/actors/outbox/lost-outcomes.test.ts`). So is one whose answer was lost and
 *    that is gone when it is sent again. That costs its lane one check.
 */
import type { Delivery, WorkItem, WorkOutcome } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { pause } from '../contract/waiting.ts';
import { keyOf } from '../contract/work-item.ts';

export type CompletionsOptions = Pick<Settings, 'store' | 'clock' | 'owner' | 'onError'>;

/** Outcomes in one statement. More makes a statement slower than it saves round trips. */
const MAX_BATCH = 500;
/** Between attempts while the store can't be reached, in milliseconds. */
const RETRY_MS = 200;

export class Completions {
  readonly #options: CompletionsOptions;
  readonly #waiting: { readonly outcome: WorkOutcome; readonly done: (isOurs: boolean) => void }[] = [];
  /**
   * Items that are being released, with how often and as what. Kept until every claim has ended
   * that began before it was stored.
   */
  readonly #releasing = new Map<string, { times: number; readonly outcome: WorkOutcome }>();
  #released: string[] = [];
  #claims = 0;
  #storing = false;
  #stopping = false;

  constructor(options: CompletionsOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return !this.#storing && this.#waiting.length === 0;
  }

  /** From now on, an outcome that can't be stored at once is given up. */
  stop(): void {
    this.#stopping = true;
  }

  /**
   * The item is done, and its row can go. `delivery` is shown by its journal entry. Resolves to
   * false if it is not this instance's any more.
   */
  done({ sessionId, serial, seq }: WorkItem, delivery: Delivery | null): Promise<boolean> {
    return this.#mark({ sessionId, serial, seq, status: 'done', delivery });
  }

  /**
   * Releases an item, to be done by any instance from `notBefore` on, in milliseconds since the
   * epoch. 0 means at once.
   */
  release(item: WorkItem, notBefore: number, { attempts, progress }: Pick<WorkItem, 'attempts' | 'progress'> = item): Promise<void> {
    const { sessionId, serial, seq } = item;
    return this.#release(keyOf(item), { sessionId, serial, seq, status: 'later', attempts, notBefore, progress });
  }

  /** Claims work that no instance holds. */
  async claim(now: number, leaseUntil: number, limit: number): Promise<readonly WorkItem[]> {
    const { store, owner } = this.#options;
    this.#claims++;
    try {
      return this.#withoutReleasing(await store.claimWork(owner, now, leaseUntil, limit));
    } finally {
      this.#claims--;
      if (this.#claims === 0) for (const key of this.#released.splice(0)) this.#isReleased(key);
    }
  }

  /** An item that is being released is released once more, with the rest of its lane. */
  #withoutReleasing(claimed: readonly WorkItem[]): readonly WorkItem[] {
    if (this.#releasing.size === 0) return claimed;
    const lanes = new Set(claimed.flatMap((item) => (item.lane !== null && this.#releasing.has(keyOf(item)) ? [item.lane] : [])));
    const isReleasing = (item: WorkItem): boolean => this.#releasing.has(keyOf(item)) || (item.lane !== null && lanes.has(item.lane));
    for (const item of claimed.filter(isReleasing)) {
      const before = this.#releasing.get(keyOf(item));
      void (before ? this.#release(keyOf(item), before.outcome) : this.release(item, item.notBefore));
    }
    return claimed.filter((item) => !isReleasing(item));
  }

  async #release(key: string, outcome: WorkOutcome): Promise<void> {
    this.#releasing.set(key, { times: (this.#releasing.get(key)?.times ?? 0) + 1, outcome });
    await this.#mark(outcome);
    if (this.#claims > 0) this.#released.push(key);
    else this.#isReleased(key);
  }

  #isReleased(key: string): void {
    const releasing = this.#releasing.get(key);
    if (releasing !== undefined && --releasing.times === 0) this.#releasing.delete(key);
  }

  /** Resolves once stored. */
  #mark(outcome: WorkOutcome): Promise<boolean> {
    return new Promise((done) => {
      this.#waiting.push({ outcome, done });
      if (this.#storing) return;
      this.#storing = true;
      setImmediate(() => void this.#storeAll());
    });
  }

  async #storeAll(): Promise<void> {
    const { store, clock, owner, onError } = this.#options;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        const { lost } = await store.finishWork(
          owner,
          batch.map(({ outcome }) => outcome),
        );
        const isLost = new Set(lost.map(keyOf));
        for (const { outcome, done } of batch) done(!isLost.has(keyOf(outcome)));
      } catch (error) {
        onError('marking work', error);
        if (this.#stopping) {
          for (const { done } of batch) done(false);
          continue;
        }
        this.#waiting.unshift(...batch);
        await pause(clock, RETRY_MS);
      }
    }
    this.#storing = false;
  }
}
