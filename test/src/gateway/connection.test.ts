/** One connection over a socket, a store and tokens that the test plays. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RawData } from 'ws';
import { CLOSE } from '#console/client/protocol.ts';
import { Connection } from '#src/gateway/connection.ts';
import { ConnectionLimits } from '#src/gateway/connection-limits.ts';
import { InboxTopics } from '#src/gateway/inbox-topics.ts';
import { PresenceBoard } from '#src/gateway/presence-board.ts';
import { type Caller, tokenCaller } from '#src/operations/caller.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { testContext } from '../operations/test-context.ts';
import { atOnce, KeptSocket } from './frames.ts';

class FakeSocket extends KeptSocket {
  readonly #events = new EventEmitter();
  readonly codes: number[] = [];
  isPaused = false;

  emit(event: 'message' | 'close', ...given: unknown[]): void {
    this.drain();
    this.#events.emit(event, ...given);
  }

  onMessage(listener: (data: RawData, isBinary: boolean) => void): void {
    this.#events.on('message', listener);
  }

  onceClosed(listener: () => void): void {
    this.#events.once('close', listener);
  }

  close(code: number): void {
    this.codes.push(code);
  }

  terminate(): void {}

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const settled = () => vi.advanceTimersByTimeAsync(0);

const row: SessionRow = { ...newSession(), version: 0 };
const admin: Caller = tokenCaller('amira');

function open(callerOf: (token: string) => Promise<Caller | undefined> = async () => admin) {
  const socket = new FakeSocket();
  const watched = { sessions: 0, lists: 0 };
  const loads: PromiseWithResolvers<SessionRow>[] = [];
  const lines: string[] = [];
  let holds = false;
  const count = (what: keyof typeof watched) => () => {
    watched[what] += 1;
    return () => {
      watched[what] -= 1;
    };
  };
  const hold = async <T>(value: T): Promise<T> => {
    if (!holds) return value;
    const load = Promise.withResolvers<SessionRow>();
    loads.push(load);
    await load.promise;
    return value;
  };
  const store = {
    load: () => hold(row),
    sessions: () => hold({ items: [], next: null }),
    journal: async () => [],
    setting: async (_name: string, initial: string) => initial,
  };
  const { context: ports } = testContext({ store, now: Date.now });
  const board = new PresenceBoard({ actors: { watchSessions: count('lists'), publishPresence: () => undefined }, now: Date.now });
  const limits = new ConnectionLimits(Date.now);
  new Connection(
    { socket, viewer: 'window', network: 'office', place: limits.take('office') },
    {
      callerOf,
      ports,
      limits,
      fanOut: atOnce,
      board,
      actors: { watch: count('sessions'), partialAnswer: () => undefined },
      preview: () => null,
      clocksOf: () => [],
      online: { open: () => () => undefined },
      topics: new InboxTopics({
        actors: { watchSessions: count('lists') },
        store,
        fanOut: atOnce,
        preview: () => null,
        clocksOf: () => [],
        viewersOf: () => [],
      }),
      log: createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) }, readable: false }),
      silenceMs: 40_000,
    },
  );
  return {
    socket,
    watched,
    loads,
    lines,
    limits,
    hold: (value: boolean) => {
      holds = value;
    },
    send: (message: object) => void socket.emit('message', Buffer.from(JSON.stringify(message)), false),
    types: () => socket.sent.map(({ type }) => type),
  };
}

test.each([
  ['a watch', { type: 'watch', requestId: 'request-1', sessionId: row.id }],
  ['a subscription', { type: 'subscribe', requestId: 'request-1', topic: 'inbox', filter: { open: true } }],
])('that ends during %s follows nothing, and sends nothing', async (_, command) => {
  for (let step = 0; step < 4; step += 1) {
    const { socket, watched, loads, hold, send } = open();
    send({ type: 'auth', token: 'right' });
    await settled();
    hold(true);
    send(command);
    await settled();
    for (let load = 0; load < step; load += 1) {
      loads[load]?.resolve(row);
      await settled();
    }
    const sent = socket.sent.length;
    socket.emit('close');
    hold(false);
    for (const load of loads) load.resolve(row);
    await settled();
    expect([watched, socket.sent.length]).toEqual([{ sessions: 0, lists: 0 }, sent]);
  }
});

test('reads nothing while its token is checked, and nothing long before', async () => {
  const token = Promise.withResolvers<Caller | undefined>();
  const { socket, send } = open(() => token.promise);
  send({ type: 'auth', token: 'right' });
  expect(socket.isPaused).toBe(true);
  token.resolve(admin);
  await settled();
  expect(socket.isPaused).toBe(false);
  const other = open();
  other.send({ type: 'auth', token: 'x'.repeat(10_000) });
  expect(other.socket.codes).toEqual([CLOSE.unauthorized]);
});

test('a check of an old token that ends after the new one came closes nothing', async () => {
  const old = Promise.withResolvers<Caller | undefined>();
  let checks = 0;
  const { socket, send } = open((token) => {
    if (token !== 'old') return Promise.resolve(admin);
    checks += 1;
    return checks === 1 ? Promise.resolve(admin) : old.promise;
  });
  send({ type: 'auth', token: 'old' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(checks).toBe(2);
  send({ type: 'auth', token: 'new' });
  await settled();
  old.resolve(undefined);
  await settled();
  expect(socket.codes).toEqual([]);
  socket.emit('close');
});

test('ends when its token expires, also while the store is away, and logs that once', async () => {
  let isAway = false;
  const validUntil = Date.now() + 60_000;
  const { socket, send, lines } = open(async () => {
    if (isAway) throw new Error('no store');
    return { ...admin, validUntil };
  });
  send({ type: 'auth', token: 'right' });
  await settled();
  isAway = true;
  await vi.advanceTimersByTimeAsync(59_000);
  expect([socket.codes, lines.length]).toEqual([[], 1]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(socket.codes).toEqual([CLOSE.unauthorized]);
});

test('a presence that follows a watch at once counts, and ends with it', async () => {
  const { send, socket, types } = open();
  send({ type: 'auth', token: 'right' });
  await settled();
  const set = vi.spyOn(PresenceBoard.prototype, 'set');
  send({ type: 'watch', requestId: 'request-1', sessionId: row.id });
  send({ type: 'presence', sessionId: row.id, typing: true });
  send({ type: 'unwatch', requestId: 'request-2', sessionId: row.id });
  await settled();
  expect(types()).toEqual(['ready', 'transcript', 'ack', 'ack']);
  expect(set.mock.calls.map(([, , sessionId, typing]) => [sessionId, typing])).toEqual([
    [row.id, true],
    [null, false],
  ]);
  set.mockRestore();
  socket.emit('close');
});
