/**
 * What a reader gets that is behind, or that joins a list which others follow, without a socket.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SessionsEvent, SessionsListener } from '#actors/contract/live-events.ts';
import { parseSessionId } from '#machines/ids.ts';
import { InboxFeed } from '#src/gateway/inbox-feed.ts';
import { InboxTopics, topicOf } from '#src/gateway/inbox-topics.ts';
import { Outgoing } from '#src/gateway/outgoing.ts';
import type { SessionRow } from '#storage/port.ts';
import { atOnce, KeptSocket } from './frames.ts';

const PATIENCE = { interval: 5 };
const ONE = '01990000-0000-7000-8000-000000000001';

function row(version: number, id = ONE): SessionRow {
  return {
    id: parseSessionId(id),
    address: 'web:1' as SessionRow['address'],
    assistant: 'desk',
    machineId: 'session',
    machineVersion: 1,
    version,
    state: 'WAITING_AGENT',
    handler: 'none',
    agentId: null,
    queue: null,
    waitingSince: 1,
    tags: [],
    open: true,
    openedAt: 1,
    lastActivityAt: version,
    closedAt: null,
    previousId: null,
    wakeAt: null,
    snapshot: 'x'.repeat(10),
  } as SessionRow;
}

function turn(version: number): SessionsEvent {
  const { machineId: _m, machineVersion: _v, closedAt: _c, previousId: _p, wakeAt: _w, snapshot: _s, ...session } = row(version);
  return { type: 'session', session: { ...session, preview: null } };
}

/** Topics over a store whose answers the test gives. */
function open() {
  const loads: ((rows: readonly SessionRow[] | Error) => void)[] = [];
  const listeners: SessionsListener[] = [];
  const topics = new InboxTopics({
    actors: {
      watchSessions: (_topic, listener) => {
        listeners.push(listener);
        return () => void listeners.splice(listeners.indexOf(listener), 1);
      },
    },
    store: {
      sessions: () =>
        new Promise((resolve, reject) => {
          loads.push((rows) => (rows instanceof Error ? reject(rows) : resolve({ items: [...rows], next: null })));
        }),
    },
    fanOut: atOnce,
    preview: () => null,
    clocksOf: () => [],
    viewersOf: () => [],
  });
  const emit = (event: SessionsEvent): void => {
    for (const listener of listeners) void listener(event);
  };
  return { topics, loads, emit };
}

function reader(topics: InboxTopics, filter: { readonly tag?: string; readonly open?: boolean } = { open: true }) {
  const socket = new KeptSocket();
  const out = new Outgoing({ socket, fanOut: atOnce, tooSlow: () => expect.unreachable() });
  const errors: unknown[] = [];
  const feed = new InboxFeed(topicOf(filter), { topics, out, isWanted: () => true, onError: (error) => void errors.push(error) });
  const stop = topics.follow(filter, feed);
  stops.push(() => {
    stop();
    feed.stop();
    out.stop();
  });
  /** The version of the session that a console would show at last. */
  const shown = (): number | undefined => {
    let version: number | undefined;
    for (const message of socket.sent) {
      if (message.type === 'inbox') version = message.sessions[0]?.version;
      if (message.type !== 'changes') continue;
      for (const session of message.sessions) if (session.version > (version ?? 0)) version = session.version;
      for (const left of message.left) if (left.version >= (version ?? 0)) version = undefined;
    }
    return version;
  };
  const types = (): string[] => socket.sent.map(({ type }) => type);
  return { socket, out, feed, shown, types, errors };
}

const stops: (() => void)[] = [];
beforeEach(() => void stops.splice(0));
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function load(loads: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => loads.length, PATIENCE).toBe(count);
}

describe('a list', () => {
  test('that another reader loaded comes with the turns since then', async () => {
    const { topics, loads, emit } = open();
    const first = reader(topics);
    first.feed.refresh();
    await load(loads, 1);
    loads[0]?.([row(1)]);
    await expect.poll(first.shown, PATIENCE).toBe(1);
    emit(turn(2));
    const second = reader(topics);
    second.feed.refresh();
    await expect.poll(second.shown, PATIENCE).toBe(2);
    expect([loads.length, first.shown()]).toEqual([1, 2]);
  });

  test('does not replace what came while it was loaded', async () => {
    const { topics, loads, emit } = open();
    const one = reader(topics);
    one.feed.refresh();
    await load(loads, 1);
    emit(turn(10));
    emit({ type: 'left', sessionId: row(11).id, version: 11 });
    loads[0]?.([row(9)]);
    await expect.poll(one.types, PATIENCE).toContain('inbox');
    expect(one.shown()).toBeUndefined();
  });

  test('whose loading began before a gap is not used', async () => {
    const { topics, loads, emit } = open();
    const one = reader(topics);
    one.feed.refresh();
    await load(loads, 1);
    emit({ type: 'gap' });
    loads[0]?.([row(1)]);
    await load(loads, 2);
    loads[1]?.([row(5)]);
    await expect.poll(one.shown, PATIENCE).toBe(5);
    expect(one.types()).toEqual(['inbox']);
  });

  test('that cannot be loaded is an error with a time, and comes later', async () => {
    vi.useFakeTimers();
    try {
      const { topics, loads } = open();
      const one = reader(topics);
      one.feed.refresh();
      await vi.advanceTimersByTimeAsync(1);
      loads[0]?.(new Error('no store'));
      await vi.advanceTimersByTimeAsync(1);
      expect(one.socket.sent[0]).toMatchObject({ type: 'error', code: 'unavailable', retryAfterMs: 1_000 });
      await vi.advanceTimersByTimeAsync(1_000);
      loads[1]?.([row(3)]);
      await vi.advanceTimersByTimeAsync(1);
      expect([one.shown(), one.errors.length]).toEqual([3, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is loaded with at most three others', async () => {
    const { topics, loads } = open();
    const readers = Array.from({ length: 8 }, (_, index) => reader(topics, { tag: `t${index}` }));
    for (const { feed } of readers) feed.refresh();
    await load(loads, 4);
    await new Promise(setImmediate);
    expect(loads.length).toBe(4);
    loads[0]?.([]);
    await load(loads, 5);
  });
});

describe('a reader that is behind', () => {
  test('gets one list once it has caught up, then events again', async () => {
    const { topics, loads, emit } = open();
    const one = reader(topics);
    one.socket.bufferedAmount = 600_000;
    one.out.send({ type: 'heartbeat', at: 1 });
    expect(one.out.behind).toBe(true);
    for (let version = 2; version < 50; version += 1) emit(turn(version));
    expect(one.socket.sent.splice(0).length).toBe(1);
    one.socket.drain();
    await load(loads, 1);
    // As long as the whole list of an instance with many sessions.
    loads[0]?.(
      Array.from({ length: 500 }, (_, index) => ({ ...row(49, ONE.slice(0, -3) + String(index + 100)), queue: 'q'.repeat(1_500) })),
    );
    await expect.poll(one.types, PATIENCE).toEqual(['inbox']);
    expect(one.out.behind).toBe(true);
    one.socket.drain();
    await one.out.room();
    await new Promise(setImmediate);
    emit(turn(51));
    expect(one.types()).toEqual(['inbox', 'changes']);
    expect(loads.length).toBe(1);
  });

  test('gets each list in its turn, and the next once there is room', async () => {
    const { topics, loads } = open();
    const one = reader(topics, { tag: 'a' });
    const other = new InboxFeed(topicOf({ tag: 'b' }), { topics, out: one.out, isWanted: () => true, onError: () => expect.unreachable() });
    stops.push(topics.follow({ tag: 'b' }, other));
    const long = [{ ...row(1), queue: 'q'.repeat(600_000) }];
    one.feed.refresh();
    other.refresh();
    await load(loads, 1);
    loads[0]?.(long);
    await expect.poll(one.types, PATIENCE).toEqual(['inbox']);
    await new Promise(setImmediate);
    expect(loads.length).toBe(1);
    one.socket.drain();
    await load(loads, 2);
    loads[1]?.(long);
    await expect.poll(one.types, PATIENCE).toEqual(['inbox', 'inbox']);
    expect(new Set(one.socket.sent.map((message) => Object(message).topic)).size).toBe(2);
  });

  test('nothing is written once it has ended, and no timer is left', () => {
    const socket = new KeptSocket();
    const out = new Outgoing({ socket, fanOut: atOnce, tooSlow: () => expect.unreachable() });
    out.stop();
    socket.bufferedAmount = 1_000_000;
    out.send({ type: 'heartbeat', at: 1 });
    expect([socket.sent, out.behind]).toEqual([[], false]);
  });
});
