/** One agent's work, with a client that the test answers for. */
import { describe, expect, test } from 'vitest';
import type { ServerMessage } from '#console/client/protocol.ts';
import { type Ack, CommandError, type Request } from '#console/client/request.ts';
import { arabic } from '#console/inbox/arabic.ts';
import { Desk } from '#console/inbox/desk.ts';
import { deskAids } from '#console/inbox/desk-aids.ts';
import type { SessionDetails } from '#console/inbox/desk-api.ts';
import { Drafts, EMPTY_DRAFT } from '#console/inbox/drafts.ts';
import { english } from '#console/inbox/english.ts';
import type { Card } from '#console/inbox/lists.ts';
import type { News } from '#console/inbox/news.ts';
import { problemText } from '#console/inbox/problem.ts';
import { ReadMarks, unreadOf, unreadSessions } from '#console/inbox/read-marks.ts';
import { acted, card, said, transcript } from './fixture.ts';

const agent = { id: 'amira', login: 'amira', name: 'Amira', role: 'agent' } as const;

interface Sent {
  readonly request: Request;
  ack(part?: Partial<Ack>): Promise<void>;
  refuse(code: string, part?: { readonly holder?: string; readonly seq?: number; readonly retryAfterMs?: number }): Promise<void>;
}

const refuse = () => Promise.reject(new Error('not here'));
const noInsight = { past: refuse, of: refuse, graph: refuse };
const NO_DETAILS: SessionDetails = { version: 0, previousId: null, closedAt: null, facts: undefined };

function open(kept = new Map<string, string>(), { undoMs = 0, details = NO_DETAILS } = {}) {
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const read = { details, times: 0 };
  const sent: Sent[] = [];
  const news: News[] = [];
  const looks: unknown[] = [];
  const colleagueReads: number[] = [];
  const timers = new Set<() => void>();
  let receive: (message: ServerMessage) => void = () => undefined;
  const desk = new Desk({
    agent,
    client: {
      status: 'open',
      start: () => undefined,
      stop: () => undefined,
      wake: () => undefined,
      onStatus: () => () => undefined,
      listen: (listener) => {
        receive = listener;
        return () => undefined;
      },
      look: (...look) => void looks.push(look),
      send: (request) =>
        new Promise((resolve, reject) => {
          const settled = async (): Promise<void> => new Promise((done) => setImmediate(done));
          sent.push({
            request,
            ack: (part = {}) => {
              resolve({ type: 'ack', requestId: 'request', ...part });
              return settled();
            },
            refuse: (code, part = {}) => {
              reject(new CommandError({ code, message: code, ...part }));
              return settled();
            },
          });
        }),
    },
    api: {
      colleagues: async () => {
        colleagueReads.push(1);
        return [{ id: 'omar', name: 'Omar', disabled: false }];
      },
      details: async () => {
        read.times += 1;
        return read.details;
      },
    },
    aids: deskAids({ suggest: refuse, brief: refuse }, noInsight, 'en'),
    drafts: new Drafts(storage, agent.id),
    reads: new ReadMarks(storage, agent.id),
    undoMs: () => undoMs,
    now: () => 1_000,
    setTimer: (run) => {
      timers.add(run);
      return () => void timers.delete(run);
    },
    soon: (run) => run(),
    newId: () => crypto.randomUUID(),
    onNews: (one) => void news.push(one),
  });
  desk.start();
  return {
    desk,
    news,
    looks,
    colleagueReads,
    kept,
    read,
    receive: (message: ServerMessage) => receive(message),
    last: (type: Request['type']): Sent => {
      const found = sent.findLast(({ request }) => request.type === type);
      if (found === undefined) throw new Error(`no ${type} was sent`);
      return found;
    },
    all: (type: Request['type']) => sent.filter(({ request }) => request.type === type),
    /** What waits for its time happens now. */
    pass: () => {
      for (const run of [...timers]) {
        timers.delete(run);
        run();
      }
    },
  };
}

const mine = card('a', { agentId: 'amira', handler: 'human' });

function withSession(...given: Parameters<typeof open>) {
  const opened = open(...given);
  opened.desk.select('a');
  opened.receive(transcript(mine, [said(1, 'Hello'), said(2, 'Anybody?')]));
  return opened;
}

describe('an answer', () => {
  test('carries the last entry that was in view long enough', () => {
    const { desk, last, pass } = withSession();
    desk.inView(1);
    pass();
    desk.inView(2);
    desk.write('Good morning');
    desk.submit();
    expect(last('send').request).toMatchObject({ sessionId: 'a', text: 'Good morning', seen: 1 });
    pass();
    desk.write('Me again');
    desk.submit();
    expect(last('send').request).toMatchObject({ seen: 2 });
  });

  test('leaves the composer, and comes back before what was written since if it is refused', async () => {
    const { desk, last } = withSession();
    desk.write('The third floor then.');
    desk.submit();
    expect(desk.snapshot().draft).toMatchObject({ reply: '', waiting: [{ text: 'The third floor then.' }] });
    desk.write('By the way');
    await last('send').refuse('unseen', { seq: 3 });
    expect(desk.snapshot()).toMatchObject({
      problem: { kind: 'unseen', seq: 3 },
      draft: { reply: 'The third floor then.\nBy the way', waiting: [] },
    });
  });

  test('is kept over a reload until it is confirmed, and then not', async () => {
    const { desk, last, kept } = withSession();
    desk.write('Good morning');
    desk.submit();
    const before = new Map(kept);
    await last('send').ack({ version: 4 });
    expect([...kept.keys()].filter((key) => key.includes('draft'))).toEqual([]);
    expect(withSession(before).desk.snapshot().draft).toMatchObject({ reply: 'Good morning', waiting: [] });
  });

  test('that the journal has already does not come back after a reload', () => {
    const { desk, kept } = withSession();
    desk.write('Good morning');
    desk.submit();
    const again = open(kept);
    again.desk.select('a');
    const entries = [said(1, 'Hello'), said(2, 'Anybody?'), acted(3, { type: 'agent.message', agent, text: 'Good morning' })];
    again.receive(transcript(mine, entries));
    expect(again.desk.snapshot().draft).toMatchObject({ reply: '', waiting: [] });
  });
});

describe('a command', () => {
  test('that a colleague was faster with names the colleague', async () => {
    const { desk, last } = withSession();
    desk.claim();
    expect(desk.snapshot().acting).toBe('claim');
    await last('claim').refuse('held', { holder: 'Omar' });
    expect(desk.snapshot()).toMatchObject({ acting: undefined, problem: { kind: 'held', holder: 'Omar' } });
  });

  test('that changed nothing says why', async () => {
    const { desk, last } = withSession();
    desk.release();
    await last('release').ack({ ignored: 'not the holder' });
    expect(desk.snapshot().problem).toEqual({ kind: 'refused', message: 'not the holder' });
  });

  test('is answered for its own session alone', async () => {
    const { desk, last } = withSession();
    desk.claim();
    const claim = last('claim');
    desk.select('b');
    await claim.refuse('held', { holder: 'Omar' });
    expect(desk.snapshot().problem).toBeUndefined();
  });
});

describe('a card', () => {
  const place = { kind: 'location', latitude: 30.0444, longitude: 31.2357 } as const;

  test('goes with the text, at once, and comes back if it is refused', async () => {
    const { desk, last } = withSession(new Map(), { undoMs: 5_000 });
    desk.write('Here');
    desk.writing.setCard('a', place);
    desk.submit();
    expect(last('send').request).toMatchObject({ text: 'Here', card: place });
    expect(desk.snapshot().draft).toMatchObject({ reply: '', card: undefined, waiting: [{ text: 'Here', card: place }] });
    await last('send').refuse('unseen', { seq: 2 });
    expect(desk.snapshot().draft).toMatchObject({ reply: 'Here', card: place, waiting: [] });
  });

  test('that was added meanwhile stays if the one before is refused, and the agent is told', async () => {
    const { desk, last } = withSession();
    desk.write('Here');
    desk.writing.setCard('a', place);
    desk.submit();
    desk.write('Or there');
    desk.writing.setCard('a', { ...place, latitude: 1 });
    await last('send').refuse('closed');
    expect(desk.snapshot()).toMatchObject({
      draft: { reply: 'Here\nOr there', card: { ...place, latitude: 1 }, waiting: [] },
      problem: { kind: 'closed', cardLeft: true },
    });
    const { problem } = desk.snapshot();
    expect(problem && problemText(problem, english)).toBe(`${english.problems.closed} ${english.problems.cardLeft}`);
  });

  test('goes without a text, and stays for the next reply where it cannot go', () => {
    const { desk, last, all } = withSession();
    desk.writing.setCard('a', place);
    desk.setMode('note');
    desk.write('a note');
    desk.submit();
    expect(desk.snapshot().draft.card).toEqual(place);
    desk.setMode('reply');
    desk.write('Tomorrow');
    desk.submit({ at: 9_000 });
    expect(last('schedule').request).not.toHaveProperty('card');
    expect(desk.snapshot().draft.card).toEqual(place);
    desk.submit();
    expect(last('send').request).toMatchObject({ text: '', card: place });
    expect(all('send')).toHaveLength(1);
  });

  test('is kept over a reload, and does not come back if the journal has it, whatever the order of its members', () => {
    const { desk, kept } = withSession();
    desk.writing.setCard('a', place);
    expect(withSession(kept).desk.snapshot().draft.card).toEqual(place);
    desk.submit();
    const again = open(new Map(kept));
    again.desk.select('a');
    const { kind, ...where } = place;
    const event = { type: 'agent.message', agent: { id: 'amira', name: 'Amira' }, text: '', card: { ...where, kind } };
    again.receive(transcript(mine, [said(1, 'Hello'), acted(2, event)]));
    expect(again.desk.snapshot().draft).toEqual(EMPTY_DRAFT);
    const lost = open(kept);
    lost.desk.select('a');
    const other = { ...event, card: { ...event.card, latitude: 1 } };
    lost.receive(transcript(mine, [said(1, 'Hello'), acted(2, other)]));
    expect(lost.desk.snapshot()).toMatchObject({ draft: { card: place, waiting: [] }, problem: undefined });
  });
});

test('a card that was added before a reload stays if the one that was sent comes back', () => {
  const place = { kind: 'location', latitude: 30.0444, longitude: 31.2357 } as const;
  const { desk, kept } = withSession();
  desk.writing.setCard('a', place);
  desk.submit();
  desk.writing.setCard('a', { ...place, latitude: 1 });
  const again = open(new Map(kept));
  again.desk.select('a');
  again.receive(transcript(mine, [said(1, 'Hello')]));
  expect(again.desk.snapshot()).toMatchObject({ draft: { card: { ...place, latitude: 1 }, waiting: [] }, problem: { kind: 'cardLeft' } });
});

describe('a reply to a certain message', () => {
  test('names it, once, and comes back with it if it is refused', async () => {
    const { desk, last } = withSession();
    desk.answer('wa:1');
    desk.write('Yes');
    desk.submit();
    expect(last('send').request).toMatchObject({ text: 'Yes', replyTo: 'wa:1' });
    expect(desk.snapshot().draft).toMatchObject({ reply: '', replyTo: undefined });
    await last('send').refuse('unavailable');
    expect(desk.snapshot().draft).toMatchObject({ reply: 'Yes', replyTo: 'wa:1' });
    desk.answer(undefined);
    desk.submit();
    expect(last('send').request).not.toHaveProperty('replyTo');
  });

  test('leaves the notes of colleagues alone, and one that was chosen meanwhile stays', async () => {
    const { desk, last } = withSession();
    desk.setMode('note');
    desk.answer('wa:1');
    expect(desk.snapshot().draft.mode).toBe('reply');
    desk.write('Yes');
    desk.submit();
    desk.answer('wa:2');
    await last('send').refuse('unavailable');
    expect(desk.snapshot().draft).toMatchObject({ reply: 'Yes', replyTo: 'wa:2' });
    desk.setMode('note');
    desk.write('vip');
    desk.submit();
    expect(last('note').request).not.toHaveProperty('replyTo');
    expect(desk.snapshot().draft.replyTo).toBe('wa:2');
  });

  test('that is sent later names it too, and is in the composer with it if it is taken back', async () => {
    const { desk, last } = withSession();
    desk.answer('wa:1');
    desk.write('Yes');
    desk.submit({ inMs: 5_000 });
    expect(last('schedule').request).toMatchObject({ text: 'Yes', replyTo: 'wa:1', inMs: 5_000 });
    const message = { id: 'later-01', text: 'Yes', agent: { id: 'amira', name: 'Amira' }, at: 5_000, replyTo: 'wa:1' };
    void desk.triage.sendNow(message, 1);
    expect(last('schedule').request).toMatchObject({ id: 'later-01', replyTo: 'wa:1', inMs: 0 });
    void desk.triage.takeBack(message);
    expect(desk.snapshot().draft).toMatchObject({ reply: 'Yes', replyTo: 'wa:1' });
  });
});

describe('a reaction', () => {
  test('names the customer’s message, and is taken back with null', async () => {
    const { desk, all } = withSession();
    for (const emoji of ['👍', null]) void desk.triage.react('wa:1', emoji);
    expect(all('react').map(({ request }) => request)).toEqual(
      ['👍', null].map((emoji) => ({ type: 'react', sessionId: 'a', id: 'wa:1', emoji })),
    );
  });

  test('that is refused says why, and who holds the session', async () => {
    const { desk, last } = withSession();
    void desk.triage.react('wa:1', '👍');
    await last('react').refuse('held', { holder: 'Omar' });
    expect(desk.snapshot().problem).toEqual({ kind: 'held', holder: 'Omar' });
    void desk.triage.react('wa:1', '👍');
    expect(desk.snapshot().problem).toBeUndefined();
    await last('react').refuse('rate_limited');
    expect(desk.snapshot().problem).toMatchObject({ kind: 'refused' });
  });

  test.each(['closed', 'window'] as const)('that is too late (%s) says so in words of its own', async (reason) => {
    const { desk, last } = withSession();
    void desk.triage.react('wa:1', '👍');
    await last('react').refuse(reason);
    const { problem } = desk.snapshot();
    expect(problem).toEqual({ kind: 'notReacted', reason });
    for (const words of [english, arabic]) expect(problem && problemText(problem, words)).toBe(words.problems.notReacted[reason]);
  });
});

describe('the selected session', () => {
  test('is watched, and the one before no longer', () => {
    const { desk, all, looks } = withSession();
    desk.select('b');
    expect(all('watch').map(({ request }) => Reflect.get(request, 'sessionId'))).toEqual(['a', 'b']);
    expect(all('unwatch').map(({ request }) => Reflect.get(request, 'sessionId'))).toEqual(['a']);
    desk.select(undefined);
    expect(looks.at(-1)).toEqual([null, false]);
  });

  test('that does not exist is said to be missing', async () => {
    const { desk, last } = open();
    desk.select('a');
    await last('watch').refuse('not_found');
    expect(desk.snapshot().missing).toBe(true);
  });

  test('shows colleagues that the agent writes, until the pause', () => {
    const { desk, looks, pass } = withSession();
    desk.write('G');
    expect(looks.at(-1)).toEqual(['a', true]);
    pass();
    expect(looks.at(-1)).toEqual(['a', false]);
  });

  test('loads older entries once', async () => {
    const { desk, receive, all, last } = open();
    desk.select('a');
    receive(transcript(mine, [said(3, 'c')]));
    void desk.loadOlder();
    void desk.loadOlder();
    expect(all('history')).toHaveLength(1);
    await last('history').ack({ entries: [said(1, 'a'), said(2, 'b')] });
    expect(desk.snapshot().transcript?.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await desk.loadOlder();
    expect(all('history')).toHaveLength(1);
  });
});

test('the name of a colleague who joined meanwhile is asked for once', async () => {
  const { desk, receive, colleagueReads } = open();
  desk.select('a');
  receive(transcript(card('a', { agentId: 'omar', handler: 'human' }), [said(1, 'Hello')]));
  receive(transcript(card('a', { agentId: 'omar', handler: 'human' }), [said(1, 'Hello')]));
  await expect.poll(() => desk.nameOf('omar')).toBe('Omar');
  expect(colleagueReads).toHaveLength(1);
});

test('a call for an agent is news once, though several lists have the session, and not for others', async () => {
  const { news, all, receive } = open();
  for (const [index, subscribe] of all('subscribe').entries()) await subscribe.ack({ topic: `topic ${index}` });
  for (const topic of ['topic 0', 'topic 2']) receive({ type: 'attention', topic, sessionId: 'a', reason: 'asked' });
  receive({ type: 'attention', topic: 'topic 2', sessionId: 'b', reason: 'transfer', agentId: 'omar' });
  // A message of the agent's own came back from a session that was closed.
  receive({ type: 'attention', topic: 'topic 3', sessionId: 'c', reason: 'not_sent.closed', agentId: 'amira' });
  receive({ type: 'attention', topic: 'topic 3', sessionId: 'd', reason: 'undeliverable' });
  expect(news).toEqual([
    { kind: 'attention', sessionId: 'a', card: undefined, reason: 'asked' },
    { kind: 'attention', sessionId: 'c', card: undefined, reason: 'not_sent.closed' },
  ]);
});

describe('what an agent puts off', () => {
  const facts = { intent: null, entities: {}, scheduled: [] };
  const details: SessionDetails = { version: 2, previousId: null, closedAt: null, facts };
  const read = () => new Promise((done) => setImmediate(done));

  test('a reply can be taken back for some seconds, and is in the composer again', async () => {
    const { desk, last } = withSession(new Map(), { undoMs: 5_000, details });
    await read();
    desk.write('Good morning');
    desk.submit();
    const { request, ack } = last('schedule');
    expect(request).toMatchObject({ sessionId: 'a', text: 'Good morning', seen: 0, inMs: 5_000 });
    await ack({ version: 3 });
    const id = String(Reflect.get(request, 'id'));
    expect(desk.snapshot()).toMatchObject({ draft: { reply: '', waiting: [] }, details: { facts: { scheduled: [{ id, at: 6_000 }] } } });
    expect(desk.triage.undoable(1_000)).toEqual({ kind: 'message', id, until: 6_000 });
    const undone = desk.triage.undo();
    await last('unschedule').ack({ version: 4 });
    await undone;
    expect(desk.snapshot()).toMatchObject({ draft: { reply: 'Good morning' }, details: { facts: { scheduled: [] } } });
    expect(desk.triage.undoable(1_000)).toBeUndefined();
  });

  test('is not taken back once it was sent', async () => {
    const scheduled = [{ id: 'message-1', text: 'Good morning', agent, at: 2_000 }];
    const { desk, last } = withSession(new Map(), { details: { ...details, facts: { ...facts, scheduled } } });
    await read();
    const undone = desk.triage.undo();
    expect(desk.snapshot().draft.reply).toBe('Good morning');
    await last('unschedule').ack({ ignored: 'no such message' });
    await undone;
    expect(desk.snapshot()).toMatchObject({ draft: { reply: '' }, problem: { kind: 'tooLate' } });
  });

  test('comes back to its writer once, over reloads, and the server is told', async () => {
    const scheduled = [
      { id: 'message-1', text: 'One', agent, at: 2_000, returned: 'customer' as const },
      { id: 'message-2', text: 'Two', agent: { id: 'omar', name: 'Omar' }, at: 2_000, returned: 'customer' as const },
    ];
    const returned = { ...details, facts: { ...facts, scheduled } };
    const { desk, all, kept, last } = withSession(new Map(), { details: returned });
    await read();
    expect(desk.snapshot()).toMatchObject({ draft: { reply: 'One' }, problem: { kind: 'returned', reason: 'customer' } });
    expect(all('unschedule').map(({ request }) => Reflect.get(request, 'id'))).toEqual(['message-1']);
    const again = withSession(new Map(kept), { details: returned });
    await read();
    expect(again.desk.snapshot().draft.reply).toBe('One');
    desk.write('');
    await last('unschedule').ack({ version: 3 });
    expect([...kept.keys()].filter((key) => key.includes('draft'))).toEqual([]);
  });

  test('a snooze can be undone for some seconds', async () => {
    const { desk, last } = withSession(new Map(), { details });
    const snoozed = desk.triage.snooze(9_000_000);
    await last('snooze').ack({ version: 3 });
    await snoozed;
    expect(desk.triage.undoable(1_000)).toMatchObject({ kind: 'snooze' });
    void desk.triage.undo();
    expect(last('unsnooze').request).toEqual({ type: 'unsnooze', sessionId: 'a' });
    expect(desk.triage.undoable(1_000)).toBeUndefined();
  });

  test('older details do not replace newer ones', async () => {
    const { desk, read: given, receive, pass } = withSession(new Map(), { details: { ...details, version: 5 } });
    await read();
    given.details = { ...details, version: 4, previousId: 'old' };
    receive({ type: 'entry', sessionId: 'a', entry: said(3, 'More') });
    pass();
    await read();
    expect([given.times, desk.snapshot().details?.version]).toEqual([2, 5]);
  });
});

describe('what is unread', () => {
  const preview = { customer: 'Lea', last: null, unanswered: 1, priority: 'normal', news: 2 } as const;
  const unread = card('a', { agentId: 'amira', handler: 'human', preview });

  async function following(kept?: Map<string, string>) {
    const opened = open(kept);
    for (const [index, subscribe] of opened.all('subscribe').entries()) await subscribe.ack({ topic: `topic ${index}` });
    opened.receive({ type: 'inbox', topic: 'topic 1', after: null, sessions: [unread], next: null, presence: [] });
    return opened;
  }

  test('counts until it was in view, also over reloads, and again on request', async () => {
    const { desk, receive, pass, kept } = await following();
    expect(unreadSessions(desk.snapshot())).toBe(1);
    desk.select('a');
    receive(transcript({ ...unread, version: 2 }, [said(1, 'Hello'), said(2, 'Anybody?')]));
    desk.inView(1);
    pass();
    expect(unreadSessions(desk.snapshot())).toBe(1);
    desk.inView(2);
    pass();
    expect(unreadSessions(desk.snapshot())).toBe(0);
    expect(unreadSessions((await following(new Map(kept))).desk.snapshot())).toBe(0);
    // A list tells of what was seen in the transcript, and later of what was not.
    const more = { ...preview, news: 3 };
    receive({ type: 'changes', topic: 'topic 1', sessions: [{ ...unread, version: 3, preview: more }], left: [] });
    expect(unreadSessions(desk.snapshot())).toBe(1);
    receive({ type: 'entry', sessionId: 'a', entry: said(3, 'Still there?') });
    desk.inView(3);
    pass();
    expect(unreadSessions(desk.snapshot())).toBe(0);
    desk.markUnread();
    expect([desk.snapshot().selected, unreadSessions(desk.snapshot())]).toEqual([undefined, 1]);
  });

  test('is nothing in a session of the assistant or a colleague that the agent never opened', () => {
    const marks = new Map([['opened', 1]]);
    const of = (id: string, part: Partial<Card>) => unreadOf(card(id, { preview, ...part }), marks, 'amira');
    expect(of('b', {})).toBe(0);
    expect(of('c', { agentId: 'omar', handler: 'human' })).toBe(0);
    expect(of('opened', {})).toBe(1);
    expect(of('d', { state: 'WAITING_AGENT', handler: 'none' })).toBe(2);
    expect(of('e', { preview: null, agentId: 'amira' })).toBe(0);
  });
});

describe('a long list', () => {
  const page = (after: string | null, ids: readonly string[], next: string | null, topic = 'topic 0'): ServerMessage => ({
    type: 'inbox',
    topic,
    after,
    sessions: ids.map((id) => card(id)),
    next,
    presence: [],
  });
  const withTopics = async () => {
    const opened = open();
    for (const [index, subscribe] of opened.all('subscribe').entries()) await subscribe.ack({ topic: `topic ${index}` });
    return opened;
  };

  test('of those that wait is loaded to its end, one page after the other', async () => {
    const { desk, receive, all } = await withTopics();
    receive(page(null, ['a'], '1'));
    receive(page(null, ['a'], '1'));
    expect(all('more').map(({ request }) => request)).toEqual([{ type: 'more', topic: 'topic 0', after: '1' }]);
    receive(page('1', ['b'], '2'));
    await all('more')[0]?.ack();
    receive(page('2', ['c'], null));
    await all('more')[1]?.ack();
    expect([all('more').length, [...desk.snapshot().lists.waiting.sessions.keys()]]).toEqual([2, ['a', 'b', 'c']]);
  });

  test('goes on with its own next page if it began anew, and after a failure', async () => {
    const { receive, all, last, pass } = await withTopics();
    receive(page(null, ['a'], '1'));
    receive(page(null, ['a'], 'other'));
    expect(all('more').map(({ request }) => Object(request).after)).toEqual(['1', 'other']);
    await last('more').refuse('unavailable', { retryAfterMs: 1_000 });
    pass();
    expect(all('more').map(({ request }) => Object(request).after)).toEqual(['1', 'other', 'other']);
  });

  test('of other sessions is loaded as far as the agent scrolls', async () => {
    const { desk, receive, all } = await withTopics();
    receive(
      page(
        null,
        Array.from({ length: 500 }, (_, index) => `s${index}`),
        '1',
        'topic 2',
      ),
    );
    expect(all('more')).toEqual([]);
    desk.showTab('open');
    desk.showMore();
    expect(all('more').map(({ request }) => request)).toEqual([{ type: 'more', topic: 'topic 2', after: '1' }]);
  });
});
