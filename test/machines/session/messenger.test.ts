/**
 * What messengers report beside messages, such as windows, people on the phone and deletions.
 */
import { describe, expect, it, test } from 'vitest';
import type { SessionEvent } from '#machines/session/events.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { ann, HOUR, type LiveSession, liveSession, OPENED_AT, settle } from './live-session.ts';

const phoned = (s: LiveSession, text = 'I am on it') =>
  s.send({ type: 'agent.echo', id: 'wamid.1', at: s.now(), agent: PHONE_AGENT, text });
const wrote = (s: LiveSession, more: Partial<Extract<SessionEvent, { type: 'agent.message' }>> = {}) =>
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here', ...more });

describe('somebody writes on the phone', () => {
  it('silences the bot in that turn, and nothing is sent a second time', async () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hello');
    const [run] = s.answers;
    s.forget();
    phoned(s);
    expect(run?.signal.aborted).toBe(true);
    await run?.done({ text: 'too late' });
    expect([s.state(), s.context().agent, s.order]).toEqual(['ACTIVE.human', PHONE_AGENT, []]);
    expect(s.context().messages.at(-1)).toMatchObject({ role: 'agent', text: 'I am on it', agentName: 'Phone' });
    expect([s.context().pending, s.context().service?.unansweredSince]).toEqual([0, null]);
    s.say('thank you');
    await settle();
    expect(s.order).toEqual([]);
  });

  it('leaves the session with an agent who holds it, who reads what was said', () => {
    const s = liveSession();
    s.say('hello');
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    phoned(s);
    expect([s.context().agent, s.context().messages.at(-1)?.text]).toEqual([ann, 'I am on it']);
  });

  it.each(['claim', 'message'])('an agent takes the session from the phone by a %s', (how) => {
    const s = liveSession();
    s.say('hello');
    phoned(s);
    if (how === 'claim') s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    else wrote(s);
    expect([s.state(), s.context().agent, s.emitted]).toEqual(['ACTIVE.human', ann, []]);
  });

  it('says which media went out', () => {
    const s = liveSession();
    s.say('hello');
    const media = [
      { kind: 'image' as const, ref: '1' },
      { kind: 'document' as const, fileName: 'plan.pdf' },
    ];
    s.send({ type: 'agent.echo', id: 'e', at: s.now(), agent: PHONE_AGENT, text: '', media });
    expect(s.context().messages.at(-1)?.text).toBe('[image]\n[plan.pdf]');
  });
});

describe('the window', () => {
  const opened = () => {
    const s = liveSession({ expiryHours: 100 });
    s.send({ type: 'customer.message', id: 'm', at: s.now(), text: 'hi', windowUntil: OPENED_AT + 24 * HOUR });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    return s;
  };

  it('refuses free text once it is closed, and takes a template', () => {
    const s = opened();
    s.advance(24 * HOUR);
    wrote(s);
    expect(s.sent.at(-1)?.text).toBe('Ann here');
    s.advance(1);
    s.forget();
    const before = s.context();
    wrote(s);
    expect(s.emitted).toEqual([{ type: 'refused', code: 'window', message: expect.stringContaining('template') }]);
    expect([s.order, s.context()]).toEqual([[], before]);
    const template = { name: 'follow_up', language: 'en', parameters: ['Mona'] };
    wrote(s, { text: 'Hello Mona, are you still looking?', template });
    expect(s.sent).toMatchObject([{ text: 'Hello Mona, are you still looking?', template, author: 'agent' }]);
    expect(s.state()).toBe('ACTIVE.human');
  });

  it('begins a conversation with a template of an agent, who holds it, and with no free text', () => {
    const s = liveSession();
    wrote(s);
    expect(s.emitted).toEqual([{ type: 'ignored', reason: expect.stringContaining('Claim the session first') }]);
    const template = { name: 'follow_up', language: 'en', parameters: [] };
    wrote(s, { text: 'Are you still looking?', template });
    expect([s.state(), s.context().agent, s.order]).toEqual(['ACTIVE.human', ann, ['Are you still looking?']]);
  });

  it.each([
    ['a message', { type: 'customer.message', id: 'n', text: 'still here' }],
    ['a command', { type: 'customer.command', id: 'n', name: 'help', args: '' }],
    ['a call', { type: 'customer.call', phase: 'ended', seconds: 4 }],
  ] as const)('is opened again by %s', (_, event) => {
    const s = opened();
    s.advance(30 * HOUR);
    s.send({ ...event, at: s.now(), windowUntil: s.now() + 24 * HOUR });
    s.forget();
    wrote(s);
    expect(s.order).toEqual(['Ann here']);
  });

  it.each([
    ['is closed when it is due', 'window', (s: LiveSession) => s.advance(30 * HOUR)],
    ['somebody writes on the phone', 'phone', (s: LiveSession) => phoned(s)],
    ['the customer deletes a message', 'customer', (s: LiveSession) => s.send({ type: 'customer.revoke', id: 'm', at: s.now() })],
  ])('a message for later comes back if it %s', (_, returned, happen) => {
    const s = opened();
    s.send({ type: 'agent.schedule', id: 'later-1', at: s.now(), agent: ann, text: 'Hello again', sendAt: s.now() + 26 * HOUR, seen: 3 });
    s.forget();
    happen(s);
    expect(s.context().scheduled).toMatchObject([{ id: 'later-1', returned }]);
    expect(s.notified).toContainEqual({ reason: `not_sent.${returned}`, agentId: 'a1' });
    s.advance(60 * HOUR);
    expect(s.order).not.toContain('Hello again');
  });

  it.each([
    ['asks for a rating while it is open', 0, ['rateUs']],
    ['asks for none once it is closed', 24 * HOUR + 1, []],
  ])('%s', (_, wait, asked) => {
    const s = opened();
    wrote(s);
    s.advance(wait);
    s.forget();
    s.send({ type: 'close', at: s.now(), by: 'a1' });
    expect([s.state(), s.told()]).toEqual(['CLOSED', asked]);
  });

  it('is never made shorter by an event that comes late', () => {
    const s = opened();
    s.send({ type: 'customer.message', id: 'old', at: s.now() - HOUR, text: 'late', windowUntil: OPENED_AT + 23 * HOUR });
    expect(s.context().windowUntil).toBe(OPENED_AT + 24 * HOUR);
  });

  it('is no matter where a channel has none', () => {
    const s = liveSession({ expiryHours: 100 });
    s.say('hi');
    s.advance(50 * HOUR);
    wrote(s);
    expect(s.order).toEqual(['Ann here']);
  });
});

describe('a deleted message', () => {
  it('is not read by the model any more, and the others keep their places', () => {
    const s = liveSession();
    s.say('my card number is 4111');
    s.say('how much is it?');
    s.send({ type: 'customer.revoke', id: 'm1', at: s.now() });
    s.advance(800);
    expect(s.answers.at(-1)?.input.messages.map(({ text }) => text)).toEqual(['[The customer deleted this message]', 'how much is it?']);
  });

  it('is ignored the second time, and so are messages of ours', () => {
    const s = liveSession();
    s.say('hello');
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    wrote(s);
    s.send({ type: 'customer.revoke', id: 'm1', at: s.now() });
    for (const id of ['m1', 'agent.2', 'unknown']) s.send({ type: 'customer.revoke', id, at: s.now() });
    expect(s.emitted.filter(({ type }) => type === 'ignored')).toHaveLength(3);
  });
});

test('what a message costs is counted in the session’s money', () => {
  const s = liveSession();
  s.say('hello');
  for (const serial of [1, 2]) s.send({ type: 'message.cost', at: s.now(), serial, costMicros: 4_000 });
  expect(s.context().counters.costMicros).toBe(8_000);
});
