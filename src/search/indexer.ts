/**
 * Indexer, which feeds the index of the search some seconds after the turns, and lets it forget the
 * words of deleted sessions.
 *
 * Invariants
 * 1. One instance at a time works, under a lease. Another continues where a dead one stopped,
 *    because the index itself shows how far it is.
 * 2. Work is done in short steps with pauses as long as they took, so that no turn waits for longer
 *    than a step. Where finding the sessions takes long, the next poll comes later.
 */
import { pause } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import type { Archive } from '#storage/archive.ts';
import type { SearchIndex } from '#storage/search.ts';
import { profileOf } from '../operations/customer-profile.ts';
import type { Log } from '../telemetry/log.ts';

export interface IndexerParts {
  readonly search: Pick<SearchIndex, 'unindexed' | 'put' | 'forgetWords'>;
  readonly archive: Pick<Archive, 'lease'>;
  /** Names this instance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/** Pause between two polls, in milliseconds. What was said is found so late. */
const POLL_MS = 2_000;
/** A poll may take a twentieth of the time. */
const REST = 20;
/** Longer than any step and any pause of a process that lives, in milliseconds. */
const LEASE_MS = 60_000;
/** Sessions of a step, which takes some tens of milliseconds. */
const SESSIONS = 50;
/** Words that are checked after each poll. */
const WORDS = 50;

export class Indexer {
  readonly #parts: IndexerParts;
  readonly #stopping = new AbortController();
  #running = Promise.resolve();
  /** The last word that was checked. */
  #word: string | null = null;

  constructor(parts: IndexerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Indexes what is missing, once. Resolves to false if another instance does it. */
  async round(): Promise<boolean> {
    const { search, archive, owner, clock } = this.#parts;
    if (!(await this.#isOurs())) return false;
    try {
      for (;;) {
        const began = performance.now();
        const sessions = await search.unindexed(SESSIONS);
        if (sessions.length === 0) break;
        await search.put(sessions.map((one) => ({ ...one, profile: profileOf(one.session) })));
        if (!(await this.#isOurs())) return false;
        await this.#rest(performance.now() - began);
      }
      this.#word = await search.forgetWords(this.#word, WORDS);
      return true;
    } finally {
      // Also after an error or a stop. Where the store does not answer, the lease runs out.
      await archive.lease('search', owner, clock.now(), clock.now()).catch(() => false);
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const began = performance.now();
      try {
        await this.round();
      } catch (error) {
        this.#parts.log.warn({ error }, 'the search could not be indexed and will be tried again');
      }
      await this.#rest(Math.max(POLL_MS, REST * (performance.now() - began)));
    }
  }

  async #isOurs(): Promise<boolean> {
    const { archive, owner, clock } = this.#parts;
    return !this.#stopping.signal.aborted && (await archive.lease('search', owner, clock.now(), clock.now() + LEASE_MS));
  }

  #rest(ms: number): Promise<void> {
    return pause(this.#parts.clock, ms, this.#stopping.signal);
  }
}
