/**
 * The live events, and what can be watched, which is everything at one address or all sessions that
 * match a filter. Events are passing. What must not be missed is in the store as well.
 */
import type { Handler, MachineEvent, SessionPreview } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry, SessionFilter, SessionRow } from '#storage/port.ts';

/**
 * What the watchers of an address receive. Entries are durable and numbered. The rest is passing.
 */
export type LiveEvent =
  | { readonly type: 'entry'; readonly entry: JournalEntry }
  | { readonly type: 'delivery'; readonly seq: number; readonly delivery: Delivery }
  | { readonly type: 'state'; readonly state: string; readonly handler: Handler; readonly open: boolean; readonly version: number }
  /**
   * A piece of a run's text. `offset` is the length of the text before it, in UTF-16 units. 0
   * starts it over.
   */
  | { readonly type: 'delta'; readonly runId: string; readonly offset: number; readonly text: string }
  /** A run is at work (thinking, or about to write), or has ended. */
  | { readonly type: 'run'; readonly runId: string; readonly phase: 'started' | 'restarted' | 'thinking' | 'tool' | 'writing' | 'ended' }
  /** The session's machine emitted something. With `runId`, the code of a run did. */
  | { readonly type: 'emitted'; readonly event: MachineEvent; readonly runId?: string | undefined }
  /** The customer types. At most one every three seconds. */
  | { readonly type: 'typing'; readonly by: 'customer'; readonly at: number }
  /**
   * What is at this address is at another one now. A watcher of this one watches that one from here
   * on.
   */
  | { readonly type: 'moved'; readonly to: Address }
  /** Another instance committed something here, and the journal has it. */
  | { readonly type: 'changed' }
  /**
   * Something passing was missed. A partial answer may lack a piece until it begins again or is
   * complete.
   */
  | { readonly type: 'gap' };

/**
 * A topic of many sessions at once, with what a list of sessions needs in order to stay up to date.
 * A watcher begins to watch, then loads the list from the store, and applies the events to it by
 * id. After a `gap` it loads the list again.
 */
export interface SessionsTopic {
  /** Filter of the sessions. An empty one matches all. One address is watched with `watch`. */
  readonly filter: Omit<SessionFilter, 'address'> & { readonly address?: never };
  /**
   * Whether the watcher receives the text of answers while it is written. Default is false, because
   * it is most of the traffic.
   */
  readonly deltas?: boolean;
}

/** A session as lists show it. */
export type SessionSummary = Pick<
  SessionRow,
  | 'id'
  | 'address'
  | 'assistant'
  | 'version'
  | 'state'
  | 'handler'
  | 'agentId'
  | 'queue'
  | 'waitingSince'
  | 'tags'
  | 'open'
  | 'openedAt'
  | 'lastActivityAt'
> & {
  /** Null for a machine that has none, and where an older version of the program sent the facts. */
  readonly preview: SessionPreview | null;
};

export function summaryOf(row: SessionRow, preview: SessionPreview | null): SessionSummary {
  const { id, address, assistant, version, state, handler, agentId, queue, waitingSince, tags, open, openedAt, lastActivityAt } = row;
  return { id, address, assistant, version, state, handler, agentId, queue, waitingSince, tags, open, openedAt, lastActivityAt, preview };
}

/** A session needs a human agent. */
export interface Attention {
  readonly type: 'attention';
  readonly reason: string;
  readonly queue?: string | undefined;
  /** The agent that it is for, if it is for one. */
  readonly agentId?: string | undefined;
}

/**
 * An agent views a session, or has stopped. It is repeated while the agent views it, so that a
 * watcher that joins receives it soon, and one that misses the end notices the silence.
 */
export interface Presence {
  readonly type: 'presence';
  readonly agent: { readonly id: string; readonly name: string };
  /** One window of the agent. An agent may have several. */
  readonly viewer: string;
  readonly viewing: boolean;
  /** The agent writes an answer. */
  readonly typing: boolean;
}

/** What passes in a session without changing it. */
export type PassingEvent = Attention | Presence | Extract<LiveEvent, { readonly type: 'typing' | 'run' | 'delta' | 'gap' }>;

/** Passing events of one session that have the same key replace each other. */
export function replacementKey(event: Exclude<PassingEvent, { readonly type: 'delta' }>): string {
  switch (event.type) {
    case 'attention':
      return `attention ${event.agentId ?? ''} ${event.reason}`;
    case 'run':
      return `run ${event.runId}`;
    case 'presence':
      return `presence ${event.viewer}`;
    default:
      return event.type;
  }
}

export type SessionsEvent =
  /**
   * A turn of a session that matches. It may be new to the list. A version that is not higher than
   * the known one is old.
   */
  | { readonly type: 'session'; readonly session: SessionSummary }
  /** A session that matched does not match any more. */
  | { readonly type: 'left'; readonly sessionId: SessionId; readonly version: number }
  /**
   * Something passing in a session that matches. An event of type `gap` means that a piece of its
   * text was missed.
   */
  | { readonly type: 'live'; readonly sessionId: SessionId; readonly address: Address; readonly event: PassingEvent }
  /** Something was missed, in any session. The watcher must load the list again. */
  | { readonly type: 'gap' };

/**
 * A listener that returns a promise gets its next event once that has settled. It must not throw.
 */
export type SessionsListener = (event: SessionsEvent) => void | Promise<void>;
