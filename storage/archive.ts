/**
 * The archive port: what is kept beside the living sessions, for how long, and how it is found. Its users are people and
 * periodic chores, never a turn, so nothing here is in a message's way. Each store has one (`StoreLifecycle.archive`).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import type { SessionId } from '#machines/ids.ts';
import type { JournalEntry, Page } from '#storage/port.ts';

/** Something that a provider sent and no session can ever hear: kept, so that acknowledging it loses nothing. */
export interface RejectedEvent {
  /** `telegram`, … */
  readonly channel: string;
  /** Which of the channel's accounts it was sent to. */
  readonly account: string;
  /** The provider's own id of it: with channel and account it names one entry, however often it is sent. */
  readonly providerId: string;
  readonly receivedAt: number;
  readonly code: string;
  readonly reason: string;
  /** As the provider sent it, at most `MAX_REJECTED_CONTENT` characters of it. */
  readonly content: string;
  /** Characters (UTF-16 units) that it had. More than `content` has: the rest was cut. */
  readonly size: number;
}

/** Characters. Telegram's longest message is a quarter of it. */
export const MAX_REJECTED_CONTENT = 65_536;

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
  readonly rejected: number;
}

export interface Archive {
  /** Keeps it. Resolves to false if it was there before: nothing changed. */
  reject(event: RejectedEvent): Promise<boolean>;

  /** Newest first. */
  rejected(limit: number, cursor?: string): Promise<Page<RejectedEvent>>;

  /**
   * Sets or lifts a legal hold, and keeps who did and why. A held session is never deleted: once this has resolved, also not by
   * a deletion under way. `unchanged`: it was so already, and nothing was written.
   */
  hold(sessionId: SessionId, change: HoldChange): Promise<'changed' | 'unchanged' | 'no session'>;

  /** Every change of a session's hold, in order. The last one says how it stands. */
  holds(sessionId: SessionId): Promise<readonly HoldChange[]>;

  /** Counts what `deleteExpired` with the same `before` would delete. */
  expired(before: number): Promise<Expired>;

  /**
   * Deletes sessions that were closed before `before` and are not held, with all that belongs to them, and rejected events
   * received before it; at most `limit` of each, oldest first, in one short step. Less than `limit` of both: that was all.
   */
  deleteExpired(before: number, limit: number): Promise<Pick<Expired, 'sessions' | 'rejected'>>;

  /** Makes messages of closed sessions findable, of at most `limit` sessions. Resolves to how many sessions it worked on. */
  index(limit: number): Promise<number>;

  /**
   * Messages of closed sessions in which each of the words of `query` begins a word (storage/words.ts), those of the youngest sessions first.
   * Where there is no index a page ends after so much work, so it may be short, even empty, with `next` not null.
   */
  search(query: string, limit: number, cursor?: string): Promise<Page<JournalEntry>>;

  /** For chores that one instance does at a time: true if `owner` may until `until`. Ask again with a later one to keep it. */
  lease(name: string, owner: string, now: number, until: number): Promise<boolean>;
}
