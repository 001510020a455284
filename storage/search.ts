/**
 * Port of the search over what was said, in open and closed sessions, and over who the customers
 * are. Each store has one (`StoreLifecycle.search`). Nothing of it is part of a turn.
 *
 * PostgreSQL has an index, which a chore feeds some seconds after the turns. Other stores have
 * none. They read sessions, newest first, until a page is full or a budget is spent, so a page may
 * be short or empty with `next` not null.
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import type { SessionId } from '#machines/ids.ts';
import type { JournalEntry, Page, SessionRow } from '#storage/port.ts';
import type { SearchQuery } from '#storage/search-query.ts';

/** Who wrote it. `profile` is what is known of the customer, and no entry of the journal. */
export const SOURCES = ['customer', 'assistant', 'agent', 'note', 'profile', 'event'] as const;
export type Source = (typeof SOURCES)[number];

/** Only entries that match every field that is given. */
export interface SearchFilter {
  readonly session?: SessionId;
  readonly sources?: readonly Source[];
  readonly channel?: string;
  readonly assistant?: string;
  /** The agent who has the session. */
  readonly agent?: string;
  readonly tag?: string;
  readonly open?: boolean;
  /** Written then or later. */
  readonly from?: number;
  /** Written before then. */
  readonly to?: number;
}

/** The profile of a session's customer is text that the store cannot read by itself. */
export type ProfileOf = (row: SessionRow) => string;

export interface SearchRequest {
  readonly query: SearchQuery;
  readonly filter: SearchFilter;
  readonly limit: number;
  readonly cursor?: string;
  readonly profileOf: ProfileOf;
}

export interface SearchHit {
  readonly sessionId: SessionId;
  readonly at: number;
  /** It was found by words that differ by a slip. Such hits come after all others. */
  readonly isNear: boolean;
  /** Undefined for a profile. */
  readonly entry: JournalEntry | undefined;
}

export interface UnindexedSession {
  readonly session: SessionRow;
  /** Entries that have text and are not in the index yet, in order. */
  readonly entries: readonly Pick<JournalEntry, 'seq' | 'at' | 'kind' | 'text'>[];
  /** The index has everything up to there once these entries are in it. */
  readonly upTo: number;
}

export interface IndexedSession extends UnindexedSession {
  readonly profile: string;
}

export interface SearchIndex {
  /**
   * Youngest sessions first, and in each the last entry first. Near matches come after the others.
   */
  search(request: SearchRequest): Promise<Page<SearchHit>>;
  /** Sessions of which something is not in the index. Empty if nothing is to be done. */
  unindexed(limit: number): Promise<readonly UnindexedSession[]>;
  /** Adds the entries, and replaces the profile. Deleted sessions are left out. */
  put(sessions: readonly IndexedSession[]): Promise<void>;
  /**
   * Forgets words that no text has any more, among `limit` words after that one. Resolves to the
   * last of them, or to null at the end of all words.
   */
  forgetWords(after: string | null, limit: number): Promise<string | null>;
}

/** Who wrote an entry. */
export function sourceOf(kind: string): Exclude<Source, 'profile'> {
  switch (kind) {
    case 'customer.message':
      return 'customer';
    case 'assistant.message':
      return 'assistant';
    case 'agent.message':
      return 'agent';
    case 'note':
      return 'note';
    default:
      return 'event';
  }
}
