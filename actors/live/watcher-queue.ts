/**
 * The events that one watcher of sessions has yet to receive.
 *
 * Owns their order, how they collapse while the watcher is busy, and the bound.
 * Does not own which sessions match (session-topics.ts).
 *
 * Invariants
 * 1. The watcher receives one event at a time. While it is busy, events collapse by session. The
 *    latest facts, the latest phase of a run, the latest typing, one call for an agent of each
 *    reason, and the text of the run that writes are kept.
 * 2. At most 1,000 sessions wait, with 16 passing events and 16,384 characters of text each, and
 *    1,000,000 characters together. Beyond the first bound everything that waits is dropped for one
 *    `gap`. Beyond the others a session's text is dropped for a `gap` of that session.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import {
  type PassingEvent,
  replacementKey,
  type SessionSummary,
  type SessionsEvent,
  type SessionsListener,
} from '../contract/live-events.ts';

const MAX_SESSIONS = 1_000;
const MAX_PASSING = 16;
const MAX_TEXT = 16_384;
const MAX_TEXTS = 1_000_000;

type Delta = Extract<PassingEvent, { readonly type: 'delta' }>;

interface Waiting {
  readonly address: Address;
  /** Its facts, or that it left. */
  turn?: Extract<SessionsEvent, { readonly type: 'session' | 'left' }>;
  /** By what they replace. */
  readonly passing: Map<string, PassingEvent>;
  delta?: Delta;
}

export class WatcherQueue {
  readonly #listener: SessionsListener;
  readonly #onError: (error: unknown) => void;
  readonly #sessions = new Map<SessionId, Waiting>();
  #texts = 0;
  #gap = false;
  #sending = false;
  #stopped = false;

  constructor(listener: SessionsListener, onError: (error: unknown) => void) {
    this.#listener = listener;
    this.#onError = onError;
  }

  /** Sessions that wait. */
  get size(): number {
    return this.#sessions.size;
  }

  matches(session: SessionSummary): void {
    this.#put(session, (waiting) => {
      waiting.turn = { type: 'session', session };
    });
  }

  leaves(session: Pick<SessionSummary, 'id' | 'address' | 'version'>): void {
    this.#put(session, (waiting) => {
      waiting.turn = { type: 'left', sessionId: session.id, version: session.version };
    });
  }

  passes(session: Pick<SessionSummary, 'id' | 'address'>, event: PassingEvent): void {
    this.#put(session, (waiting) => {
      if (event.type === 'delta') return this.#append(waiting, event);
      const key = replacementKey(event);
      // The latest event goes to the end, so that it is received last.
      waiting.passing.delete(key);
      waiting.passing.set(key, event);
      const [oldest] = waiting.passing.keys();
      if (waiting.passing.size > MAX_PASSING && oldest !== undefined) waiting.passing.delete(oldest);
    });
  }

  /** Something was missed. What waits is older than the list that the watcher loads now. */
  gap(): void {
    this.#clear();
    this.#gap = true;
    this.#begin();
  }

  /** The listener gets nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#clear();
    this.#gap = false;
  }

  #put({ id, address }: Pick<SessionSummary, 'id' | 'address'>, change: (waiting: Waiting) => void): void {
    if (this.#stopped) return;
    let waiting = this.#sessions.get(id);
    if (waiting === undefined) {
      if (this.#sessions.size >= MAX_SESSIONS) return this.gap();
      waiting = { address, passing: new Map() };
      this.#sessions.set(id, waiting);
    }
    change(waiting);
    this.#begin();
  }

  #append(waiting: Waiting, event: Delta): void {
    const before = waiting.delta;
    const joins = before?.runId === event.runId && before.offset + before.text.length === event.offset;
    const delta = joins ? { ...before, text: before.text + event.text } : event;
    this.#texts -= before?.text.length ?? 0;
    delete waiting.delta;
    // Of another run, or from its beginning, nothing is missing.
    const whole = before === undefined || joins || event.offset === 0;
    if (!whole || delta.text.length > MAX_TEXT || this.#texts + delta.text.length > MAX_TEXTS) {
      waiting.passing.set('gap', { type: 'gap' });
      return;
    }
    waiting.delta = delta;
    this.#texts += delta.text.length;
  }

  #clear(): void {
    this.#sessions.clear();
    this.#texts = 0;
  }

  #begin(): void {
    if (this.#sending || this.#stopped) return;
    this.#sending = true;
    // What happens in one step of the program collapses.
    queueMicrotask(() => void this.#send());
  }

  async #send(): Promise<void> {
    for (let events = this.#take(); events !== undefined; events = this.#take()) {
      for (const event of events) {
        if (this.#stopped) break;
        try {
          const done = this.#listener(event);
          if (done !== undefined) await done;
        } catch (error) {
          this.#onError(error);
        }
      }
    }
    this.#sending = false;
  }

  /** All of what comes next, or undefined if nothing waits. */
  #take(): readonly SessionsEvent[] | undefined {
    if (this.#gap) {
      this.#gap = false;
      return [{ type: 'gap' }];
    }
    const [next] = this.#sessions;
    if (next === undefined) return undefined;
    const [sessionId, { address, turn, passing, delta }] = next;
    this.#sessions.delete(sessionId);
    this.#texts -= delta?.text.length ?? 0;
    const live = [...passing.values(), ...(delta === undefined ? [] : [delta])];
    return [...(turn === undefined ? [] : [turn]), ...live.map((event): SessionsEvent => ({ type: 'live', sessionId, address, event }))];
  }
}
