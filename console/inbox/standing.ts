/** Who answers in a session, as one agent sees it, and what that agent may do. */
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import type { SignedInAgent } from './auth-api.ts';
import type { ActionId } from './keys.ts';
import type { Card } from './lists.ts';

export type Standing = 'mine' | 'held' | 'waiting' | 'bot' | 'closed';

export function standingOf(card: Card, agentId: string): Standing {
  if (!card.open) return 'closed';
  if (card.agentId !== null) return card.agentId === agentId ? 'mine' : 'held';
  return card.state === 'WAITING_AGENT' ? 'waiting' : 'bot';
}

/** Supervisors and admins act for a colleague who holds a session. */
export const mayManage = ({ role }: Pick<SignedInAgent, 'role'>): boolean => role !== 'agent';

/**
 * Any agent reacts to what the customer wrote, unless a colleague holds the session. The phone is
 * no colleague.
 */
export function mayReact(card: Card | undefined, agentId: string): boolean {
  if (card === undefined || !card.open) return false;
  return card.agentId === PHONE_AGENT.id || standingOf(card, agentId) !== 'held';
}

/** Actions that make sense now. Those that are not about a session always do. */
export function isPossible(action: ActionId, card: Card | undefined, agent: Pick<SignedInAgent, 'id' | 'role'>): boolean {
  const standing = card === undefined ? undefined : standingOf(card, agent.id);
  const isManaged = standing === 'held' && mayManage(agent);
  switch (action) {
    case 'claim':
      return standing === 'waiting' || standing === 'bot' || isManaged || (standing === 'held' && card?.agentId === PHONE_AGENT.id);
    case 'snooze':
    case 'sendLater':
    case 'reply':
    case 'suggest':
    case 'attach':
    case 'addPlace':
    case 'addContact':
    case 'addLink':
    case 'askLocation':
    case 'canned':
      return standing === 'mine';
    case 'template':
      return standing === 'mine' || standing === 'closed';
    case 'release':
    case 'transfer':
      return standing === 'mine' || isManaged;
    case 'close':
      return standing !== undefined && standing !== 'closed' && (standing !== 'held' || isManaged);
    case 'unsnooze':
      return standing === 'mine' && card?.preview?.snoozedUntil !== undefined;
    case 'unread':
      return standing !== undefined;
    case 'priority':
    case 'tags':
    case 'note':
      return standing !== undefined && standing !== 'closed';
    case 'floor':
      return mayManage(agent);
    case 'macros':
    case 'panel':
    case 'open':
      return standing !== undefined;
    default:
      return true;
  }
}
