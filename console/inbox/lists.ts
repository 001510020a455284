/**
 * The lists of sessions, one for each tab. A reducer over the gateway's messages.
 *
 * Invariants
 * 1. A session is replaced only by a newer version of itself.
 * 2. An `inbox` message replaces a whole list, whatever came before it.
 */
import type { InboxFilter, ServerMessage } from '../client/protocol.ts';
import { firstDue } from './service-level.ts';
import { FOLLOWED_TABS, type FollowedTab, type Tab } from './tabs.ts';

export type Card = Extract<ServerMessage, { readonly type: 'session' }>['session'];

export interface List {
  readonly sessions: ReadonlyMap<string, Card>;
  /** The server has more of them. */
  readonly more: boolean;
  /** False until the first answer. */
  readonly loaded: boolean;
}

export type Lists = Readonly<Record<FollowedTab, List>>;

const EMPTY: List = { sessions: new Map(), more: false, loaded: false };
export const EMPTY_LISTS: Lists = { waiting: EMPTY, mine: EMPTY, open: EMPTY, closed: EMPTY };

/** As many as the server lists. The oldest of the closed ones leave as others close. */
const MOST = 500;

export function filterOf(tab: FollowedTab, agentId: string): InboxFilter {
  switch (tab) {
    case 'waiting':
      return { state: 'WAITING_AGENT' };
    case 'mine':
      return { agent: agentId, open: true };
    case 'open':
      return { open: true };
    case 'closed':
      return { open: false };
  }
}

/** @param tabOf the tab that follows a topic. */
export function applyToLists(lists: Lists, tabOf: (topic: string) => FollowedTab | undefined, message: ServerMessage): Lists {
  if (message.type !== 'inbox' && message.type !== 'session' && message.type !== 'left') return lists;
  const tab = tabOf(message.topic);
  if (tab === undefined) return lists;
  const list = lists[tab];
  switch (message.type) {
    case 'inbox': {
      const sessions = new Map(message.sessions.map((session) => [session.id, session]));
      return { ...lists, [tab]: { sessions, more: message.more, loaded: true } };
    }
    case 'session': {
      const known = list.sessions.get(message.session.id);
      if (known !== undefined && known.version >= message.session.version) return lists;
      const sessions = new Map(list.sessions).set(message.session.id, message.session);
      return { ...lists, [tab]: { ...list, sessions: tab === 'closed' ? newest(sessions) : sessions } };
    }
    case 'left': {
      const known = list.sessions.get(message.sessionId);
      if (known === undefined || known.version > message.version) return lists;
      const sessions = new Map(list.sessions);
      sessions.delete(message.sessionId);
      return { ...lists, [tab]: { ...list, sessions } };
    }
  }
}

function newest(sessions: ReadonlyMap<string, Card>): ReadonlyMap<string, Card> {
  if (sessions.size <= MOST) return sessions;
  const kept = ordered('closed', sessions.values()).slice(0, MOST);
  return new Map(kept.map((card) => [card.id, card]));
}

/** Also of times that are never. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

const byActivity = (a: Card, b: Card): number => b.lastActivityAt - a.lastActivityAt || (a.id < b.id ? 1 : -1);
const RANKS = { urgent: 0, high: 1, normal: 2, low: 3 } as const;
const rankOf = ({ preview }: Card): number => RANKS[preview?.priority ?? 'normal'];
const byWaiting = (a: Card, b: Card): number =>
  compare(firstDue(a.clocks), firstDue(b.clocks)) ||
  rankOf(a) - rankOf(b) ||
  (a.waitingSince ?? a.lastActivityAt) - (b.waitingSince ?? b.lastActivityAt) ||
  (a.id < b.id ? -1 : 1);

const bySnooze = (a: Card, b: Card): number => (a.preview?.snoozedUntil ?? 0) - (b.preview?.snoozedUntil ?? 0) || byActivity(a, b);

/**
 * Of those that wait what is due first, then the most urgent, then who waits the longest. Of the
 * snoozed ones the next first. Elsewhere what happened last first.
 */
export function ordered(tab: Tab, sessions: Iterable<Card>): readonly Card[] {
  if (tab === 'snoozed') return [...sessions].sort(bySnooze);
  return [...sessions].sort(tab === 'waiting' ? byWaiting : byActivity);
}

/** The list that a tab shows. What the agent has snoozed is among their own, and only one shows it. */
export function listOf(lists: Lists, tab: Tab): List {
  if (tab !== 'mine' && tab !== 'snoozed') return lists[tab];
  const own = [...lists.mine.sessions].filter(([, card]) => (card.preview?.snoozedUntil !== undefined) === (tab === 'snoozed'));
  return { ...lists.mine, sessions: new Map(own) };
}

/** The newest facts of a session in any list. */
export function cardIn(lists: Lists, sessionId: string): Card | undefined {
  return FOLLOWED_TABS.map((tab) => lists[tab].sessions.get(sessionId)).reduce(newer, undefined);
}

export function newer(a: Card | undefined, b: Card | undefined): Card | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.version > a.version ? b : a;
}

/** Letters at the end of an address that tell customers without a name apart. */
const CODE_LENGTH = 5;

/** Words for a customer without a name. */
interface Naming {
  readonly unnamed: (code: string) => string;
}

/** The customer's name. `unnamed` makes one of the end of the address. */
export function customerOf({ preview, address }: Pick<Card, 'preview' | 'address'>, { unnamed }: Naming): string {
  return preview?.customer ?? unnamed(address.slice(-CODE_LENGTH));
}

export const channelOf = ({ address }: Pick<Card, 'address'>): string => address.split(':')[0] ?? address;
