/**
 * What is going on at an address right now, told to those who watch. Nothing here is durable: what must not be missed
 * is in the journal, and a watcher that joins late starts from there.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { LiveEvent } from '../contract/api.ts';

export type Listener = (sessionId: SessionId, event: LiveEvent) => void;

/** The answer in the making at an address. */
export interface PartialAnswer {
  readonly sessionId: SessionId;
  readonly runId: string;
  readonly text: string;
}

/** Carries what is said here to other instances. */
export interface Outward {
  readonly said: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
  readonly watched: (address: Address) => void;
  readonly unwatched: (address: Address) => void;
}

export class LiveStreams {
  readonly #listeners = new Map<Address, Set<Listener>>();
  readonly #partialAnswers = new Map<Address, PartialAnswer>();
  /** Addresses whose answer is written on another instance: known as long as somebody watches here. */
  readonly #elsewhere = new Set<Address>();
  readonly #outward: Outward;

  constructor(outward: Outward) {
    this.#outward = outward;
  }

  /** The addresses that somebody watches. */
  get watched(): Iterable<Address> {
    return this.#listeners.keys();
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

  /** Something was said here. */
  publish(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (this.#follow(address, sessionId, event)) this.#elsewhere.delete(address);
    this.#tell(address, sessionId, event);
    this.#outward.said(address, sessionId, event);
  }

  /** Something was said on another instance. Only for those who watch. */
  receive(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (!this.#listeners.has(address)) return;
    if (this.#follow(address, sessionId, event)) this.#elsewhere.add(address);
    this.#tell(address, sessionId, event);
  }

  /** An answer is being written on another instance, and its text so far is this. */
  join(address: Address, { sessionId, runId, text }: PartialAnswer): void {
    this.receive(address, sessionId, { type: 'run', runId, phase: 'writing' });
    this.receive(address, sessionId, { type: 'delta', runId, offset: 0, text });
  }

  partialAnswer(address: Address): PartialAnswer | undefined {
    return this.#partialAnswers.get(address);
  }

  #tell(address: Address, sessionId: SessionId, event: LiveEvent): void {
    for (const listener of this.#listeners.get(address) ?? []) listener(sessionId, event);
  }

  /** True if it is a piece of an answer, which is known now. */
  #follow(address: Address, sessionId: SessionId, event: LiveEvent): boolean {
    if (event.type === 'delta') {
      const partial = this.#partialAnswers.get(address);
      const known = partial?.runId === event.runId ? partial.text : '';
      // Something was missed: the text begins anew, or its message comes.
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
