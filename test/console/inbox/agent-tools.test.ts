/** Mentions, uploads and filters of the console, without a browser. */
import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '#console/client/protocol.ts';
import type { Ack, Request } from '#console/client/request.ts';
import { Availability } from '#console/inbox/availability.ts';
import { FilteredList, narrowedCards } from '#console/inbox/filtered-list.ts';
import { colleaguesFor, mentionAt, mentionedIn, notePartsOf, withMention } from '#console/inbox/mention-text.ts';
import { Mentions, unseenIn } from '#console/inbox/mentions.ts';
import { PendingSends } from '#console/media/pending-sends.ts';
import { type FileRef, Uploads } from '#console/media/uploads.ts';
import { card } from './fixture.ts';

describe('mentions in a note', () => {
  const colleagues = [
    { id: 'o', name: 'Omar Ali' },
    { id: 'a', name: 'أحمد' },
  ];

  it('begin with an @ at the beginning of a word, and offer who is meant', () => {
    expect(mentionAt('ask @om', 7)).toEqual({ start: 4, query: 'om' });
    expect(mentionAt('@', 1)).toEqual({ start: 0, query: '' });
    expect(mentionAt('(@om', 4)).toEqual({ start: 1, query: 'om' });
    expect([mentionAt('a@b.com', 7), mentionAt('@om\nx', 5), mentionAt('ask @om', 3)]).toEqual([undefined, undefined, undefined]);
    expect(colleaguesFor(colleagues, 'ali').map(({ id }) => id)).toEqual(['o']);
    expect(colleaguesFor(colleagues, 'احم').map(({ id }) => id)).toEqual(['a']);
    expect(colleaguesFor(colleagues, '')).toHaveLength(2);
  });

  it('are written out, and count while they are in the text', () => {
    expect(withMention('ask @om please', { start: 4, query: 'om' }, 'Omar Ali')).toEqual({ text: 'ask @Omar Ali please', caret: 14 });
    expect(mentionedIn('ask @Omar Ali', [...colleagues, ...colleagues])).toEqual(['o']);
    expect(notePartsOf('@Ann and @Anna: a@b @nobody', ['Ann', 'Anna'])).toEqual([
      { text: '@Ann', isMention: true },
      { text: ' and ', isMention: false },
      { text: '@Anna', isMention: true },
      { text: ': a@b @nobody', isMention: false },
    ]);
    expect(notePartsOf('', ['Ann'])).toEqual([]);
  });

  it('are marked as seen on the page at once, and once at the server', async () => {
    const sent: unknown[] = [];
    const mention = (id: string, seen: boolean) => ({ id, sessionId: 's', seq: 1, at: 1, by: 'Omar', text: 'x', seen });
    const mentions = new Mentions(async (method, path, body) => {
      sent.push([method, path, body]);
      return { mentions: [mention('a', false), mention('b', true)] };
    });
    await mentions.load();
    expect(unseenIn(mentions.state.snapshot())).toBe(1);
    await mentions.see(['a', 'b']);
    await mentions.see(['a']);
    expect(unseenIn(mentions.state.snapshot())).toBe(0);
    expect(sent.slice(1)).toEqual([['POST', '/mentions/seen', { ids: ['a'] }]]);
  });
});

describe('availability', () => {
  it('is that of the agent, changes once at a time, and stays what it was if the server is not reached', async () => {
    const sent: unknown[] = [];
    let isReached = true;
    const availability = new Availability(async (method, path, body) => {
      if (method === 'GET')
        return {
          agents: [
            { id: 'amira', away: false },
            { id: 'omar', away: true },
          ],
        };
      sent.push([method, path, body]);
      if (!isReached) throw new Error('not reached');
      return { available: false };
    }, 'amira');
    await availability.toggle();
    expect([sent, availability.state.snapshot().isAway]).toEqual([[], undefined]);
    await availability.load();
    expect(availability.state.snapshot().isAway).toBe(false);
    const first = availability.toggle();
    await Promise.all([first, availability.toggle(), availability.load()]);
    expect(sent).toEqual([['PUT', '/account/available', { available: false }]]);
    expect(availability.state.snapshot()).toEqual({ isAway: true, isChanging: false, hasFailed: false });
    isReached = false;
    await availability.toggle();
    expect(sent.at(-1)).toEqual(['PUT', '/account/available', { available: true }]);
    expect(availability.state.snapshot()).toEqual({ isAway: true, isChanging: false, hasFailed: true });
  });
});

describe('uploads', () => {
  function open() {
    const stored: unknown[] = [];
    const started: {
      progress: (part: number) => void;
      signal: AbortSignal;
      done: (file: FileRef) => void;
      fail: (error: Error) => void;
    }[] = [];
    let ids = 0;
    const uploads = new Uploads({
      send: (_sessionId, _file, progress, signal) => new Promise((done, fail) => void started.push({ progress, signal, done, fail })),
      onStored: (sessionId, { id }) => void stored.push([sessionId, id, uploads.state.snapshot()[0]?.name]),
      newId: () => {
        ids += 1;
        return `u${ids}`;
      },
    });
    const file = (name: string): FileRef => ({ id: name, name, mimeType: 'text/plain', size: 1 });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    return {
      uploads,
      started,
      stored,
      file,
      settled,
      shown: () => uploads.state.snapshot().map(({ name, progress, problem }) => [name, progress, problem]),
    };
  }

  it('show how far they are, and leave what was stored to the draft', async () => {
    const { uploads, started, stored, file, settled, shown } = open();
    uploads.add('s1', [new File(['x'], 'a.txt'), new File([], 'empty.txt')], ({ size }) => (size === 0 ? 'It is empty.' : undefined));
    started[0]?.progress(0.5);
    expect(shown()).toEqual([
      ['a.txt', 0.5, undefined],
      ['empty.txt', 0, 'It is empty.'],
    ]);
    started[0]?.done(file('f1'));
    await settled();
    // The draft has it before the list lets it go.
    expect([stored, shown()]).toEqual([[['s1', 'f1', 'a.txt']], [['empty.txt', 0, 'It is empty.']]]);
    uploads.remove('u2');
    expect(shown()).toEqual([]);
  });

  it('never attach what was cancelled, and keep the reason of what was refused', async () => {
    const { uploads, started, stored, file, settled, shown } = open();
    uploads.add('s1', [new File(['x'], 'a.txt'), new File(['y'], 'b.txt')], () => undefined);
    uploads.remove('u1');
    expect(started[0]?.signal.aborted).toBe(true);
    started[0]?.done(file('f1'));
    started[1]?.fail(new Error('The ending says otherwise.'));
    await settled();
    expect([stored, shown()]).toEqual([[], [['b.txt', 0, 'The ending says otherwise.']]]);
  });
});

describe('a message that is sent while its files are on their way', () => {
  function open() {
    const sent: string[] = [];
    const started: { done: () => void; fail: () => void }[] = [];
    const attached: string[] = [];
    let ids = 0;
    const uploads = new Uploads({
      send: (_sessionId, { name }) =>
        new Promise((resolve, reject) => {
          const done = (): void => resolve({ id: name, name, mimeType: 'text/plain', size: 1 });
          started.push({ done, fail: () => reject(new Error('It was not uploaded.')) });
        }),
      onStored: (_sessionId, { name }) => void attached.push(name),
      newId: () => {
        ids += 1;
        return `u${ids}`;
      },
    });
    const pending = new PendingSends({
      uploads,
      send: (sessionId, text) => void sent.push(`${sessionId}: ${text} (${attached.join()})`),
    });
    const add = (sessionId: string, ...names: string[]): void =>
      uploads.add(
        sessionId,
        names.map((name) => new File(['x'], name)),
        (file) => (file.name === 'bad' ? 'It is empty.' : undefined),
      );
    const settle = async (index: number, how: 'done' | 'fail'): Promise<void> => {
      started[index]?.[how]();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { uploads, pending, sent, add, settle };
  }

  it('goes once all are in, also those that were added since, and at once if none is on its way', async () => {
    const { pending, sent, add, settle } = open();
    pending.add('s1', 'At once');
    expect(sent).toEqual(['s1: At once ()']);
    add('s1', 'bad', 'a');
    add('s2', 'of another session');
    pending.add('s1', 'With both');
    add('s1', 'b');
    await settle(0, 'done');
    expect([sent.length, pending.has('s1')]).toEqual([1, true]);
    await settle(2, 'done');
    expect([sent.at(-1), pending.has('s1')]).toEqual(['s1: With both (a,b)', false]);
  });

  it.each([
    ['a file cannot be uploaded', async ({ settle }: ReturnType<typeof open>) => settle(0, 'fail')],
    ['a file is taken out', async ({ uploads }: ReturnType<typeof open>) => uploads.remove('u1')],
    ['a file that was added since is refused', async ({ add }: ReturnType<typeof open>) => add('s1', 'bad')],
    ['its writer says so', async ({ pending }: ReturnType<typeof open>) => pending.cancel('s1')],
  ])('stays if %s', async (_why, act) => {
    const opened = open();
    opened.add('s1', 'a', 'b');
    opened.pending.add('s1', 'Both');
    await act(opened);
    await opened.settle(0, 'done');
    await opened.settle(1, 'done');
    expect([opened.sent, opened.pending.has('s1')]).toEqual([[], false]);
  });
});

describe('a narrowed list', () => {
  function open() {
    const requests: Request[] = [];
    const acks: ((ack: Ack) => void)[] = [];
    let receive: (message: ServerMessage) => void = () => undefined;
    const filtered = new FilteredList(
      {
        send: (request) => {
          requests.push(request);
          return new Promise((resolve) => void acks.push(resolve));
        },
        listen: (listener) => {
          receive = listener;
          return () => undefined;
        },
      },
      'amira',
    );
    const ack = async (index: number, topic: string): Promise<void> => {
      acks[index]?.({ type: 'ack', requestId: 'r', topic });
      await new Promise((resolve) => setImmediate(resolve));
    };
    const list = (topic: string, ...ids: readonly string[]): ServerMessage => ({
      type: 'inbox',
      topic,
      sessions: ids.map((id) => card(id, { waitingSince: id === 'late' ? 0 : 90_000 })),
      after: null,
      next: null,
      presence: [],
    });
    return { filtered, requests, ack, list, receive: (message: ServerMessage) => receive(message) };
  }

  it('asks the server for what the tab and the filter say, and shows what it sends', async () => {
    const { filtered, requests, ack, list, receive } = open();
    filtered.narrow('mine', { filter: { channel: 'web', agent: 'omar' } });
    expect(requests).toEqual([{ type: 'subscribe', topic: 'inbox', filter: { channel: 'web', agent: 'amira', open: true } }]);
    await ack(0, 't1');
    receive(list('another', 'x'));
    receive(list('t1', 'a', 'b'));
    expect(
      filtered
        .shown(100_000)
        ?.map(({ id }) => id)
        .toSorted(),
    ).toEqual(['a', 'b']);
    // A longer wait is counted here, and asks for nothing.
    filtered.narrow('mine', { filter: { agent: 'omar', channel: 'web' }, waitingMinutes: 1 });
    expect(requests).toHaveLength(1);
    receive(list('t1', 'a', 'late'));
    expect(narrowedCards(filtered.state.snapshot(), 100_000).map(({ id }) => id)).toEqual(['late']);
  });

  it('drops what comes for an earlier filter, and shows the whole list without one', async () => {
    const { filtered, requests, ack, list, receive } = open();
    filtered.narrow('open', { filter: { tag: 'vip' } });
    filtered.narrow('open', { filter: { tag: 'late' } });
    await ack(0, 't1');
    receive(list('t1', 'a'));
    expect(filtered.shown(0)).toEqual([]);
    await ack(1, 't2');
    receive(list('t2', 'b'));
    expect(filtered.shown(0)?.map(({ id }) => id)).toEqual(['b']);
    filtered.narrow('open', { filter: { tag: undefined } });
    expect(filtered.shown(0)).toBeUndefined();
    expect(requests.at(-1)).toEqual({ type: 'unsubscribe', topic: 't2' });
  });
});
