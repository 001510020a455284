/**
 * The live events at each address, for the watchers of this instance. Nothing here is durable: what must not be missed is
 * in the journal, and a watcher that joins late starts from there.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { LiveEvent } from '../contract/live-events.ts';

export type Listener = (sessionId: SessionId, event: LiveEvent) => void;

/** The text so far of the answer that is being written at an address. */
export interface PartialAnswer {
  readonly sessionId: SessionId;
  readonly runId: string;
  readonly text: string;
}

/** Receives what happens at addresses here, for other instances and for those who watch sessions. */
export interface Outward {
  readonly published: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
  readonly watched: (address: Address) => void;
  readonly unwatched: (address: Address) => void;
}

export class LiveStreams {
  readonly #listeners = new Map<Address, Set<Listener>>();
  readonly #partialAnswers = new Map<Address, PartialAnswer>();
  /** Addresses whose answer is written on another instance. Known as long as they are watched here. */
  readonly #elsewhere = new Set<Address>();
  readonly #outward: Outward;

  constructor(outward: Outward) {
    this.#outward = outward;
  }

  /** The addresses that are watched. */
  get watched(): Iterable<Address> {
    return this.#listeners.keys();
  }

  isWatched(address: Address): boolean {
    return this.#listeners.has(address);
  }

  watch(address: Address, listener: Listener): () => void {
    const known = this.#listeners.get(address);
    const listeners = known ?? new Set();
    listeners.add(listener);
    if (known === undefined) {
      this.#listeners.set(address, listeners);
      this.#outward.watched(address);
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(address) !== listeners) return;
      this.#listeners.delete(address);
      if (this.#elsewhere.delete(address)) this.#partialAnswers.delete(address);
      this.#outward.unwatched(address);
    };
  }

  /** An event of this instance. */
  publish(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (this.#follow(address, sessionId, event)) this.#elsewhere.delete(address);
    this.#send(address, sessionId, event);
    this.#outward.published(address, sessionId, event);
  }

  /** An event of another instance. Only watchers of the address receive it. */
  receive(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (!this.#listeners.has(address)) return;
    if (this.#follow(address, sessionId, event)) this.#elsewhere.add(address);
    this.#send(address, sessionId, event);
  }

  /** Another instance writes an answer, of which this is the text so far. */
  join(address: Address, { sessionId, runId, text }: PartialAnswer): void {
    this.receive(address, sessionId, { type: 'run', runId, phase: 'writing' });
    this.receive(address, sessionId, { type: 'delta', runId, offset: 0, text });
  }

  partialAnswer(address: Address): PartialAnswer | undefined {
    return this.#partialAnswers.get(address);
  }

  #send(address: Address, sessionId: SessionId, event: LiveEvent): void {
    for (const listener of this.#listeners.get(address) ?? []) listener(sessionId, event);
  }

  /** True if it is a piece of an answer, which is known now. */
  #follow(address: Address, sessionId: SessionId, event: LiveEvent): boolean {
    if (event.type === 'delta') {
      const partial = this.#partialAnswers.get(address);
      const known = partial?.runId === event.runId ? partial.text : '';
      // Something was missed: the text begins again, or its message comes.
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
