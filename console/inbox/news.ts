/** What an agent is to hear of while looking at something else. */
import type { ServerMessage } from '../client/protocol.ts';
import { type Card, cardIn, type Lists } from './lists.ts';
import type { Tab } from './tabs.ts';

export interface News {
  readonly kind: 'attention' | 'message';
  readonly sessionId: string;
  /** What lists show of it. Undefined while it is in no list. */
  readonly card: Card | undefined;
}

interface Known {
  readonly agentId: string;
  /** The lists before the message. */
  readonly lists: Lists;
  readonly tabOf: (topic: string) => Tab | undefined;
}

/** A call for an agent, once for all lists, and messages of customers in the agent's sessions. */
export function newsIn(message: ServerMessage, { agentId, lists, tabOf }: Known): readonly News[] {
  if (message.type === 'attention') {
    const { sessionId } = message;
    const isForOther = message.agentId !== undefined && message.agentId !== agentId;
    if (isForOther || tabOf(message.topic) !== 'open') return [];
    return [{ kind: 'attention', sessionId, card: cardIn(lists, sessionId) }];
  }
  if (message.type !== 'changes' || tabOf(message.topic) !== 'mine') return [];
  return message.sessions.flatMap((card): News[] => {
    const known = lists.mine.sessions.get(card.id)?.preview?.last?.at ?? 0;
    const last = card.preview?.last;
    return last?.author === 'customer' && last.at > known ? [{ kind: 'message', sessionId: card.id, card }] : [];
  });
}
