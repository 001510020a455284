/**
 * What is going on at an address right now, told to those who watch. Nothing here is durable: what must not be missed
 * is in the journal, and a watcher that joins late starts from there.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { LiveEvent } from './api.ts';

export type Listener = (sessionId: SessionId, event: LiveEvent) => void;

/** The answer in the making at an address. */
interface Making {
  readonly sessionId: SessionId;
  readonly runId: string;
  text: string;
}

export class LiveStreams {
  readonly #listeners = new Map<Address, Set<Listener>>();
  readonly #makings = new Map<Address, Making>();

  watch(address: Address, listener: Listener): () => void {
    const listeners = this.#listeners.get(address) ?? new Set();
    this.#listeners.set(address, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(address) === listeners) this.#listeners.delete(address);
    };
  }

  publish(address: Address, sessionId: SessionId, event: LiveEvent): void {
    this.#follow(address, sessionId, event);
    for (const listener of this.#listeners.get(address) ?? []) listener(sessionId, event);
  }

  inProgress(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined {
    const making = this.#makings.get(address);
    return making && { ...making };
  }

  #follow(address: Address, sessionId: SessionId, event: LiveEvent): void {
    if (event.type === 'delta') {
      const making = this.#makings.get(address);
      if (making?.runId === event.runId) making.text = making.text.slice(0, event.offset) + event.text;
      else this.#makings.set(address, { sessionId, runId: event.runId, text: event.text });
    } else if (event.type === 'run' && event.phase === 'ended' && this.#makings.get(address)?.runId === event.runId) {
      this.#makings.delete(address);
    }
  }
}
