/**
 * Indexer, which feeds the index of the search some seconds after the turns, and lets it forget the
 * words of deleted sessions.
 *
 * Invariants
 * 1. One instance at a time works, under a leader lease. Another continues where a dead one stopped,
 *    because the index itself shows how far it is.
 * 2. Work is done in short steps with pauses as long as they took, so that no turn waits for longer
 *    than a step. Where finding the sessions takes long, the next poll comes later.
 */
import { pause } from '#actors/contract/waiting.ts';
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { SearchIndex } from '#storage/search.ts';
import { profileOf } from '../operations/customer-profile.ts';
import type { Log } from '../telemetry/log.ts';

export interface IndexerParts {
  readonly search: Pick<SearchIndex, 'unindexed' | 'put' | 'forgetWords'>;
  readonly clock: Clock;
  readonly lease: LeaderLease;
  readonly log: Pick<Log, 'warn'>;
}

/** Pause between two polls, in milliseconds. What was said is found so late. */
const POLL_MS = 2_000;
/** A poll may take a twentieth of the time. */
const REST = 20;
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
    this.#running = this.#parts.lease((signal) => this.#run(signal), this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Indexes what is missing, once. */
  async round(signal: AbortSignal = this.#stopping.signal): Promise<void> {
    const { search, clock } = this.#parts;
    while (!signal.aborted) {
      const began = performance.now();
      const sessions = await search.unindexed(SESSIONS);
      if (sessions.length === 0) break;
      await search.put(sessions.map((one) => ({ ...one, profile: profileOf(one.session) })));
      await pause(clock, performance.now() - began, signal);
    }
    if (!signal.aborted) this.#word = await search.forgetWords(this.#word, WORDS);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      const began = performance.now();
      await this.round(signal).catch((error: unknown) => log.warn({ error }, 'the search could not be indexed and will be tried again'));
      await pause(clock, Math.max(POLL_MS, REST * (performance.now() - began)), signal);
    }
  }
}
