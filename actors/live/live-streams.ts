/**
 * The live events at each address, for the watchers of this instance. Nothing here is durable. What
 * must not be missed is in the journal, and a watcher that joins late starts from there.
 */
import { LRUCache } from 'lru-cache';
import type { Address, SessionId } from '#machines/ids.ts';
import type { LiveEvent } from '../contract/live-events.ts';

/**
 * Moved addresses that are remembered. A run that began before the move knows its session by the
 * old address.
 */
const REMEMBERED_MOVES = 10_000;

export type Listener = (sessionId: SessionId, event: LiveEvent) => void;

/** The text so far of the answer that is being written at an address. */
export interface PartialAnswer {
  readonly sessionId: SessionId;
  readonly runId: string;
  readonly text: string;
}

/**
 * Receives what happens at addresses here, for other instances and for the watchers of sessions.
 */
export interface Outward {
  readonly published: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
  readonly watched: (address: Address) => void;
  readonly unwatched: (address: Address) => void;
}

interface Watch {
  readonly listener: Listener;
  /** Where it watches now. */
  address: Address;
}

export class LiveStreams {
  readonly #watches = new Map<Address, Set<Watch>>();
  readonly #moved = new LRUCache<Address, Address>({ max: REMEMBERED_MOVES });
  readonly #partialAnswers = new Map<Address, PartialAnswer>();
  /**
   * Addresses whose answer is written on another instance. Known as long as they are watched here.
   */
  readonly #elsewhere = new Set<Address>();
  readonly #outward: Outward;

  constructor(outward: Outward) {
    this.#outward = outward;
  }

  /** The addresses that are watched. */
  get watched(): Iterable<Address> {
    return this.#watches.keys();
  }

  isWatched(address: Address): boolean {
    return this.#watches.has(address);
  }

  watch(at: Address, listener: Listener): () => void {
    const watch = { listener, address: this.#now(at) };
    this.#add(watch.address, [watch]);
    return () => {
      const { address } = watch;
      const watches = this.#watches.get(address);
      if (watches?.delete(watch) && watches.size === 0) this.#unwatch(address);
    };
  }

  /** An event of this instance. */
  publish(at: Address, sessionId: SessionId, event: LiveEvent): void {
    const address = this.#now(at);
    if (this.#follow(address, sessionId, event)) this.#elsewhere.delete(address);
    this.#send(address, sessionId, event);
    this.#outward.published(address, sessionId, event);
  }

  /** An event of another instance. Only watchers of the address receive it. */
  receive(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (!this.#watches.has(address)) return;
    if (this.#follow(address, sessionId, event)) this.#elsewhere.add(address);
    this.#send(address, sessionId, event);
    if (event.type === 'moved') this.#move(address, event.to);
  }

  /**
   * Moves the watchers of a session to its new address. What a run here still sends to the old
   * address goes there too.
   */
  moved(from: Address, to: Address, sessionId: SessionId): void {
    if (this.#now(from) === to) return;
    const event: LiveEvent = { type: 'moved', to };
    this.#send(from, sessionId, event);
    this.#outward.published(from, sessionId, event);
    this.#move(from, to);
  }

  #move(from: Address, to: Address): void {
    for (const [before, at] of this.#moved) if (at === from) this.#moved.set(before, to);
    this.#moved.set(from, to);
    this.#moved.delete(to);
    const partial = this.#partialAnswers.get(from);
    if (partial !== undefined) this.#partialAnswers.set(to, partial);
    this.#partialAnswers.delete(from);
    if (this.#elsewhere.delete(from)) this.#elsewhere.add(to);
    const watches = [...(this.#watches.get(from) ?? [])];
    if (watches.length === 0) return;
    this.#unwatch(from);
    for (const watch of watches) watch.address = to;
    this.#add(to, watches);
  }

  #add(address: Address, added: readonly Watch[]): void {
    const watches = this.#watches.get(address);
    if (watches !== undefined) for (const watch of added) watches.add(watch);
    else {
      this.#watches.set(address, new Set(added));
      this.#outward.watched(address);
    }
  }

  #unwatch(address: Address): void {
    this.#watches.delete(address);
    if (this.#elsewhere.delete(address)) this.#partialAnswers.delete(address);
    this.#outward.unwatched(address);
  }

  #now(address: Address): Address {
    return this.#moved.size === 0 ? address : (this.#moved.get(address) ?? address);
  }

  /** Another instance writes an answer, of which this is the text so far. */
  join(address: Address, { sessionId, runId, text }: PartialAnswer): void {
    this.receive(address, sessionId, { type: 'run', runId, phase: 'writing' });
    this.receive(address, sessionId, { type: 'delta', runId, offset: 0, text });
  }

  partialAnswer(address: Address): PartialAnswer | undefined {
    return this.#partialAnswers.get(this.#now(address));
  }

  #send(address: Address, sessionId: SessionId, event: LiveEvent): void {
    for (const { listener } of this.#watches.get(address) ?? []) listener(sessionId, event);
  }

  /** True if it is a piece of an answer, which is known now. */
  #follow(address: Address, sessionId: SessionId, event: LiveEvent): boolean {
    if (event.type === 'delta') {
      const partial = this.#partialAnswers.get(address);
      const known = partial?.runId === event.runId ? partial.text : '';
      // Something was missed. The text begins again, or its message comes.
      if (event.offset > known.length) return false;
      this.#partialAnswers.set(address, { sessionId, runId: event.runId, text: known.slice(0, event.offset) + event.text });
      return true;
    }
    if (event.type === 'run' && event.phase === 'ended' && this.#partialAnswers.get(address)?.runId === event.runId) {
      this.#partialAnswers.delete(address);
      this.#elsewhere.delete(address);
    }
    return false;
  }
}
