/**
 * Storage port. A store keeps sessions (one row an actor), their journal (append only, numbered)
 * and their work (the outbox, committed work that is not done in the world yet). It shows no
 * connection and no transaction. The one important write is `commit`, which is atomic for each
 * turn.
 *
 * Times are milliseconds since the epoch, on the store's own clock (`ping`), which callers follow.
 * Snapshots, payloads and outcomes are JSON values. Failures to reach the store are `Unavailable`
 * (retryable). Everything else that a store throws is a defect.
 */
import type { Handler, Json } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';

export interface SessionRow {
  readonly id: SessionId;
  readonly address: Address;
  readonly assistant: string;
  readonly machineId: string;
  readonly machineVersion: number;
  /** `seq` of the session's last journal entry. Compare-and-set uses it as the version. */
  readonly version: number;
  readonly state: string;
  readonly handler: Handler;
  readonly agentId: string | null;
  readonly tags: readonly string[];
  /** The queue in which the session waits for a human. Null if it waits in none. */
  readonly queue: string | null;
  /** Since when the session waits for a human. Null if it does not wait. */
  readonly waitingSince: number | null;
  /** False once the session takes no more events. At most one open session per address. */
  readonly open: boolean;
  readonly snapshot: Json;
  /** When to wake this session. May be too early, is never too late. Null if no timer is armed. */
  readonly wakeAt: number | null;
  readonly openedAt: number;
  readonly lastActivityAt: number;
  readonly closedAt: number | null;
  /** The session before this one at the same address. */
  readonly previousId: SessionId | null;
}

/**
 * Delivery state of a message. It only moves forward, pending < sent < delivered < read. failed is
 * an end.
 */
export interface Delivery {
  readonly status: 'pending' | 'sent' | 'delivered' | 'read' | 'failed';
  readonly at: number;
  /** The provider's id of the message. */
  readonly ref?: string;
  readonly reason?: string;
}

export interface JournalEntry {
  readonly sessionId: SessionId;
  /** 1, 2, 3 … without a gap within a session. */
  readonly seq: number;
  readonly at: number;
  /**
   * `customer.message`, `assistant.message`, `agent.message`, `transition`, `timer`, `run`,
   * `effect`, `note`, `parked` …
   */
  readonly kind: string;
  readonly author: string | null;
  readonly text: string | null;
  /** Inbound event's own id, unique within a session and the sessions it follows. */
  readonly eventId: string | null;
  readonly payload: Json;
  /** Only for what is sent to the customer. */
  readonly delivery: Delivery | null;
}

/** Committed work, an effect in the world or an invocation. */
export interface WorkItem {
  readonly sessionId: SessionId;
  /** Unique within the session. `{sessionId}.{serial}` is the stable idempotency key. */
  readonly serial: number;
  /** The journal entry that this work belongs to. */
  readonly seq: number;
  readonly kind: 'effect' | 'invocation';
  /**
   * Work of one lane is done one at a time in order of (session opening, serial). Null means at
   * once and in parallel.
   */
  readonly lane: string | null;
  readonly type: string;
  readonly payload: Json;
  readonly attempts: number;
  readonly notBefore: number;
  /** What an interrupted attempt saved for the next one. */
  readonly progress: Json;
  /**
   * Where the session is now, if it moved since this was committed. The payload names the previous
   * address.
   */
  readonly movedTo?: Address;
}

/** One turn of one session, all or nothing. */
export interface TurnCommit {
  /** The row after this turn. Its `version` is the last seq after this turn. */
  readonly session: SessionRow;
  /** Row's snapshot as JSON text, if the caller has made it already. */
  readonly snapshotText?: string | undefined;
  /** Version that the turn was computed from. 0 opens the session. */
  readonly expectedVersion: number;
  /**
   * The turn takes all that is kept at this address to the address of its session. That is the
   * session itself if it was here, closed sessions, and their work. From then on this address is an
   * alias of the other one. It is a conflict if another session is open at either.
   */
  readonly movedFrom?: Address;
  /**
   * Of the row, only version, state, snapshot, wakeAt and lastActivityAt may differ from the
   * version that the turn was computed from.
   */
  readonly steady?: boolean;
  /** Empty only for a turn that just moves `wakeAt`. */
  readonly journal: readonly JournalEntry[];
  readonly work: readonly WorkItem[];
  /** Serials of this session's work that is settled or cancelled and must be deleted. */
  readonly settled: readonly number[];
  /** Delivery marks to set on this session's earlier entries (an undeliverable message). */
  readonly deliveries: readonly { readonly seq: number; readonly delivery: Delivery }[];
  /** Recent earlier sessions of the address, in whose journals an event id counts as taken too. */
  readonly lineage: readonly SessionId[];
}

export type CommitResult =
  | { readonly ok: true }
  /**
   * Another instance committed first, another session is open at the address, or the address has
   * moved. Reload and play again.
   */
  | { readonly ok: false; readonly reason: 'conflict' }
  /** These event ids were taken before, each in the entry named. Nothing was written. */
  | { readonly ok: false; readonly reason: 'duplicate'; readonly taken: readonly TakenEvent[] };

export interface TakenEvent {
  readonly eventId: string;
  readonly sessionId: SessionId;
  readonly seq: number;
}

/**
 * Outcome of a work item. `done` deletes it and marks its entry. `later` frees it for another
 * attempt. `reported` is what a provider says of a message after it accepted it, and marks its
 * entry, whoever holds or held the work.
 */
export type WorkOutcome = {
  readonly sessionId: SessionId;
  readonly serial: number;
  readonly seq: number;
} & (
  | { readonly status: 'done'; readonly delivery: Delivery | null }
  | { readonly status: 'later'; readonly attempts: number; readonly notBefore: number; readonly progress: Json }
  | { readonly status: 'reported'; readonly delivery: Delivery }
);

/** An entry whose mark moved because a provider reported its message. */
export interface MovedMark {
  readonly sessionId: SessionId;
  readonly seq: number;
  /** Where the session is now. */
  readonly address: Address;
}

/** What became of outcomes. */
export interface FinishedWork {
  /** Work that was done and is not `owner`'s. Another instance holds it, or it is gone. */
  readonly lost: readonly Pick<WorkItem, 'sessionId' | 'serial'>[];
  /** Marks that moved because of a report. */
  readonly moved: readonly MovedMark[];
}

/** Which sessions to list. A session must match every field that is given. */
export interface SessionFilter {
  /** Or the one that it moved to. */
  readonly address?: Address;
  /** The first part of the address, for example `telegram`. */
  readonly channel?: string;
  readonly assistant?: string;
  readonly state?: string;
  readonly handler?: Handler;
  /** Id of the human agent that holds the session. */
  readonly agent?: string;
  /** The queue in which the session waits. */
  readonly queue?: string;
  /** One of the session's tags. */
  readonly tag?: string;
  readonly open?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it as `cursor` for the next page. Null after the last one. */
  readonly next: string | null;
}

export interface Store {
  readonly capabilities: {
    readonly type: 'memory' | 'redis' | 'postgres';
    /** What was acknowledged outlives the process. */
    readonly durable: boolean;
    /** Several instances may share it. */
    readonly shared: boolean;
  };

  /**
   * One session by id, or the latest session, open or closed, at an address. An address that moved
   * leads to the one that it moved to, so the row may name another address than the given one.
   * With `stale`, a copy that may be behind is enough. That is only for a caller that lets `commit`
   * decide on the result, or loads again without it before it concludes anything.
   */
  load(
    key: { readonly id: SessionId } | { readonly address: Address },
    options?: { readonly stale?: boolean },
  ): Promise<SessionRow | undefined>;

  /**
   * Many turns of different sessions in one round trip, each atomic by itself and decided by
   * compare-and-set. Work of a committed turn is leased to `owner` until `leaseUntil`. Results are
   * in the order of the turns.
   */
  commit(turns: readonly TurnCommit[], owner: string, leaseUntil: number): Promise<readonly CommitResult[]>;

  /**
   * Sessions whose `wakeAt` is at or before `now`, each given to one caller only. Their `wakeAt`
   * moves to `until`.
   */
  claimDue(now: number, until: number, limit: number): Promise<readonly SessionRow[]>;

  /**
   * Free work (its lease ran out, or it waits for another attempt) whose time has come, leased to
   * `owner`. A lane is given whole. An item is never given while another owner holds an earlier one
   * of its lane.
   */
  claimWork(owner: string, now: number, leaseUntil: number, limit: number): Promise<readonly WorkItem[]>;

  /**
   * Heartbeat. Extends the leases, stores `progress` if it is given, and returns which of the items
   * still exist and are still `owner`'s.
   */
  renewWork(
    owner: string,
    items: readonly { readonly sessionId: SessionId; readonly serial: number; readonly progress?: Json }[],
    leaseUntil: number,
  ): Promise<readonly { readonly sessionId: SessionId; readonly serial: number }[]>;

  /**
   * Takes the outcomes of work that `owner` holds, and what was reported of anybody's. A delivery
   * mark only moves forward, and only an entry that was given one with its turn can be reported.
   * One call names an item and an entry once.
   */
  finishWork(owner: string, outcomes: readonly WorkOutcome[]): Promise<FinishedWork>;

  /**
   * Unfinished work of an address, or of the one that it moved to, in order, whichever owner holds
   * it. A newly activated lane must wait for it.
   */
  pendingWork(lane: string): Promise<readonly (WorkItem & { readonly owner: string | null; readonly leaseUntil: number })[]>;

  /** Entries after `after`, in order, at most `limit`. */
  journal(sessionId: SessionId, after: number, limit: number): Promise<readonly JournalEntry[]>;

  /** Newest first. */
  sessions(filter: SessionFilter, limit: number, cursor?: string): Promise<Page<SessionRow>>;

  /**
   * Small named values that all instances share (a signing key). Returns the stored one. The first
   * writer wins.
   */
  setting(name: string, initial: string): Promise<string>;
}
