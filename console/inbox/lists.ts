/**
 * The lists of sessions, one for each tab. A reducer over the gateway's messages.
 *
 * Invariants
 * 1. A session is replaced only by a newer version of itself.
 * 2. A list that begins anew replaces the one before, once it is as long. So a list that comes in
 *    pages does not shrink meanwhile.
 * 3. A page that does not continue what came is not added.
 */
import type { InboxFilter, ServerMessage } from '../client/protocol.ts';
import { firstDue } from './service-level.ts';
import { FOLLOWED_TABS, type FollowedTab, type Tab } from './tabs.ts';

type Message<T extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: T }>;
export type Card = Message<'inbox'>['sessions'][number];
type Cards = ReadonlyMap<string, Card>;

export interface List {
  readonly sessions: Cards;
  /** The list that began anew and is not as long yet. */
  readonly fresh: Cards | undefined;
  /** Where the server's list goes on after what came. Null at its end. */
  readonly next: string | null;
  /** How many sessions are loaded without being asked for. */
  readonly wanted: number;
  /** False until the first answer. */
  readonly loaded: boolean;
}

export type Lists = Readonly<Record<FollowedTab, List>>;

/** Sessions of one page of the server. */
const PAGE = 500;
/** Sessions of a list. The rest is found by search. */
export const MOST = 10_000;

const EMPTY: List = { sessions: new Map(), fresh: undefined, next: null, wanted: PAGE, loaded: false };
/**
 * All that wait are loaded, since the server lists the newest first, and the oldest comes first.
 */
export const EMPTY_LISTS: Lists = { waiting: { ...EMPTY, wanted: MOST }, mine: EMPTY, open: EMPTY, closed: EMPTY };

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
  if (message.type !== 'inbox' && message.type !== 'changes') return lists;
  const tab = tabOf(message.topic);
  if (tab === undefined) return lists;
  const before = lists[tab];
  const list = message.type === 'inbox' ? withPage(before, message) : withChanges(before, message);
  if (list === before) return lists;
  return { ...lists, [tab]: tab === 'closed' ? { ...list, sessions: newest(list.sessions, list.wanted) } : list };
}

/** The list that wants one page more than it has. */
export function wantingMore(list: List): List {
  return { ...list, wanted: Math.min(MOST, list.sessions.size + PAGE) };
}

/** Where the page begins that the list lacks, or null. */
export function missingPage({ sessions, fresh, next, wanted }: List): string | null {
  return (fresh ?? sessions).size < wanted ? next : null;
}

function withPage(list: List, { after, sessions, next }: Message<'inbox'>): List {
  if (after !== null && after !== list.next) return list;
  const cards = withNewer(after === null ? new Map() : (list.fresh ?? list.sessions), sessions);
  const isFresh = after === null || list.fresh !== undefined;
  const isShort = next !== null && cards.size < Math.min(list.wanted, list.sessions.size);
  return isFresh && isShort ? { ...list, fresh: cards, next } : { ...list, sessions: cards, fresh: undefined, next, loaded: true };
}

function withChanges(list: List, message: Message<'changes'>): List {
  const sessions = changed(list.sessions, message);
  const fresh = list.fresh === undefined ? undefined : changed(list.fresh, message);
  return sessions === list.sessions && fresh === list.fresh ? list : { ...list, sessions, fresh };
}

/** The same object if nothing changes. */
function changed(cards: Cards, { sessions, left }: Message<'changes'>): Cards {
  const after = withNewer(cards, sessions);
  const gone = left.filter(({ sessionId, version }) => (after.get(sessionId)?.version ?? Number.POSITIVE_INFINITY) <= version);
  if (gone.length === 0) return after;
  const rest = new Map(after);
  for (const { sessionId } of gone) rest.delete(sessionId);
  return rest;
}

function withNewer(cards: Cards, given: readonly Card[]): Cards {
  const news = given.filter(({ id, version }) => (cards.get(id)?.version ?? -1) < version);
  if (news.length === 0) return cards;
  const after = new Map(cards);
  for (const card of news) after.set(card.id, card);
  return after;
}

/** The oldest of the closed ones leave as others close. */
function newest(sessions: Cards, most: number): Cards {
  if (sessions.size <= most) return sessions;
  const kept = ordered('closed', sessions.values()).slice(0, most);
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

/**
 * The list that a tab shows. What the agent has snoozed is among their own, and only one shows it.
 */
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
