/**
 * Page's view of the conversation under duplicates, reordering and gaps. Nothing is lost or
 * repeated.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent, EMPTY_FEED, type FeedState, reconnected } from '../../console/chat/feed-state.ts';
import type { FeedEvent, FeedMessage } from '../../console/chat/protocol.ts';

const S1 = '0198c0de-0000-7000-8000-000000000001';
const S2 = '0198c0de-0000-7000-8000-000000000002';

function message(seq: number, part: Partial<FeedMessage> = {}, session = S1): FeedMessage {
  return { type: 'message', id: `${session}.${seq}`, author: 'assistant', text: `text ${seq}`, at: seq, ...part };
}
function play(events: readonly FeedEvent[], from: FeedState = EMPTY_FEED): FeedState {
  return events.reduce(applyEvent, from);
}
const delta = (offset: number, text: string, runId = 'r1'): FeedEvent => ({ type: 'delta', runId, offset, text });
const state = (handler: string, part: Partial<Extract<FeedEvent, { type: 'state' }>> = {}): FeedEvent => ({
  type: 'state',
  state: 'ACTIVE',
  handler,
  sessionId: S1,
  open: true,
  ...part,
});

describe('messages', () => {
  it('stand once and in order, however they come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 4, 7, 8, 12, 13, 40], { minLength: 1 }), fc.array(fc.nat(7)), (order, again) => {
        const first = order.map((seq) => message(seq));
        const repeats = again.map((i) => first[i % first.length]).filter((event) => event !== undefined);
        const { messages } = play([...first, ...repeats]);
        expect(messages.map(({ at }) => at)).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it('of a later session come behind those of an earlier one', () => {
    const { messages, lastId } = play([message(1), message(5), message(1, {}, S2), message(3), message(2, {}, S2)]);
    expect(messages.map(({ id }) => id)).toEqual([`${S1}.1`, `${S1}.3`, `${S1}.5`, `${S2}.1`, `${S2}.2`]);
    expect(lastId).toBe(`${S2}.2`);
  });

  it('that repeat change nothing at all', () => {
    const once = play([message(1)]);
    expect(applyEvent(once, message(1))).toBe(once);
  });
});

describe('a reaction', () => {
  const own = message(3, { author: 'customer', clientId: 'm1' });
  const reaction = (seq: number, emoji: string | null, part: Partial<Extract<FeedEvent, { type: 'reaction' }>> = {}): FeedEvent => ({
    type: 'reaction',
    sessionId: S1,
    clientId: 'm1',
    seq,
    emoji,
    author: 'agent',
    name: 'Sara',
    ...part,
  });
  const shown = (events: readonly FeedEvent[]) => play([own, ...events]).messages[0]?.reaction?.emoji;

  it('is on its message, and the last one counts, however they come', () => {
    expect(shown([reaction(4, '👍')])).toBe('👍');
    expect(shown([reaction(4, '👍'), reaction(5, '❤️')])).toBe('❤️');
    expect(shown([reaction(4, '👍'), reaction(5, null)])).toBeNull();
    expect(shown([reaction(5, null), reaction(4, '👍')])).toBeNull();
  });

  it('that repeats, or is for a message that is not here, changes nothing at all', () => {
    const once = play([own, reaction(4, '👍')]);
    for (const again of [reaction(4, '👍'), reaction(5, '❤️', { clientId: 'm2' }), reaction(5, '❤️', { sessionId: S2 })])
      expect(applyEvent(once, again)).toBe(once);
  });
});

describe('an answer in the making', () => {
  it('grows piece by piece and becomes its message', () => {
    const growing = play([delta(0, 'Once '), delta(5, 'upon')]);
    expect(growing.draft).toEqual({ runId: 'r1', text: 'Once upon', ended: false });
    expect(play([message(1, { runId: 'r1' })], growing)).toMatchObject({ draft: null, messages: [{ id: `${S1}.1` }] });
  });

  it('takes pieces again without repeating them', () => {
    expect(play([delta(0, 'Once '), delta(5, 'upon'), delta(5, 'upon'), delta(0, 'Once upon')]).draft?.text).toBe('Once upon');
  });

  it('ignores what does not join on, and starts over at offset 0', () => {
    const gap = play([delta(0, 'Once '), delta(9, ' a time')]);
    expect(gap.draft?.text).toBe('Once ');
    expect(play([delta(0, 'Twice')], gap).draft?.text).toBe('Twice');
    expect(play([delta(4, 'lost beginning')]).draft).toBeNull();
  });

  it('does not come back when a piece is later than its message', () => {
    const done = play([delta(0, 'Once '), message(1, { runId: 'r1' })]);
    expect(applyEvent(done, delta(5, 'upon'))).toBe(done);
    expect(applyEvent(done, delta(0, 'Once'))).toBe(done);
  });

  it('outlives the customer’s next words and another run’s late message', () => {
    const growing = play([delta(0, 'New answer', 'r2')]);
    expect(play([message(1, { author: 'customer' })], growing).draft?.text).toBe('New answer');
    expect(play([message(2, { runId: 'r1' })], growing).draft?.text).toBe('New answer');
  });

  it('is gone when a human takes over or the session ends', () => {
    const growing = play([state('bot'), delta(0, 'Once')]);
    expect(play([state('human')], growing).draft).toBeNull();
    expect(play([state('none', { state: 'CLOSED', open: false })], growing).draft).toBeNull();
    expect(play([message(3, { author: 'agent', name: 'Sara' })], growing).draft).toBeNull();
  });

  it('is marked when its run has ended, and told afresh after a reconnect', () => {
    const ended = play([delta(0, 'Once'), { type: 'typing', who: 'assistant', on: false }]);
    expect(ended.draft?.ended).toBe(true);
    expect(reconnected(ended)).toMatchObject({ draft: null, typing: null });
  });
});

describe('delivery marks', () => {
  it('only move forward', () => {
    const mark = (status: 'sent' | 'delivered' | 'read'): FeedEvent => ({ type: 'delivery', sessionId: S1, seq: 1, status });
    const read = play([message(1), mark('sent'), mark('read')]);
    expect(applyEvent(read, mark('delivered'))).toBe(read);
    expect(read.messages[0]?.delivery).toEqual({ status: 'read' });
  });
});

describe('who answers', () => {
  it('notes each change once, where it was heard of', () => {
    const { notices } = play([
      state('bot'),
      message(1),
      state('human'),
      state('human'),
      message(2),
      state('bot'),
      state('none', { state: 'CLOSED', open: false }),
    ]);
    expect(notices.map(({ kind, after }) => [kind, after])).toEqual([
      ['human', `${S1}.1`],
      ['bot', `${S1}.2`],
      ['closed', `${S1}.2`],
    ]);
  });

  it('notes the wait for a person', () => {
    const { notices } = play([
      state('bot'),
      state('none', { state: 'WAITING_AGENT' }),
      state('none', { state: 'WAITING_AGENT' }),
      state('human'),
    ]);
    expect(notices.map(({ kind }) => kind)).toEqual(['waiting', 'human']);
  });

  it('notes nothing again that a resumed stream repeats', () => {
    const lived = [
      state('bot', { seq: 3 }),
      message(4),
      state('none', { state: 'WAITING_AGENT', seq: 5, waitingSince: 50 }),
      state('human', { seq: 8, name: 'Sara' }),
      state('bot', { seq: 9 }),
    ];
    const before = play(lived);
    expect(before.notices.map(({ kind }) => kind)).toEqual(['waiting', 'human', 'bot']);
    expect(play(lived.slice(2), before)).toBe(before);
  });

  it('notes a transfer to a colleague by the name', () => {
    const { notices } = play([state('bot'), state('human', { name: 'Sara' }), state('human', { name: 'Omar' })]);
    expect(notices.map(({ kind, name }) => [kind, name])).toEqual([
      ['human', 'Sara'],
      ['human', 'Omar'],
    ]);
  });
});
