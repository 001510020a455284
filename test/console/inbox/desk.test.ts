/** One agent's work, with a client that the test answers for. */
import { describe, expect, test } from 'vitest';
import type { ServerMessage } from '#console/client/protocol.ts';
import { type Ack, CommandError, type Request } from '#console/client/request.ts';
import { Desk } from '#console/inbox/desk.ts';
import { Drafts } from '#console/inbox/drafts.ts';
import type { News } from '#console/inbox/news.ts';
import { acted, card, said, transcript } from './fixture.ts';

const agent = { id: 'amira', login: 'amira', name: 'Amira', role: 'agent' } as const;

interface Sent {
  readonly request: Request;
  ack(part?: Partial<Ack>): Promise<void>;
  refuse(code: string, part?: { readonly holder?: string; readonly seq?: number; readonly retryAfterMs?: number }): Promise<void>;
}

function open(kept = new Map<string, string>()) {
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
      details: async () => ({ previousId: null, closedAt: null }),
    },
    drafts: new Drafts(
      {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => void kept.set(key, value),
        removeItem: (key) => void kept.delete(key),
      },
      agent.id,
    ),
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

function withSession(kept?: Map<string, string>) {
  const opened = open(kept);
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
    expect(kept.size).toBe(0);
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
  expect(news).toEqual([{ kind: 'attention', sessionId: 'a', card: undefined }]);
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
