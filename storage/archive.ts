/**
 * Archive port, for what is kept beside the living sessions, for how long, and how it is found. Its
 * users are people and periodic chores, never a turn, so nothing here delays a message. Each store
 * has one (`StoreLifecycle.archive`).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import type { SessionId } from '#machines/ids.ts';
import type { Page } from '#storage/port.ts';

/**
 * Dead letter, a provider's event that no session can take. It is kept, so that acknowledging it
 * loses nothing.
 */
export interface StoredDeadLetter {
  /** `telegram`, … */
  readonly channel: string;
  /** Which of the channel's accounts it was sent to. */
  readonly account: string;
  /**
   * Provider's own id. With channel and account it names one entry, however often the provider
   * sends it.
   */
  readonly providerId: string;
  readonly receivedAt: number;
  readonly code: string;
  readonly reason: string;
  /** As the provider sent it, at most `MAX_DEAD_LETTER_CONTENT` characters of it. */
  readonly content: string;
  /** Original length in characters (UTF-16 units). If `content` is shorter, the rest was cut. */
  readonly size: number;
}

/** Characters. Telegram's longest message is a quarter of it. */
export const MAX_DEAD_LETTER_CONTENT = 65_536;

/** A legal hold that was set or lifted. All of them are kept, also after the session is gone. */
export interface HoldChange {
  readonly held: boolean;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** What a retention would delete. */
export interface Expired {
  readonly sessions: number;
  /** Sessions that are old enough and stay because of a hold. */
  readonly held: number;
  readonly deadLetters: number;
}

export interface Archive {
  /** Stores it. Resolves to false if it existed before, in which case nothing changed. */
  keepDeadLetter(event: StoredDeadLetter): Promise<boolean>;

  /** Newest first. */
  deadLetters(limit: number, cursor?: string): Promise<Page<StoredDeadLetter>>;

  /**
   * Sets or lifts a legal hold, with author and reason. Once this has resolved, a held session is
   * never deleted, not even by a deletion under way. `unchanged` means that it was so already, and
   * nothing was written.
   */
  hold(sessionId: SessionId, change: HoldChange): Promise<'changed' | 'unchanged' | 'no session'>;

  /** Every change of a session's hold, in order. The last one is the current state. */
  holds(sessionId: SessionId): Promise<readonly HoldChange[]>;

  /** Counts what `deleteExpired` with the same `before` would delete. */
  expired(before: number): Promise<Expired>;

  /**
   * Deletes sessions that were closed before `before` and are not held, with everything that
   * belongs to them, and dead letters received before it. At most `limit` of each, oldest first, in
   * one short step. Fewer than `limit` of both means that none is left.
   */
  deleteExpired(before: number, limit: number): Promise<Pick<Expired, 'sessions' | 'deadLetters'>>;

  /**
   * Deletes one closed session that is not held, with everything that belongs to it, in one short
   * step. The record of its holds stays.
   */
  deleteSession(sessionId: SessionId): Promise<'deleted' | 'held' | 'open' | 'no session'>;

  /**
   * Lease for chores that one instance does at a time. True if `owner` holds it until `until`. Call
   * again with a later time to keep it.
   */
  lease(name: string, owner: string, now: number, until: number): Promise<boolean>;
}
