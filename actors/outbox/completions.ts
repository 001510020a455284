/**
 * What became of work, on its way to the store: outcomes that are known together are stored together.
 *
 * Invariants
 * 1. One statement is under way at a time. An outcome is kept until it is stored, however long the store is
 *    away; only when this process has waited for that as long as its stop may take is it given up, and the lease that runs out makes up for it.
 * 2. Work that is on its way back is not taken again: the store knows its holder by name only, so it would free what this
 *    process has just taken, and somebody else would begin it too.
 * 3. A look passes over what is ours already, in every lane. That is also what the store gave us in an answer that was lost, or is
 *    still on its way: until that is known, what is taken has to ask what comes before it.
 */

import type { Clock } from '#machines/clock.ts';
import type { Delivery, Store, WorkItem, WorkOutcome } from '#storage/port.ts';
import { pause } from '../contract/waiting.ts';
import { keyOf } from '../contract/work-item.ts';

export interface CompletionsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly onError: (where: string, error: unknown) => void;
}

/** Outcomes in one statement. More makes a statement slower than it saves round trips. */
const MAX_BATCH = 500;
/** Between attempts while the store can't be reached, in milliseconds. */
const RETRY_MS = 200;

export class Completions {
  readonly #options: CompletionsOptions;
  readonly #waiting: { readonly outcome: WorkOutcome; readonly done: () => void }[] = [];
  /** Work on its way back: how often, and as what. Kept until no look for work is under way that began before it was stored. */
  readonly #leaving = new Map<string, { times: number; readonly outcome: WorkOutcome }>();
  #left: string[] = [];
  #looks = 0;
  /** The answer to a look was lost: until then, in milliseconds since the epoch, work may be ours of which we do not know. */
  #untoldUntil = 0;
  #storing = false;
  #stopping = false;

  constructor(options: CompletionsOptions) {
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
    return this.#giveBack(keyOf(item), { sessionId, serial, seq, status: 'later', attempts, notBefore, progress });
  }

  /** Takes what nobody holds. `clear`: nothing comes before it in its lane but what we know of. */
  async claim(now: number, leaseUntil: number, limit: number): Promise<{ readonly work: readonly WorkItem[]; readonly clear: boolean }> {
    const { store, owner, clock } = this.#options;
    this.#looks++;
    try {
      const work = this.#withoutLeaving(await store.claimWork(owner, now, leaseUntil, limit));
      return { work, clear: this.#looks === 1 && clock.now() >= this.#untoldUntil };
    } catch (error) {
      this.#untoldUntil = leaseUntil;
      throw error;
    } finally {
      this.#looks--;
      if (this.#looks === 0) for (const key of this.#left.splice(0)) this.#hasLeft(key);
    }
  }

  /** What is on its way back is given back once more, with the rest of its lane. */
  #withoutLeaving(claimed: readonly WorkItem[]): readonly WorkItem[] {
    if (this.#leaving.size === 0) return claimed;
    const lanes = new Set(claimed.flatMap((item) => (item.lane !== null && this.#leaving.has(keyOf(item)) ? [item.lane] : [])));
    const leaves = (item: WorkItem): boolean => this.#leaving.has(keyOf(item)) || (item.lane !== null && lanes.has(item.lane));
    for (const item of claimed.filter(leaves)) {
      const before = this.#leaving.get(keyOf(item));
      void (before ? this.#giveBack(keyOf(item), before.outcome) : this.later(item, item.notBefore));
    }
    return claimed.filter((item) => !leaves(item));
  }

  async #giveBack(key: string, outcome: WorkOutcome): Promise<void> {
    this.#leaving.set(key, { times: (this.#leaving.get(key)?.times ?? 0) + 1, outcome });
    await this.#mark(outcome);
    if (this.#looks > 0) this.#left.push(key);
    else this.#hasLeft(key);
  }

  #hasLeft(key: string): void {
    const leaving = this.#leaving.get(key);
    if (leaving !== undefined && --leaving.times === 0) this.#leaving.delete(key);
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
    const { store, clock, owner, onError } = this.#options;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        await store.finishWork(
          owner,
          batch.map(({ outcome }) => outcome),
        );
        for (const { done } of batch) done();
      } catch (error) {
        onError('marking work', error);
        if (this.#stopping) {
          for (const { done } of batch) done();
          continue;
        }
        this.#waiting.unshift(...batch);
        await pause(clock, RETRY_MS);
      }
    }
    this.#storing = false;
  }
}
