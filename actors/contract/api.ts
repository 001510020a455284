/**
 * What the rest of the program sees of the actors: how an event gets to one, what comes back, what
 * an effect and an invocation are given. The implementation is `Runtime` in runtime.ts.
 */
import type * as z from 'zod';
import type { EntryDescription, Handler, Json, MachineEvent } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery } from '#storage/port.ts';
import type { Attention, LiveEvent, SessionsListener, SessionsTopic } from './live-events.ts';

/**
 * The destination of an event: the open session at an address (a session is opened if none is
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
   * The event's own id. It is applied at most once at an address. Absent: the call is one event.
   */
  readonly eventId?: string;
}

/** What a turn made of one event. It is durable. */
export interface Receipt {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** The seq of the session's last journal entry after the turn. */
  readonly version: number;
  readonly state: string;
  readonly handler: Handler;
  /** An event with this id was applied before. Nothing was changed now. */
  readonly duplicate: boolean;
  /** The machine has no transition for it in its state. The text says why. */
  readonly ignored?: string;
  /** The machine refused it. `holder` names the agent who holds the session, if that is why. */
  readonly refused?: { readonly code: string; readonly message: string; readonly holder?: string };
  /** The session waits for running code and takes the event after that. Its outcome is open. */
  readonly pending?: true;
  /** Handling it threw. It is journalled with this reason and the session stays as it was. */
  readonly parked?: string;
}

export interface EffectContext {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** Stable over all attempts: `{sessionId}.{serial}`. */
  readonly key: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** What an earlier attempt saved. */
  readonly progress: Json;
  readonly saveProgress: (progress: Json) => Promise<void>;
}

/**
 * What a machine's named action does in the world, after its turn is committed. At least once, in
 * order within its lane.
 */
export interface EffectDefinition<P = unknown> {
  readonly type: string;
  readonly params: z.ZodType<P>;
  /** `address`: one at a time in order with all other effects of the address. `none`: at once. */
  readonly lane: 'address' | 'none';
  /**
   * Its entry in the journal. `message: true` gives the entry a delivery mark. Default kind:
   * `effect`.
   */
  readonly describe?: (params: P) => EntryDescription & { readonly message?: boolean };
  /**
   * How often it is tried when it fails with a retryable error. After that the machine receives
   * `effect.failed`. Default: 8.
   */
  readonly attempts?: number;
  /**
   * Pure. Returned a value, the effect is done when its turn is committed: it has no work and `run`
   * is not called. This is for receivers that read the journal themselves. Effects that wait in the
   * outbox already are still run. Default: every effect is run.
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
   * After the signal is aborted: true if another instance goes on with the invocation in a next
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
   * The provider itself says that both addresses are one conversation. If a session is open at
   * each, one of them goes on and hears what the customer sent to the other. Otherwise both stay.
   * Default: true.
   */
  readonly certain?: boolean;
}

/** What a move came to. It is durable. */
export interface Moved {
  /**
   * `moved`: the session, or what was closed, is at the new address. `merged`: so is what the
   * customer sent to a session that was open there. `known`: it had moved before. `apart`: a
   * session is open at each address, and both stay.
   */
  readonly outcome: 'moved' | 'merged' | 'known' | 'apart';
  /** The session that is at the new address now, open or closed. */
  readonly sessionId: SessionId | undefined;
  readonly version: number;
}

/** The actors, as the rest of the program sees them. */
export interface Actors {
  /**
   * Sends an event to a session's actor. Resolves when the event's turn is durable. Rejects with
   * `InvalidInput` (never retry), `Unavailable` (retry: nothing is known to be stored) or
   * `StatechatError` code `not_found` (no such session).
   */
  deliver(to: Destination, event: MachineEvent, options?: DeliverOptions): Promise<Receipt>;
  /**
   * Marks what the customer was sent, up to and including entry `upTo`, as delivered or read. Marks
   * only move forward.
   */
  mark(address: Address, upTo: { readonly sessionId: SessionId; readonly seq: number }, delivery: Delivery): Promise<void>;
  /**
   * Takes what is at an address to another one: the open session with its holder, its work and its
   * history. From then on the address of before stands for the other. Resolves when that is
   * durable. Rejects with `Unavailable` if it has to be sent again.
   */
  move(from: Address, to: Address, options: MoveOptions): Promise<Moved>;
  /**
   * Watches the live events of an address, across the sessions that follow one another there.
   * Returns a function that stops it. Listeners must not throw.
   */
  watch(address: Address, listener: (sessionId: SessionId, event: LiveEvent) => void): () => void;
  /**
   * Turns and passing events of all sessions that match, on every instance. Returns the way to stop.
   *
   * Memory is bounded: while the listener is busy, its events collapse by session. At most 1,000 sessions wait for it. Beyond
   * that it receives one `gap` instead of all that waited.
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
   * The customer types: publishes that to the watchers of the address and of its open session. No
   * turn, and nothing is stored. Without a watcher or an open session it does nothing.
   */
  publishTyping(address: Address, at: number): Promise<void>;
  /**
   * A session needs a human agent: publishes that to the watchers of sessions. Nothing is stored.
   */
  publishAttention(sessionId: SessionId, attention: Omit<Attention, 'type'>): void;
  /**
   * The text so far of the answer that is being written, if one is: where a watcher that joins in
   * the middle starts.
   */
  partialAnswer(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined;
}
