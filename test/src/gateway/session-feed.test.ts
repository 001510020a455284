/** What a feed sends when events, the journal and its reader do not come in the usual order. */
import { afterEach, expect, test } from 'vitest';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import { Outgoing } from '#src/gateway/outgoing.ts';
import { SessionFeed } from '#src/gateway/session-feed.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { atOnce, KeptSocket } from './frames.ts';

const PENDING = { status: 'pending', at: 1 } as const;
const SENT = { status: 'sent', at: 2 } as const;

const feeds: SessionFeed[] = [];
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.stop();
});

/** A feed over a journal of so many entries. */
function setUp(count: number, text = 'hello') {
  let row: SessionRow = { ...newSession(), version: count };
  const journal = Array.from({ length: count }, (_, index): JournalEntry => entryOf(index + 1, text));
  let listener: (event: LiveEvent) => void = () => {};
  let during: (() => void) | undefined;
  const socket = new KeptSocket(true);
  const messages = socket.sent;
  const out = new Outgoing({ socket, fanOut: atOnce, tooSlow: () => {} });
  const feed = new SessionFeed(
    {
      actors: {
        watch: (_, given) => {
          listener = (event) => given(row.id, event);
          return () => {};
        },
        partialAnswer: () => undefined,
      },
      store: {
        load: async () => row,
        journal: async (_, after, limit) => {
          const page = journal.slice(after, after + limit);
          during?.();
          return page;
        },
      },
      preview: () => null,
      clocksOf: () => [],
      board: { watch: () => () => {}, viewersOf: () => [] },
      out,
      onError: (error) => {
        throw error;
      },
    },
    row,
  );
  feeds.push(feed);
  return {
    feed,
    messages,
    socket,
    journal,
    get row() {
      return row;
    },
    change: (parts: Partial<SessionRow>) => {
      row = { ...row, ...parts };
    },
    publish: (event: LiveEvent) => listener(event),
    /** Happens once, after the journal was read and before its reader has it. */
    whileReading: (happens: () => void) => {
      during = () => {
        during = undefined;
        happens();
      };
    },
    settled: async () => {
      await expect.poll(() => messages.length).toBeGreaterThan(0);
      for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function entryOf(seq: number, text: string): JournalEntry {
  return {
    sessionId: newSession().id,
    seq,
    at: 1,
    kind: 'agent.message',
    author: 'Amira',
    text,
    eventId: null,
    payload: {},
    delivery: PENDING,
  };
}

/** The mark of each entry, as a reader of the messages has it. */
function marks(messages: readonly ServerMessage[]): Record<number, string | undefined> {
  const found: Record<number, string | undefined> = {};
  for (const message of messages) {
    if (message.type === 'transcript') for (const { seq, delivery } of message.entries) found[seq] = delivery?.status;
    if (message.type === 'entry') found[message.entry.seq] = message.entry.delivery?.status;
    if (message.type === 'delivery' && message.seq in found) found[message.seq] = message.delivery.status;
  }
  return found;
}

test('a mark that arrives while its entry is read is the last one that the client gets', async () => {
  const { feed, row, messages, publish, whileReading, settled } = setUp(2);
  whileReading(() => publish({ type: 'delivery', seq: 2, delivery: SENT }));
  await feed.begin(row, undefined);
  await settled();
  expect(marks(messages)).toEqual({ 1: 'pending', 2: 'sent' });
});

test('a client that comes back gets the marks that it missed, with the entries', async () => {
  const { feed, row, messages, journal, settled } = setUp(3);
  journal[1] = { ...entryOf(2, 'hello'), delivery: SENT };
  await feed.begin(row, 2);
  await settled();
  expect(messages).toMatchObject([
    { type: 'transcript', from: 3, entries: [{ seq: 3 }] },
    { type: 'delivery', seq: 1, delivery: PENDING },
    { type: 'delivery', seq: 2, delivery: SENT },
  ]);
});

test('a state that commits while an older row is read is sent after it', async () => {
  const { feed, row, change, messages, publish, whileReading, settled } = setUp(1);
  whileReading(() => {
    change({ state: 'CLOSED', open: false, version: 1 });
    publish({ type: 'state', state: 'CLOSED', handler: 'none', open: false, version: 1 });
  });
  await feed.begin(row, undefined);
  await settled();
  expect(messages.findLast(({ type }) => type === 'transcript')).toMatchObject({ session: { state: 'CLOSED' }, from: 2, entries: [] });
});

test('a reader that was behind gets the state of now with what it lacks', async () => {
  const { feed, row, change, socket, journal, messages, publish, settled } = setUp(1);
  await feed.begin(row, undefined);
  await settled();
  socket.bufferedAmount = 600_000;
  publish({ type: 'typing', by: 'customer', at: 1 });
  const before = messages.length;
  journal.push(entryOf(2, 'hello'));
  change({ state: 'CLOSED', version: 2 });
  publish({ type: 'entry', entry: entryOf(2, 'hello') });
  publish({ type: 'state', state: 'CLOSED', handler: 'none', open: false, version: 2 });
  await settled();
  expect(messages).toHaveLength(before);
  socket.bufferedAmount = 0;
  await expect.poll(() => messages.length).toBeGreaterThan(before);
  expect(messages[before]).toMatchObject({ type: 'transcript', session: { state: 'CLOSED' }, from: 2, entries: [{ seq: 2 }] });
});

test('a long transcript is sent in pieces of bounded size', async () => {
  const { feed, row, messages, settled } = setUp(60, 'x'.repeat(30_000));
  await feed.begin(row, undefined);
  await settled();
  for (const message of messages) expect(JSON.stringify(message).length).toBeLessThan(300_000);
  expect(Object.keys(marks(messages))).toHaveLength(60);
});
