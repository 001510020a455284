/**
 * SessionEvents is the one subscription to what happens to the sessions of this process. The
 * mailboxes and the session cache publish. Everything that follows a turn subscribes, so neither
 * side knows the other.
 *
 * A committed turn is durable and its senders have their receipts. Subscribers must not throw. What
 * they do may be lost in a crash. Another instance then claims the work, finds the timers in the
 * store, and watchers read the journal.
 *
 * The subscribers are called in this order, `ORDER`, in whatever order they subscribed.
 * 1. `metrics` count what was committed, whatever the others do.
 * 2. `live` shows the turn's entries before anything that its work publishes.
 * 3. `membership` sends other instances what concerns invocations that are not held here. It reads
 *    from the outbox what is held, so it comes before the outbox drops what the turn settled.
 * 4. `invocations` stop and receive what the turn sent them, before new ones start.
 * 5. `outbox` drops what the turn settled, then starts the turn's work.
 * 6. `timers` set a timer for the next due time of the session. It may be due at once, and is then
 *    behind the turn's work.
 * 7. `inspection` shows the turn to an inspector, if one is attached.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { Turn } from './turn.ts';

const ORDER = ['metrics', 'live', 'membership', 'invocations', 'outbox', 'timers', 'inspection'] as const;

export type Subscriber = (typeof ORDER)[number];

export interface SessionListener {
  /** The turn is durable, and its senders have their receipts. */
  readonly committed?: (turn: Turn) => void;
  /**
   * The row at the address was read from the store. What other instances committed there until then
   * is not known here.
   */
  readonly loaded?: (address: Address) => void;
  /**
   * The session is at another address now. A turn of this process moved it, which is reported
   * before its `committed`, or a load found it out.
   */
  readonly moved?: (from: Address, to: Address, sessionId: SessionId) => void;
  /** The session left the memory of this process. */
  readonly evicted?: (address: Address) => void;
}

export class SessionEvents {
  readonly #listeners = new Map<Subscriber, SessionListener>();
  #inOrder: readonly SessionListener[] = [];

  subscribe(subscriber: Subscriber, listener: SessionListener): void {
    this.#listeners.set(subscriber, listener);
    this.#inOrder = ORDER.flatMap((name) => this.#listeners.get(name) ?? []);
  }

  committed(turn: Turn): void {
    for (const listener of this.#inOrder) listener.committed?.(turn);
  }

  loaded(address: Address): void {
    for (const listener of this.#inOrder) listener.loaded?.(address);
  }

  moved(from: Address, to: Address, sessionId: SessionId): void {
    for (const listener of this.#inOrder) listener.moved?.(from, to, sessionId);
  }

  evicted(address: Address): void {
    for (const listener of this.#inOrder) listener.evicted?.(address);
  }
}
