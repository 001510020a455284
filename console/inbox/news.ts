/** What an agent may not be looking at, and is called for. */
import type { ServerMessage } from '../client/protocol.ts';
import { type Card, cardIn, type Lists } from './lists.ts';
import type { FollowedTab } from './tabs.ts';

export interface News {
  readonly kind: 'attention' | 'message';
  readonly sessionId: string;
  /** What lists show of it. Undefined while it is in no list. */
  readonly card: Card | undefined;
  /** Why the session needs the agent. */
  readonly reason?: string;
}

interface Known {
  readonly agentId: string;
  readonly lists: Lists;
  readonly tabOf: (topic: string) => FollowedTab | undefined;
}

/** Once for each call, though several lists have the session. */
export function newsIn(message: ServerMessage, { agentId, lists, tabOf }: Known): News | undefined {
  if (message.type === 'attention') {
    const tab = tabOf(message.topic);
    const isOwn = message.agentId === agentId;
    // A session is in one of the two. A closed one needs only the agent whose message came back.
    if (tab !== 'open' && !(tab === 'closed' && isOwn)) return undefined;
    if (message.agentId !== undefined && !isOwn) return undefined;
    const { sessionId, reason } = message;
    return { kind: 'attention', sessionId, card: cardIn(lists, sessionId), reason };
  }
  if (message.type !== 'session' || tabOf(message.topic) !== 'mine') return undefined;
  const { id, preview } = message.session;
  const known = lists.mine.sessions.get(id)?.preview?.last?.at ?? 0;
  if (preview?.last?.author !== 'customer' || preview.last.at <= known) return undefined;
  return { kind: 'message', sessionId: id, card: message.session };
}
