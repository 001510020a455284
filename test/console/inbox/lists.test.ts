import { describe, expect, test } from 'vitest';
import type { ServerMessage } from '#console/client/protocol.ts';
import {
  applyToLists,
  type Card,
  cardIn,
  customerOf,
  EMPTY_LISTS,
  type Lists,
  listOf,
  missingPage,
  ordered,
  wantingMore,
} from '#console/inbox/lists.ts';
import { pressingOf } from '#console/inbox/service-level.ts';
import { isPossible, mayReact, standingOf } from '#console/inbox/standing.ts';
import { FOLLOWED_TABS, type FollowedTab } from '#console/inbox/tabs.ts';
import { clockOf, LATE_MS, SOON_MS, urgencyOf } from '#console/inbox/waiting-time.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { card } from './fixture.ts';

const tabOf = (topic: string): FollowedTab | undefined => FOLLOWED_TABS.find((tab) => tab === topic);
const received = (...messages: readonly ServerMessage[]): Lists =>
  messages.reduce((lists, message) => applyToLists(lists, tabOf, message), EMPTY_LISTS);
/** A page of a list. */
const page = (after: string | null, sessions: readonly Card[], next: string | null, topic: FollowedTab = 'waiting'): ServerMessage => ({
  type: 'inbox',
  topic,
  after,
  sessions: [...sessions],
  next,
  presence: [],
});
const changes = (
  topic: string,
  sessions: readonly Card[],
  left: { readonly sessionId: string; readonly version: number }[] = [],
): ServerMessage => ({
  type: 'changes',
  topic,
  sessions: [...sessions],
  left,
});
const inbox = (topic: FollowedTab, sessions: readonly Card[]): ServerMessage => page(null, sessions, null, topic);
const ids = (lists: Lists, tab: FollowedTab): string[] => ordered(tab, lists[tab].sessions.values()).map(({ id }) => id);

describe('the lists', () => {
  test('a list that comes replaces the one before, and says that it is loaded', () => {
    const lists = received(inbox('open', [card('a'), card('b')]), inbox('open', [card('b')]));
    expect(ids(lists, 'open')).toEqual(['b']);
    expect([lists.open.loaded, lists.mine.loaded]).toEqual([true, false]);
  });

  test('a session is replaced by a newer version alone', () => {
    const session = (version: number, state: string) => changes('open', [card('a', { version, state })]);
    const lists = received(inbox('open', []), session(3, 'WAITING_AGENT'), session(2, 'ACTIVE'));
    expect(lists.open.sessions.get('a')?.state).toBe('WAITING_AGENT');
  });

  test('a session leaves unless a newer version of it is there', () => {
    const left = (version: number) => changes('open', [], [{ sessionId: 'a', version }]);
    expect(ids(received(inbox('open', [card('a', { version: 4 })]), left(3)), 'open')).toEqual(['a']);
    expect(ids(received(inbox('open', [card('a', { version: 4 })]), left(5)), 'open')).toEqual([]);
  });

  test('pages continue a list, and one that does not is left out', () => {
    const lists = received(page(null, [card('a')], '1'), page('1', [card('b')], '2'), page('1', [card('c')], null));
    expect([ids(lists, 'waiting'), missingPage(lists.waiting)]).toEqual([['a', 'b'], '2']);
    const ended = applyToLists(lists, tabOf, page('2', [card('c')], null));
    expect([ids(ended, 'waiting'), missingPage(ended.waiting)]).toEqual([['a', 'b', 'c'], null]);
  });

  test('a long list that begins anew stays until the new one is as long, with what changes meanwhile', () => {
    const before = received(page(null, [card('a'), card('b')], '1'), page('1', [card('c')], null));
    const begun = applyToLists(before, tabOf, page(null, [card('a', { version: 2 })], '1'));
    expect([ids(begun, 'waiting'), missingPage(begun.waiting)]).toEqual([['a', 'b', 'c'], '1']);
    const changed = applyToLists(begun, tabOf, changes('waiting', [card('d')], [{ sessionId: 'b', version: 1 }]));
    expect(ids(changed, 'waiting')).toEqual(['a', 'c', 'd']);
    const done = applyToLists(changed, tabOf, page('1', [], null));
    expect([ids(done, 'waiting'), done.waiting.sessions.get('a')?.version]).toEqual([['a', 'd'], 2]);
  });

  test('one page of a list is loaded by itself, and the next ones as the agent comes to its end', () => {
    const cards = Array.from({ length: 500 }, (_, index) => card(`s${index}`));
    const { open } = received(page(null, cards, '1', 'open'));
    expect([missingPage(open), missingPage(wantingMore(open))]).toEqual([null, '1']);
  });

  test('a topic that no tab follows changes nothing', () => {
    expect(received(changes('other', [card('a')]))).toBe(EMPTY_LISTS);
  });

  test('who waits longest comes first, elsewhere what happened last', () => {
    const cards = [
      card('a', { waitingSince: 30, lastActivityAt: 90 }),
      card('b', { waitingSince: 10, lastActivityAt: 50 }),
      card('c', { waitingSince: 20, lastActivityAt: 70 }),
    ];
    expect(ordered('waiting', cards).map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    expect(ordered('open', cards).map(({ id }) => id)).toEqual(['a', 'c', 'b']);
  });

  test('closed sessions are at most as many as the server lists', () => {
    const closed = Array.from({ length: 500 }, (_, index) => card(`s${index}`, { lastActivityAt: index + 1, open: false }));
    const lists = received(inbox('closed', closed), changes('closed', [card('new', { lastActivityAt: 1_000 })]));
    expect(lists.closed.sessions.size).toBe(500);
    expect(ids(lists, 'closed')[0]).toBe('new');
    expect(lists.closed.sessions.has('s0')).toBe(false);
  });

  test('the newest facts of a session are found in whichever list has them', () => {
    const lists = received(inbox('waiting', [card('a', { version: 2 })]), inbox('open', [card('a', { version: 3, agentId: 'omar' })]));
    expect(cardIn(lists, 'a')?.agentId).toBe('omar');
    expect(cardIn(lists, 'b')).toBeUndefined();
  });

  test('a customer without a name is named by the end of the address', () => {
    const unnamed = (code: string): string => `Customer ${code}`;
    const preview = { customer: 'Lea', last: null, unanswered: 0, priority: 'normal' } as const;
    expect(customerOf(card('12345678', { preview }), { unnamed })).toBe('Lea');
    expect(customerOf(card('12345678'), { unnamed })).toBe('Customer 45678');
  });
});

describe('what an agent may do', () => {
  test.each([
    [
      'mine',
      card('a', { agentId: 'amira', handler: 'human' }),
      ['reply', 'note', 'release', 'transfer', 'close', 'snooze', 'sendLater', 'priority'],
    ],
    ['held', card('a', { agentId: 'omar', handler: 'human' }), ['note', 'priority']],
    ['held', card('a', { agentId: PHONE_AGENT.id, handler: 'human' }), ['claim', 'note', 'priority']],
    ['waiting', card('a', { state: 'WAITING_AGENT', handler: 'none' }), ['claim', 'note', 'close', 'priority']],
    ['bot', card('a'), ['claim', 'note', 'close', 'priority']],
    ['closed', card('a', { open: false, state: 'CLOSED' }), []],
  ] as const)('%s', (standing, session, possible) => {
    expect(standingOf(session, 'amira')).toBe(standing);
    const all = ['claim', 'reply', 'note', 'release', 'transfer', 'close', 'snooze', 'unsnooze', 'sendLater', 'priority'] as const;
    const amira = { id: 'amira', role: 'agent' } as const;
    expect(all.filter((action) => isPossible(action, session, amira)).toSorted()).toEqual([...possible].toSorted());
    expect(all.some((action) => isPossible(action, undefined, amira))).toBe(false);
  });

  test.each([
    [card('a'), true],
    [card('a', { state: 'WAITING_AGENT', handler: 'none' }), true],
    [card('a', { agentId: 'amira', handler: 'human' }), true],
    [card('a', { agentId: PHONE_AGENT.id, handler: 'human' }), true],
    [card('a', { agentId: 'omar', handler: 'human' }), false],
    [card('a', { open: false, state: 'CLOSED' }), false],
    [card('a', { open: false, state: 'CLOSED', agentId: PHONE_AGENT.id }), false],
    [undefined, false],
  ])('case %#: a reaction is not for a session of a colleague, nor a closed one', (session, may) => {
    expect(mayReact(session, 'amira')).toBe(may);
  });

  test('is more for a supervisor while a colleague holds the session', () => {
    const held = card('a', { agentId: 'omar', handler: 'human' });
    const all = ['claim', 'reply', 'note', 'release', 'transfer', 'close', 'snooze'] as const;
    const possible = all.filter((action) => isPossible(action, held, { id: 'amira', role: 'supervisor' }));
    expect(possible).toEqual(['claim', 'note', 'release', 'transfer', 'close']);
  });
});

test('what the agent snoozed is in a list of its own, the next one first, and not among the others of theirs', () => {
  const snoozed = (id: string, until: number): Card =>
    card(id, { preview: { customer: null, last: null, unanswered: 0, priority: 'normal', snoozedUntil: until } });
  const lists = received(inbox('mine', [card('a'), snoozed('b', 200), snoozed('c', 100)]));
  const shown = (tab: 'mine' | 'snoozed') => ordered(tab, listOf(lists, tab).sessions.values()).map(({ id }) => id);
  expect([shown('mine'), shown('snoozed')]).toEqual([['a'], ['c', 'b']]);
  expect(isPossible('unsnooze', { ...snoozed('b', 200), agentId: 'amira' }, { id: 'amira', role: 'agent' })).toBe(true);
});

test('the most urgent of those that wait come first', () => {
  const waits = (id: string, waitingSince: number, priority: 'low' | 'normal' | 'urgent'): Card =>
    card(id, { waitingSince, preview: { customer: null, last: null, unanswered: 0, priority } });
  const cards = [waits('a', 1, 'low'), waits('b', 2, 'normal'), waits('c', 4, 'urgent'), waits('d', 3, 'urgent')];
  expect(ordered('waiting', cards).map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a']);
});

test('a waiting time is written as a clock, and becomes urgent', () => {
  expect([0, 7_000, 760_000, 11_100_000, -5_000].map(clockOf)).toEqual(['0:00', '0:07', '12:40', '3:05:00', '0:00']);
  expect([0, SOON_MS - 1, SOON_MS, LATE_MS].map(urgencyOf)).toEqual(['calm', 'calm', 'soon', 'late']);
});

describe('service levels', () => {
  const clock = (due: number | null, target: 'firstResponse' | 'resolution' = 'firstResponse') => ({
    target,
    since: 0,
    soonAt: due === null ? null : due - 100,
    due,
  });

  test('are calm, then soon, then late, by the clock of the page', () => {
    const clocks = [clock(1_000)];
    expect([899, 900, 1_000, 1_001].map((now) => pressingOf(clocks, now)?.urgency)).toEqual(['calm', 'soon', 'soon', 'late']);
    expect(pressingOf(clocks, 1_500)).toMatchObject({ leftMs: -500 });
    expect([pressingOf([], 0), pressingOf(undefined, 0), pressingOf([clock(null)], 0)]).toEqual([undefined, undefined, undefined]);
  });

  test('show the worst state, and of equal ones what is due first', () => {
    const clocks = [clock(1_000), clock(950, 'resolution')];
    expect(pressingOf(clocks, 0)?.target).toBe('resolution');
    expect(pressingOf([clock(5_000), { ...clock(9_000, 'resolution'), soonAt: 10 }], 20)?.target).toBe('resolution');
  });

  test('put what is due first on top of those that wait, then the longest wait', () => {
    const sessions = [
      card('long', { waitingSince: 1 }),
      card('short', { waitingSince: 5 }),
      card('due later', { waitingSince: 0, clocks: [clock(900)] }),
      card('due first', { waitingSince: 9, clocks: [clock(2_000, 'resolution'), clock(300)] }),
      card('never due', { waitingSince: 0, clocks: [clock(null)] }),
    ];
    expect(ordered('waiting', sessions).map(({ id }) => id)).toEqual(['due first', 'due later', 'never due', 'long', 'short']);
  });
});
