/** Which agents view which sessions, and who writes there. A reducer over `presence`. */
import { PRESENCE_MS, type PresenceMessage } from '../client/protocol.ts';

export interface Viewer {
  readonly sessionId: string;
  readonly name: string;
  readonly agentId: string;
  readonly typing: boolean;
  /** When it was repeated last, in milliseconds since the epoch. */
  readonly at: number;
}

/** By window. */
export type Viewers = ReadonlyMap<string, Viewer>;

export function withPresence(viewers: Viewers, messages: readonly PresenceMessage[], now: number): Viewers {
  if (messages.length === 0) return viewers;
  const after = new Map(viewers);
  for (const { viewer, sessionId, agent, viewing, typing } of messages) {
    const known = after.get(viewer);
    if (viewing) after.set(viewer, { sessionId, name: agent.name, agentId: agent.id, typing, at: now });
    // The window may have opened another session before it left this one.
    else if (known?.sessionId === sessionId) after.delete(viewer);
  }
  return after;
}

/** Other agents at a session, each once. */
export function othersAt(viewers: Viewers, sessionId: string, ownId: string, now: number): readonly Viewer[] {
  const found = new Map<string, Viewer>();
  for (const viewer of viewers.values()) {
    if (viewer.sessionId !== sessionId || viewer.agentId === ownId || now - viewer.at > PRESENCE_MS) continue;
    const known = found.get(viewer.agentId);
    found.set(viewer.agentId, known?.typing === true ? known : viewer);
  }
  return [...found.values()];
}
