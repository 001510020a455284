/**
 * CommitQueue is the group commit. It stores turns of different sessions that are ready together in
 * one statement.
 *
 * There is no timer. A turn that is alone is stored at once. Under load, turns gather while
 * statements are under way, and batches grow by themselves to what the store can take. A batch is
 * about half of what is under way. Statements that return together would otherwise become one, and
 * this thread and the store would wait for each other by turns.
 *
 * Invariants, with their tests in `test/actors/session/commit-queue.test.ts`
 * 1. At most `maxInFlight` statements are under way. The next one takes all turns that gathered, up
 *    to `maxBatch`.
 * 2. A turn that the store refuses for good fails alone. Its batch is halved until it is found, so
 *    it costs `2 log2(maxBatch)` statements and not one for each turn.
 * 3. While the store is away, all turns of a statement fail at once. Nothing is sent twice here.
 * 4. The first entry of a turn names the instance that committed it.
 */
import { StatechatError } from '#machines/errors.ts';
import type { CommitResult, TurnCommit } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { instancePayload } from './journal-payload.ts';

interface Waiting {
  readonly turn: TurnCommit;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

export type CommitQueueOptions = Pick<Settings, 'store' | 'clock' | 'owner' | 'leaseMs' | 'maxBatch' | 'maxInFlight' | 'crash' | 'metrics'>;

/** Turns that are worth a statement while more turns of the same round are computed. */
const WORTH_SENDING = 32;

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting: Waiting[] = [];
  /** Statements, and the turns in them. */
  #inFlight = 0;
  #underWay = 0;
  #scheduled = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0;
  }

  /** Rejects with what the store threw. It is then unknown whether the turn was stored. */
  commit(turn: TurnCommit): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ turn: committedBy(turn, this.#options.owner), resolve, reject });
      this.#schedule();
    });
  }

  /**
   * After the present round of the event loop, so that the batch has all its turns. At once if they
   * are half of all.
   */
  #schedule(): void {
    if (!this.#ready) return;
    if (this.#waiting.length >= Math.max(WORTH_SENDING, this.#underWay)) return void this.#flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#ready) void this.#flush();
    });
  }

  get #ready(): boolean {
    return this.#inFlight < this.#options.maxInFlight && this.#waiting.length > 0;
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.maxBatch);
    this.#inFlight++;
    this.#underWay += batch.length;
    this.#schedule();
    try {
      await this.#store(batch);
    } finally {
      this.#inFlight--;
      this.#underWay -= batch.length;
      this.#schedule();
    }
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const { store, clock, owner, leaseMs, crash, metrics } = this.#options;
    const began = performance.now();
    const turns = batch.map(({ turn }) => turn);
    try {
      crash('before commit');
      const results = await store.commit(turns, owner, clock.now() + leaseMs);
      crash('after commit');
      metrics.committed(batch.length, performance.now() - began);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve(result);
        else reject(new StatechatError('defect', `the store answered ${results.length} results for ${batch.length} turns`));
      }
    } catch (error) {
      const passing = error instanceof StatechatError && error.retryable;
      if (passing) metrics.commitFailed();
      if (passing || batch.length === 1) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.#store(batch.slice(0, half));
      await this.#store(batch.slice(half));
    }
  }
}

function committedBy(turn: TurnCommit, owner: string): TurnCommit {
  const [first, ...rest] = turn.journal;
  if (first === undefined) return turn;
  return { ...turn, journal: [{ ...first, payload: instancePayload(first.payload, owner) }, ...rest] };
}
