/**
 * PresenceBoard knows which agents view which sessions, on all instances.
 *
 * Owns the windows of this instance, repeating them, forgetting those that fell silent. Does not
 * own how a presence reaches other instances (actors/live).
 *
 * Invariants
 * 1. A viewer views one session at most. One that is not repeated for `PRESENCE_MS` has left.
 * 2. Sessions are watched only while a connection is open here. The first one knows the viewers of
 *    other instances after one repetition.
 */
import type { Actors } from '#actors/contract/api.ts';
import type { Presence } from '#actors/contract/live-events.ts';
import { PRESENCE_MS, type PresenceMessage } from '#console/client/protocol.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { Agent } from '#machines/session/events.ts';

/** How often a presence is repeated, in milliseconds. Two may be lost. */
const REPEAT_MS = 15_000;

interface Seen {
  readonly sessionId: SessionId;
  readonly presence: Omit<Presence, 'type'>;
  readonly at: number;
}

export type PresenceListener = (presence: PresenceMessage) => void;

export interface PresenceBoardOptions {
  readonly actors: Pick<Actors, 'watchSessions' | 'publishPresence'>;
  readonly now: () => number;
}

export class PresenceBoard {
  readonly #options: PresenceBoardOptions;
  /** Of all instances, by viewer. */
  readonly #seen = new Map<string, Seen>();
  /** Of this instance. */
  readonly #own = new Map<string, { readonly sessionId: SessionId; readonly agent: Agent; readonly typing: boolean }>();
  readonly #listeners = new Map<string, Set<PresenceListener>>();
  #connections = 0;
  #stopWatching: (() => void) | undefined;
  #repeat: NodeJS.Timeout | undefined;

  constructor(options: PresenceBoardOptions) {
    this.#options = options;
  }

  /** A connection is open. It calls the result once when it ends. */
  open(): () => void {
    this.#connections += 1;
    if (this.#connections === 1) {
      this.#stopWatching = this.#options.actors.watchSessions({ filter: {} }, (event) => {
        if (event.type === 'live' && event.event.type === 'presence') this.#receive(event.sessionId, event.event);
      });
      this.#repeat = setInterval(() => this.#repeatAll(), REPEAT_MS).unref();
    }
    return () => {
      this.#connections -= 1;
      if (this.#connections > 0) return;
      clearInterval(this.#repeat);
      this.#stopWatching?.();
      this.#seen.clear();
    };
  }

  /** A window of this instance views a session now, or none. */
  set(viewer: string, agent: Agent, sessionId: string | null, typing: boolean): void {
    const before = this.#own.get(viewer);
    const next = sessionId === null ? undefined : parseSessionId(sessionId);
    if (before?.sessionId === next && before?.typing === typing) return;
    if (before !== undefined && before.sessionId !== next) this.#publish(viewer, before.sessionId, { ...before, typing: false }, false);
    if (next === undefined) this.#own.delete(viewer);
    else {
      this.#own.set(viewer, { sessionId: next, agent, typing });
      this.#publish(viewer, next, { agent, typing }, true);
    }
  }

  /** The windows that view these sessions. */
  viewersOf(sessionIds: ReadonlySet<string>): PresenceMessage[] {
    const since = this.#options.now() - PRESENCE_MS;
    return [...this.#seen.values()].flatMap(({ sessionId, presence, at }) =>
      at >= since && sessionIds.has(sessionId) ? [{ sessionId, ...presence }] : [],
    );
  }

  /** Calls the listener with each presence in a session. Call the result to stop. */
  watch(sessionId: string, listener: PresenceListener): () => void {
    const listeners = this.#listeners.get(sessionId) ?? new Set();
    this.#listeners.set(sessionId, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(sessionId);
    };
  }

  #publish(viewer: string, sessionId: SessionId, { agent, typing }: { agent: Agent; typing: boolean }, viewing: boolean): void {
    this.#options.actors.publishPresence(sessionId, { agent, viewer, viewing, typing });
  }

  #receive(sessionId: SessionId, { type: _, ...presence }: Presence): void {
    const known = this.#seen.get(presence.viewer);
    for (const listener of this.#listeners.get(sessionId) ?? []) listener({ sessionId, ...presence });
    // It left one session after it had begun to view the next.
    if (!presence.viewing && known !== undefined && known.sessionId !== sessionId) return;
    if (presence.viewing) this.#seen.set(presence.viewer, { sessionId, presence, at: this.#options.now() });
    else this.#seen.delete(presence.viewer);
  }

  #repeatAll(): void {
    for (const [viewer, { sessionId, agent, typing }] of this.#own) this.#publish(viewer, sessionId, { agent, typing }, true);
    const since = this.#options.now() - PRESENCE_MS;
    for (const [viewer, { at }] of this.#seen) if (at < since) this.#seen.delete(viewer);
  }
}
