/** When what waits for readers is written, by a clock that the test moves. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PassingEvent, summaryOf } from '#actors/contract/live-events.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import { FanOut } from '#src/gateway/fan-out.ts';
import { frameOf } from '#src/gateway/frame.ts';
import { Outgoing } from '#src/gateway/outgoing.ts';
import { type SessionChange, TopicChanges } from '#src/gateway/topic-changes.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { KeptSocket, messageIn } from './frames.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A round takes so many milliseconds. */
function setUp(roundMs: number) {
  let spent = 0;
  const fanOut = new FanOut({ now: Date.now, cpuMs: () => spent });
  const rounds: number[] = [];
  const writer = {
    flush: () => {
      rounds.push(Date.now());
      spent += roundMs;
    },
  };
  return { fanOut, writer, rounds };
}

describe('a round', () => {
  test('begins at once when little happens', () => {
    const { fanOut, writer, rounds } = setUp(0);
    for (let count = 0; count < 3; count += 1) fanOut.add(writer);
    expect(rounds).toHaveLength(3);
  });

  test('rests for twice as long as it took, and gathers what comes meanwhile', () => {
    const { fanOut, writer, rounds } = setUp(10);
    const began = Date.now();
    for (let count = 0; count < 100; count += 1) fanOut.add(writer);
    vi.advanceTimersByTime(19);
    expect(rounds).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(rounds.map((at) => at - began)).toEqual([0, 20]);
    vi.advanceTimersByTime(1_000);
    expect(rounds).toHaveLength(2);
  });

  test('rests for a quarter of a second at most', () => {
    const { fanOut, writer, rounds } = setUp(5_000);
    fanOut.add(writer);
    fanOut.add(writer);
    vi.advanceTimersByTime(250);
    expect(rounds).toHaveLength(2);
  });

  test('comes to those that are added while it runs, and goes on after one that failed', () => {
    const { fanOut, writer, rounds } = setUp(1);
    fanOut.add({ flush: () => fanOut.add(writer) });
    expect(rounds).toHaveLength(1);
    vi.advanceTimersByTime(100);
    const failing = {
      flush: () => {
        throw new Error('a socket failed');
      },
    };
    expect(() => fanOut.add(failing)).toThrow('a socket failed');
    fanOut.add(writer);
    vi.advanceTimersByTime(100);
    expect(rounds).toHaveLength(2);
  });
});

describe('a reader', () => {
  /** The fan-out rests until the test lets it go on. */
  const open = () => {
    const { fanOut, writer } = setUp(10);
    fanOut.add(writer);
    const socket = new KeptSocket();
    const writes = vi.spyOn(socket, 'write');
    const out = new Outgoing({ socket, fanOut, tooSlow: () => expect.unreachable() });
    return { out, socket, writes, fanOut, rest: () => vi.advanceTimersByTime(30) };
  };
  const beat = (at: number): ServerMessage => ({ type: 'heartbeat', at });

  test('gets events of one rest in one write, and an answer after the events before it', () => {
    const { out, socket, writes, rest } = open();
    for (const at of [1, 2]) out.event(frameOf(beat(at)));
    expect(socket.sent).toEqual([]);
    out.send(beat(3));
    expect(socket.sent.map((message) => Object(message).at)).toEqual([1, 2, 3]);
    out.event(frameOf(beat(4)));
    rest();
    expect(socket.sent).toHaveLength(4);
    expect(writes).toHaveBeenCalledTimes(2);
  });

  test('has a bounded part of a rest waiting, and nothing once it has ended', () => {
    const { out, socket, writes, rest } = open();
    const long = frameOf({ type: 'delta', sessionId: 's', runId: 'r', offset: 0, text: 'x'.repeat(30_000) });
    for (let count = 0; count < 3; count += 1) out.event(long);
    expect(socket.sent).toHaveLength(3);
    out.event(long);
    out.stop();
    rest();
    expect(writes).toHaveBeenCalledTimes(1);
  });
});

describe('the changes of a list', () => {
  const session = newSession();
  const turn = (version: number, id = session.id): SessionChange => ({
    type: 'session',
    session: summaryOf({ ...session, id, version }, null),
  });
  const gather = () => {
    const messages: ServerMessage[] = [];
    const frames: Buffer[] = [];
    const read = (frame: Buffer): void => {
      frames.push(frame);
      messages.push(messageIn(frame));
    };
    const reader = { changes: read, passing: read };
    return { changes: new TopicChanges('inbox:x', [reader, reader], { clocksOf: () => [] }), messages, frames };
  };

  test('are one message with the latest turn of each session, made once for all readers', () => {
    const { changes, messages, frames } = gather();
    const other = newSession();
    for (const version of [2, 3, 4]) changes.turn(session.id, turn(version));
    changes.turn(other.id, { type: 'left', sessionId: other.id, version: 9 });
    changes.flush();
    expect(messages[0]).toMatchObject({ sessions: [{ id: session.id, version: 4 }], left: [{ sessionId: other.id, version: 9 }] });
    expect(frames).toHaveLength(2);
    expect(frames[0]).toBe(frames[1]);
    changes.flush();
    expect(frames).toHaveLength(2);
  });

  test('are followed by what passes, of which the latest that replaces the others is kept', () => {
    const { changes, messages } = gather();
    const run = (runId: string, phase: 'thinking' | 'ended'): PassingEvent => ({ type: 'run', runId, phase });
    changes.passing(session.id, run('a', 'thinking'));
    changes.passing(session.id, run('b', 'thinking'));
    changes.passing(session.id, run('a', 'ended'));
    changes.turn(session.id, turn(2));
    changes.flush();
    expect(messages[0]?.type).toBe('changes');
    expect(messages.filter(({ type }) => type === 'run').map((message) => `${Object(message).runId} ${Object(message).phase}`)).toEqual([
      'b thinking',
      'b thinking',
      'a ended',
      'a ended',
    ]);
  });
});

test.each([0, 100, 126, 40_000, 70_000])('a frame of %i characters is what ws reads', async (length) => {
  const message: ServerMessage = { type: 'delta', sessionId: 's', runId: 'r', offset: 0, text: 'é'.repeat(length) };
  expect(messageIn(frameOf(message))).toEqual(message);
});
