/** A session that a console follows, for a reader that is behind, and who views it. */
import { afterEach, expect, test } from 'vitest';
import type { LiveEvent, Presence, SessionsListener } from '#actors/contract/live-events.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import type { Handler } from '#machines/definition.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { Outgoing } from '#src/gateway/outgoing.ts';
import { PresenceBoard } from '#src/gateway/presence-board.ts';
import { SessionFeed } from '#src/gateway/session-feed.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { atOnce, KeptSocket } from './frames.ts';

const ID = parseSessionId('01990000-0000-7000-8000-000000000001');
const ADDRESS = parseAddress('web:default:v_1');
const PATIENCE = { interval: 5 };
const AMIRA = { id: 'amira', name: 'Amira' };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A board, and the presences that it published. */
function openBoard() {
  const listeners = new Set<SessionsListener>();
  const board = new PresenceBoard({
    actors: {
      watchSessions: (_topic, listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      publishPresence: (sessionId, presence) => {
        const event: Presence = { type: 'presence', ...presence };
        for (const listener of listeners) void listener({ type: 'live', sessionId, address: ADDRESS, event });
      },
    },
    now: () => 1_000,
  });
  return { board, listeners };
}

/** A session with a journal, and a feed of it for a reader that reads when the test lets it. */
function openFeed({ entries = 3, text = 'x' } = {}) {
  const { board } = openBoard();
  stops.push(board.open());
  const state: { version: number; handler: Handler; partial: string | undefined } = {
    version: entries,
    handler: 'bot',
    partial: undefined,
  };
  const journal = Array.from({ length: entries }, (_, index): JournalEntry => {
    return { sessionId: ID, seq: index + 1, at: 1, kind: 'note', author: 'a', text, eventId: null, payload: {}, delivery: null };
  });
  const session = newSession({ id: ID, address: ADDRESS, state: 'S' });
  const row = (): SessionRow => ({ ...session, version: state.version, handler: state.handler });
  const listeners = new Set<(event: LiveEvent) => void>();
  const socket = new KeptSocket();
  const { sent } = socket;
  const out = new Outgoing({ socket, fanOut: atOnce, tooSlow: () => expect.unreachable() });
  const feed = new SessionFeed(
    {
      actors: {
        watch: (_address, listener) => {
          const receive = (event: LiveEvent): void => listener(ID, event);
          listeners.add(receive);
          return () => void listeners.delete(receive);
        },
        partialAnswer: () => (state.partial === undefined ? undefined : { sessionId: ID, runId: 'run', text: state.partial }),
      },
      store: { load: async () => row(), journal: async (_id, after, limit) => journal.slice(after, after + limit) },
      preview: () => null,
      clocksOf: () => [],
      board,
      out,
      onError: (error) => expect.unreachable(String(error)),
    },
    { id: ID, address: ADDRESS },
  );
  stops.push(
    () => feed.stop(),
    () => out.stop(),
  );
  const emit = (event: LiveEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const of = <T extends ServerMessage['type']>(type: T) =>
    sent.filter((message): message is Extract<ServerMessage, { readonly type: T }> => message.type === type);
  return { feed, row, board, sent, of, out, socket, emit, state, journal, listeners };
}

test('a reader that was behind gets the state, the answer under way and the marks that it lost', async () => {
  const { feed, row, of, out, socket, emit, state, journal } = openFeed();
  await feed.begin(row(), undefined);
  // Until the reading that follows is over.
  await new Promise(setImmediate);
  socket.bufferedAmount = 600_000;
  out.send({ type: 'heartbeat', at: 1 });
  state.handler = 'human';
  state.partial = 'Good mor';
  emit({ type: 'state', state: 'S', handler: 'human', open: true, version: 3 });
  emit({ type: 'delta', runId: 'run', offset: 0, text: 'Good mor' });
  journal[1] = { ...journal[1], delivery: { status: 'read', at: 5 } } as JournalEntry;
  emit({ type: 'delivery', seq: 2, delivery: { status: 'read', at: 5 } });
  expect([of('state').length, of('delta').length, of('delivery').length]).toEqual([0, 0, 0]);
  socket.bufferedAmount = 0;
  await expect.poll(() => of('transcript').length, PATIENCE).toBe(2);
  expect(of('transcript')[1]).toMatchObject({ from: 4, entries: [], session: { handler: 'human' }, partial: { text: 'Good mor' } });
  await expect.poll(() => of('delivery'), PATIENCE).toMatchObject([{ seq: 2, delivery: { status: 'read' } }]);
});

test('a long transcript waits in the store, and comes in order and once', async () => {
  const { feed, row, sent, out, socket } = openFeed({ entries: 900, text: 'x'.repeat(32_000) });
  await feed.begin(row(), 0);
  for (let round = 0; round < 200 && seqs(sent).length < 900; round += 1) {
    await new Promise(setImmediate);
    expect(socket.bufferedAmount).toBeLessThan(1_200_000);
    if (!out.behind) continue;
    socket.bufferedAmount = 0;
    await out.room();
  }
  await expect.poll(() => seqs(sent).length, PATIENCE).toBe(900);
  expect(seqs(sent)).toEqual(Array.from({ length: 900 }, (_, index) => index + 1));
});

function seqs(sent: readonly ServerMessage[]): number[] {
  return sent.flatMap((message) => {
    if (message.type === 'transcript') return message.entries.map(({ seq }) => seq);
    return message.type === 'entry' ? [message.entry.seq] : [];
  });
}

test('a session that is watched alone has the presence of colleagues, once', async () => {
  const { feed, row, board, of, listeners } = openFeed();
  await feed.begin(row(), undefined);
  board.set('window', AMIRA, ID, true);
  board.set('window', AMIRA, null, false);
  expect(of('presence').map(({ viewing, typing }) => [viewing, typing])).toEqual([
    [true, true],
    [false, false],
  ]);
  feed.stop();
  board.set('window', AMIRA, ID, true);
  expect([of('presence').length, listeners.size]).toEqual([2, 0]);
});

test('sessions are watched for presences only while a connection is open', () => {
  const { board, listeners } = openBoard();
  expect(listeners.size).toBe(0);
  const [first, second] = [board.open(), board.open()];
  first();
  expect(listeners.size).toBe(1);
  board.set('window', AMIRA, ID, false);
  expect(board.viewersOf(new Set([ID]))).toMatchObject([{ agent: AMIRA }]);
  second();
  expect([listeners.size, board.viewersOf(new Set([ID]))]).toEqual([0, []]);
});
