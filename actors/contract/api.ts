/**
 * The actors as the rest of the program sees them. It has how an event gets to one, what comes
 * back, and what an effect and an invocation receive. The implementation is `Runtime` in
 * runtime.ts.
 */
import type * as z from 'zod';
import type { EntryDescription, Handler, Json, MachineEvent } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery } from '#storage/port.ts';
import type { Attention, LiveEvent, Presence, SessionsListener, SessionsTopic } from './live-events.ts';

/**
 * The destination of an event. It is the open session at an address (a session is opened if none is
 * open), or one session only.
 */
export type Destination =
  | { readonly address: Address; readonly assistant: string; readonly input?: Json }
  | { readonly sessionId: SessionId };

/**
 * Prefix of the event ids that the host makes. A caller that accepts ids from outside refuses those
 * with this prefix.
 */
export const HOST_EVENT = 'statechat:';

export interface DeliverOptions {
  /**
   * The event's own id. It is applied at most once at an address. Without an id, each call is an
   * event of its own.
   */
  readonly eventId?: string;
  /**
   * The version of the session that the event was made for. If the session has another one when
   * the event is handled, the event is refused with code `version` and leaves no trace. The caller
   * reads what is new, and decides again.
   */
  readonly ifVersion?: number;
}

/** What a turn made of one event. It is durable. */
export interface Receipt {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** The seq of the session's last journal entry after the turn. */
  readonly version: number;
  readonly state: string;
  readonly handler: Handler;
  /**
   * An event with this id was taken before. Nothing was changed now. What is below is what the
   * first one came to.
   */
  readonly duplicate: boolean;
  /** Set if the machine has no transition for the event in its state. The text gives the reason. */
  readonly ignored?: string;
  /**
   * Set if the machine refused the event. `holder` names the agent with the session, if that is the
   * reason.
   */
  readonly refused?: { readonly code: string; readonly message: string; readonly holder?: string };
  /** The session waits for running code and takes the event after that. Its outcome is open. */
  readonly pending?: true;
  /** Handling it threw. It is journalled with this reason and the session stays as it was. */
  readonly parked?: string;
}

export interface EffectContext {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** Stable over all attempts, with the form `{sessionId}.{serial}`. */
  readonly key: string;
  /** Its entry in the journal. */
  readonly seq: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** What an earlier attempt saved. */
  readonly progress: Json;
  readonly saveProgress: (progress: Json) => Promise<void>;
}

/**
 * What a machine's named action does outside, after its turn is committed. It is done at least
 * once, in order within its lane.
 */
export interface EffectDefinition<P = unknown> {
  readonly type: string;
  readonly params: z.ZodType<P>;
  /**
   * `address` runs them one at a time, in order with all other effects of the address. `none` runs
   * them at once.
   */
  readonly lane: 'address' | 'none';
  /**
   * Its entry in the journal. `message: true` gives the entry a delivery mark. The default kind is
   * `effect`.
   */
  readonly describe?: (params: P) => EntryDescription & { readonly message?: boolean };
  /**
   * How often it is tried when it fails with a retryable error. After that the machine receives
   * `effect.failed`. Default: 8.
   */
  readonly attempts?: number;
  /**
   * Must be pure. If it returns a value, the effect is done when its turn is committed, so it has
   * no work and `run` is not called. This is for receivers that read the journal themselves.
   * Effects that wait in the outbox already are still run. Default is to run every effect.
   */
  readonly settledByCommit?: (params: P, context: Pick<EffectContext, 'address' | 'key'>) => EffectResult | undefined;
  readonly run: (params: P, context: EffectContext) => Promise<EffectResult | undefined>;
}

export interface EffectResult {
  /** The provider's id of what was sent, if there is one. */
  readonly ref?: string;
}

/**
 * What the host gives the running code of an invocation, beside XState's own arguments.
 * `invocationContext(args)` reads it.
 */
export interface InvocationContext {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** Name of the invocation in the live stream. It is the same for all attempts. */
  readonly runId: string;
  readonly attempt: number;
  readonly progress: Json;
  readonly saveProgress: (progress: Json) => Promise<void>;
  readonly publish: (event: LiveEvent) => void;
  /**
   * Valid once the signal is aborted. True if another instance continues the invocation in a next
   * attempt, false if the session does not wait for it any more.
   */
  readonly released: () => boolean;
}

/** The key under which the actor system that runs an invocation carries its context. */
export const INVOCATION: unique symbol = Symbol('statechat.invocation');

/**
 * The context of a running invocation, for use inside `fromPromise`, `fromCallback` and
 * `fromObservable`. Throws `StatechatError` code `no_host` when a bare `createActor` runs the code.
 *
 * @example
 * fromPromise(async (args) => {
 *   const { sessionId, publish } = invocationContext(args);
 * });
 */
export function invocationContext(args: { readonly system: object }): InvocationContext {
  const context: InvocationContext | undefined = Reflect.get(args.system, INVOCATION);
  if (!context)
    throw new StatechatError('no_host', 'this logic needs its invocation context, which only the host provides: run it in a session');
  return context;
}

export interface MoveOptions {
  /** The event's own id. A move that is repeated has the same id. */
  readonly eventId: string;
  /**
   * The provider itself reports that both addresses are one conversation. If a session is open at
   * each, one of them continues and receives what the customer sent to the other. Otherwise both
   * stay. Default is true.
   */
  readonly certain?: boolean;
}

/** Result of a move. It is durable. */
export interface Moved {
  /**
   * `moved` means that the session, or what was closed, is at the new address. `merged` means that
   * a session was open there too, and what the customer sent to it is with the moved one. `known`
   * means that it had moved before. `apart` means that a session is open at each address, and both
   * stay.
   */
  readonly outcome: 'moved' | 'merged' | 'known' | 'apart';
  /** The session that is at the new address now, open or closed. */
  readonly sessionId: SessionId | undefined;
  readonly version: number;
}

/** Messages of a session that a channel reports on. */
export interface MarkedEntries {
  readonly sessionId: SessionId;
  readonly seq: number;
}

/** A message that a provider accepted, and reports on later. */
export interface ReportedMessage {
  readonly sessionId: SessionId;
  /** Number of its effect. */
  readonly serial: number;
  /** Its entry in the journal. */
  readonly seq: number;
}

/** A message that a provider accepted, and reports as failed later. */
export interface UndeliverableMessage extends ReportedMessage {
  /** Type of its effect. */
  readonly effect: string;
}

/** An entry that the host or a caller adds to a journal. */
export interface Remark {
  /** Of the remark. A second one of the same id changes nothing. */
  readonly eventId: string;
  /** Kind of the entry. Default is `note`. */
  readonly entryKind?: string;
  readonly author: string;
  readonly text: string;
  readonly payload: Json;
}

/** The actors, as the rest of the program sees them. */
export interface Actors {
  /**
   * Sends an event to a session's actor. Resolves when the event's turn is durable. Rejects with
   * `InvalidInput` (never retry), `Unavailable` (retry, because nothing is known to be stored) or
   * `StatechatError` code `not_found` (no such session).
   */
  deliver(to: Destination, event: MachineEvent, options?: DeliverOptions): Promise<Receipt>;
  /**
   * Adds an entry to the journal of an open session that its machine does not receive. Resolves
   * when it is durable. The receipt says `ignored` if the session is closed.
   */
  remark(sessionId: SessionId, remark: Remark): Promise<Receipt>;
  /**
   * Marks what the customer was sent, up to and including entry `seq`, as delivered or read. Marks
   * only move forward.
   */
  mark(address: Address, upTo: MarkedEntries, delivery: Delivery): Promise<void>;
  /**
   * Marks one message and none before it. A report that is behind, or on a session that was
   * deleted, changes nothing.
   */
  report(message: ReportedMessage, delivery: Delivery): Promise<void>;
  /**
   * Posts to a session that a message failed for good after its provider had accepted it. Its
   * machine receives `effect.failed`, once, also if the send itself had failed. Resolves when that
   * is durable. Rejects with `StatechatError` code `not_found`.
   */
  undeliverable(message: UndeliverableMessage, failure: { readonly code: string; readonly reason: string }): Promise<Receipt>;
  /**
   * Moves what is at an address to another one, which is the open session with its holder, its work
   * and its history. From then on the old address is an alias of the new one. Resolves when that is
   * durable. Rejects with `Unavailable` if the caller has to retry.
   */
  move(from: Address, to: Address, options: MoveOptions): Promise<Moved>;
  /**
   * Watches the live events of an address, across the sessions that follow one another there.
   * Returns a function that stops it. Listeners must not throw.
   */
  watch(address: Address, listener: (sessionId: SessionId, event: LiveEvent) => void): () => void;
  /**
   * Watches the turns and passing events of all sessions that match, on every instance. Returns the
   * function that stops it.
   *
   * Memory is bounded. While the listener is busy, its events collapse by session. At most 1,000
   * sessions wait for it. Beyond that it receives one `gap` instead of all that waited.
   *
   * @example
   * const stop = actors.watchSessions({ filter: { queue: 'billing' } }, async (event) => {
   *   if (event.type === 'session') list.set(event.session.id, event.session);
   *   if (event.type === 'left') list.delete(event.sessionId);
   *   if (event.type === 'gap') await load();
   * });
   * await load();
   */
  watchSessions(topic: SessionsTopic, listener: SessionsListener): () => void;
  /**
   * Publishes to the watchers of the address and of its open session that the customer types. It
   * makes no turn and stores nothing. Without a watcher or an open session it does nothing.
   */
  publishTyping(address: Address, at: number): Promise<void>;
  /**
   * Publishes to the watchers of sessions that a session needs a human agent. It stores nothing.
   */
  publishAttention(sessionId: SessionId, attention: Omit<Attention, 'type'>): void;
  /** Publishes to the watchers of sessions that an agent views a session. It stores nothing. */
  publishPresence(sessionId: SessionId, presence: Omit<Presence, 'type'>): void;
  /**
   * The text so far of the answer that is being written, if one is. A watcher that joins in the
   * middle starts there.
   */
  partialAnswer(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined;
}
