/** Who answers in a session, as one agent sees it, and what that agent may do. */
import type { ActionId } from './keys.ts';
import type { Card } from './lists.ts';

export type Standing = 'mine' | 'held' | 'waiting' | 'bot' | 'closed';

export function standingOf(card: Card, agentId: string): Standing {
  if (!card.open) return 'closed';
  if (card.agentId !== null) return card.agentId === agentId ? 'mine' : 'held';
  return card.state === 'WAITING_AGENT' ? 'waiting' : 'bot';
}

/** Actions that make sense now. Those that are not about a session always do. */
export function isPossible(action: ActionId, card: Card | undefined, agentId: string): boolean {
  const standing = card === undefined ? undefined : standingOf(card, agentId);
  switch (action) {
    case 'claim':
      return standing === 'waiting' || standing === 'bot';
    case 'reply':
    case 'release':
    case 'transfer':
      return standing === 'mine';
    case 'close':
      return standing !== undefined && standing !== 'closed' && standing !== 'held';
    case 'note':
      return standing !== undefined && standing !== 'closed';
    case 'panel':
    case 'open':
      return standing !== undefined;
    default:
      return true;
  }
}
