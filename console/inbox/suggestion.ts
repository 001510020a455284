/**
 * Suggestion has the model draft a reply into the composer of one session. Nothing is sent by it.
 *
 * Invariants
 * 1. One draft is written at a time. Another session, or a press, stops it at the server.
 * 2. What stood in the composer before is given back by `undo`, until the reply is sent.
 * 3. A draft that is stopped or fails leaves what the agent had written, with what came of it.
 */
import { ApiRefusal } from './api-request.ts';
import type { AssistApi } from './assist-api.ts';

/** Why there is no draft. `passing` means that it may succeed later. */
export type SuggestionFailure = 'budget' | 'declined' | 'passing' | 'other';

export type SuggestionState =
  | { readonly kind: 'none' }
  | { readonly kind: 'writing'; readonly sessionId: string; readonly before: string }
  | { readonly kind: 'written'; readonly sessionId: string; readonly before: string; readonly offline: boolean; readonly whole: boolean }
  | { readonly kind: 'failed'; readonly sessionId: string; readonly why: SuggestionFailure };

export interface SuggestionParts {
  readonly api: Pick<AssistApi, 'suggest'>;
  /** What stands in the composer for the customer. */
  readonly replyOf: (sessionId: string) => string;
  readonly setReply: (sessionId: string, text: string) => void;
}

const NONE: SuggestionState = { kind: 'none' };

export class Suggestion {
  readonly #parts: SuggestionParts;
  readonly #listeners = new Set<() => void>();
  #state: SuggestionState = NONE;
  #running: AbortController | undefined;

  constructor(parts: SuggestionParts) {
    this.#parts = parts;
  }

  readonly snapshot = (): SuggestionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  async start(sessionId: string): Promise<void> {
    if (this.#state.kind === 'writing') return;
    const { api, replyOf, setReply } = this.#parts;
    // A second draft replaces the first. What stood there before both is still given back.
    const before = this.#state.kind === 'written' && this.#state.sessionId === sessionId ? this.#state.before : replyOf(sessionId);
    const running = new AbortController();
    this.#running = running;
    this.#enter({ kind: 'writing', sessionId, before });
    const isStill = (): boolean => this.#running === running && !running.signal.aborted;
    try {
      const { text, offline } = await api.suggest(sessionId, running.signal, (soFar) => {
        if (isStill()) setReply(sessionId, soFar);
      });
      if (!isStill()) return;
      setReply(sessionId, text);
      this.#enter({ kind: 'written', sessionId, before, offline, whole: true });
    } catch (error) {
      if (!isStill()) return;
      setReply(sessionId, before);
      this.#enter({ kind: 'failed', sessionId, why: failureOf(error) });
    }
  }

  /** Keeps what is written so far. */
  stop(): void {
    if (this.#state.kind !== 'writing') return;
    const { sessionId, before } = this.#state;
    this.#running?.abort();
    const isEmpty = this.#parts.replyOf(sessionId) === before;
    this.#enter(isEmpty ? NONE : { kind: 'written', sessionId, before, offline: false, whole: false });
  }

  /** Gives back what stood in the composer. */
  undo(): void {
    const state = this.#state;
    if (state.kind !== 'writing' && state.kind !== 'written') return;
    this.#running?.abort();
    this.#parts.setReply(state.sessionId, state.before);
    this.#enter(NONE);
  }

  /** The reply was sent, or the agent turned to another session. */
  leave(): void {
    if (this.#state.kind === 'writing') this.undo();
    else this.#enter(NONE);
  }

  #enter(state: SuggestionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function failureOf(error: unknown): SuggestionFailure {
  if (!(error instanceof ApiRefusal) || error.code === 'unavailable' || error.code === 'rate_limited') return 'passing';
  if (error.code === 'budget_spent') return 'budget';
  return error.code === 'not_written' ? 'declined' : 'other';
}
