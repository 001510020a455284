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
  /** The lists before the message. */
  readonly lists: Lists;
  readonly tabOf: (topic: string) => FollowedTab | undefined;
}

/** A call for an agent, once for all lists, and messages of customers in the agent's sessions. */
export function newsIn(message: ServerMessage, { agentId, lists, tabOf }: Known): readonly News[] {
  if (message.type === 'attention') {
    const tab = tabOf(message.topic);
    const isOwn = message.agentId === agentId;
    // A session is in one of the two. A closed one needs only the agent whose message came back.
    if (tab !== 'open' && !(tab === 'closed' && isOwn)) return [];
    if (message.agentId !== undefined && !isOwn) return [];
    const { sessionId, reason } = message;
    return [{ kind: 'attention', sessionId, card: cardIn(lists, sessionId), reason }];
  }
  if (message.type !== 'changes' || tabOf(message.topic) !== 'mine') return [];
  return message.sessions.flatMap((card): News[] => {
    const known = lists.mine.sessions.get(card.id)?.preview?.last?.at ?? 0;
    const last = card.preview?.last;
    return last?.author === 'customer' && last.at > known ? [{ kind: 'message', sessionId: card.id, card }] : [];
  });
}
