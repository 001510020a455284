/**
 * PresenceBoard knows which agents look at which sessions, on all instances.
 *
 * Owns: the windows of this instance, repeating them, forgetting those that fell silent. Does not
 * own: how a presence reaches other instances (actors/live).
 *
 * Invariant
 * A viewer looks at one session at most. One that is not repeated for `PRESENCE_MS` has left.
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
  readonly #stopWatching: () => void;
  readonly #repeat: NodeJS.Timeout;

  constructor(options: PresenceBoardOptions) {
    this.#options = options;
    this.#stopWatching = options.actors.watchSessions({ filter: {} }, (event) => {
      if (event.type === 'live' && event.event.type === 'presence') this.#receive(event.sessionId, event.event);
    });
    this.#repeat = setInterval(() => this.#repeatAll(), REPEAT_MS).unref();
  }

  /** A window of this instance looks at a session now, or at none. */
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

  /** The windows that look at these sessions. */
  viewersOf(sessionIds: ReadonlySet<string>): PresenceMessage[] {
    const since = this.#options.now() - PRESENCE_MS;
    return [...this.#seen.values()].flatMap(({ sessionId, presence, at }) =>
      at >= since && sessionIds.has(sessionId) ? [{ sessionId, ...presence }] : [],
    );
  }

  stop(): void {
    clearInterval(this.#repeat);
    for (const [viewer, { sessionId, agent }] of this.#own) this.#publish(viewer, sessionId, { agent, typing: false }, false);
    this.#stopWatching();
  }

  #publish(viewer: string, sessionId: SessionId, { agent, typing }: { agent: Agent; typing: boolean }, viewing: boolean): void {
    this.#options.actors.publishPresence(sessionId, { agent, viewer, viewing, typing });
  }

  #receive(sessionId: SessionId, { type: _, ...presence }: Presence): void {
    const known = this.#seen.get(presence.viewer);
    // It left one session after it had begun to look at the next.
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
