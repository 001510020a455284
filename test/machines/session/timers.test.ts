/**
 * S3. Each timer fires once, not early, by its policy, and never for a state that was left
 * meanwhile.
 */
import { describe, expect, it } from 'vitest';
import { ann, HOUR, liveSession, MINUTE, OPENED_AT } from './live-session.ts';

describe('idle', () => {
  it('comes 30 minutes after the last activity, not a millisecond earlier', async () => {
    const s = liveSession();
    s.say('hello');
    s.advance(800);
    await s.answers[0]?.done({ text: 'hi' });
    s.advance(30 * MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.bot');
    s.advance(1);
    expect(s.state()).toBe('IDLE');
  });

  it.each([
    ['a message', (s: ReturnType<typeof liveSession>) => void s.say('more')],
    ['a command', (s: ReturnType<typeof liveSession>) => s.command('help')],
    ["an agent's message", (s: ReturnType<typeof liveSession>) => s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'hi' })],
  ])('%s starts it anew', (_name, act) => {
    const s = liveSession({ returnMinutes: 0 });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.advance(20 * MINUTE);
    act(s);
    s.advance(30 * MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.human');
    s.advance(1);
    expect(s.state()).toBe('IDLE');
  });

  it.each([
    ['a note', (s: ReturnType<typeof liveSession>) => s.send({ type: 'note', at: s.now(), agent: ann, text: 'vip' })],
    ['an ignored event', (s: ReturnType<typeof liveSession>) => s.send({ type: 'escalate', at: s.now(), reason: 'again' })],
    ['a refusal', (s: ReturnType<typeof liveSession>) => s.send({ type: 'agent.claim', at: s.now(), agent: { id: 'b', name: 'B' } })],
  ])('%s is no activity', (_name, act) => {
    const s = liveSession();
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.advance(20 * MINUTE);
    act(s);
    s.advance(10 * MINUTE);
    expect(s.state()).toBe('IDLE');
  });

  it('follows the policy, in fractions of a minute too', () => {
    const s = liveSession({ idleMinutes: 0.07, expiryHours: 0.001 });
    s.command('start');
    s.advance(4_199);
    expect(s.state()).toBe('ACTIVE.bot');
    s.advance(2);
    expect(s.state()).toBe('IDLE');
    s.advance(3_600);
    expect(s.state()).toBe('CLOSED');
  });
});

describe('an extension', () => {
  const extend = (s: ReturnType<typeof liveSession>, until: number): void =>
    s.send({ type: 'agent.extend', at: s.now(), agent: ann, until });

  it('of an idle session closes it at that time, not a millisecond earlier', () => {
    const s = liveSession();
    s.command('start');
    s.advance(30 * MINUTE);
    const until = s.now() + 72 * HOUR;
    extend(s, until);
    s.advance(72 * HOUR - 1);
    expect(s.state()).toBe('IDLE');
    s.advance(1);
    expect(s.state()).toBe('CLOSED');
  });

  it('of an active session counts once it is idle, and is no activity', () => {
    const s = liveSession();
    s.command('start');
    const until = s.now() + 72 * HOUR;
    s.advance(20 * MINUTE);
    extend(s, until);
    s.advance(10 * MINUTE);
    expect(s.state()).toBe('IDLE');
    s.advance(71.5 * HOUR - 1);
    expect(s.state()).toBe('IDLE');
    s.advance(1);
    expect(s.state()).toBe('CLOSED');
  });

  it('to a time that comes sooner than the expiry closes nothing earlier', () => {
    const s = liveSession();
    s.command('start');
    s.advance(30 * MINUTE);
    extend(s, s.now() + HOUR);
    s.advance(24 * HOUR - 1);
    expect(s.state()).toBe('IDLE');
  });
});

it('the last activity never moves back, though events may come out of order', () => {
  const s = liveSession();
  s.send({ type: 'customer.message', id: 'm1', at: OPENED_AT + 5_000, text: 'second' });
  s.send({ type: 'customer.message', id: 'm2', at: OPENED_AT + 1_000, text: 'first' });
  expect(s.context().lastActivityAt).toBe(OPENED_AT + 5_000);
});

describe('expiry', () => {
  it('closes an idle session after 24 hours, for good', () => {
    const s = liveSession();
    s.command('start');
    s.advance(30 * MINUTE);
    s.advance(24 * HOUR - 1);
    expect(s.state()).toBe('IDLE');
    s.advance(1);
    expect(s.actor.getSnapshot()).toMatchObject({ value: 'CLOSED', status: 'done' });
    expect(s.context()).toMatchObject({ closedBy: 'system', closeReason: 'expired', closedAt: s.now() });
  });

  it('does not close a session that woke up and went idle again meanwhile', () => {
    const s = liveSession();
    s.command('start');
    s.advance(30 * MINUTE);
    s.advance(23 * HOUR);
    s.command('help');
    s.advance(30 * MINUTE);
    s.advance(23 * HOUR);
    expect(s.state()).toBe('IDLE');
  });
});

describe('agent wait', () => {
  it('keeps waiting: the customer is told once, the humans every time', () => {
    const s = liveSession();
    s.send({ type: 'escalate', at: s.now(), reason: 'asked', queue: 'sales' });
    s.forget();
    for (let wait = 0; wait < 3; wait += 1) s.advance(10 * MINUTE);
    expect(s.state()).toBe('WAITING_AGENT');
    expect(s.told()).toEqual(['stillWaiting']);
    expect(s.notified).toEqual(Array(3).fill({ reason: 'still_waiting', queue: 'sales' }));
  });

  it('is not put off by what the customer writes meanwhile', () => {
    const s = liveSession();
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    s.advance(9 * MINUTE);
    s.say('hello?');
    s.advance(MINUTE);
    expect(s.told()).toContain('stillWaiting');
  });

  it('gives back to the bot, which answers what was kept', () => {
    const s = liveSession({ agentWait: 'back_to_bot' });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    s.say('hello?');
    s.advance(10 * MINUTE);
    expect(s.state()).toBe('ACTIVE.bot');
    expect(s.told()).toEqual(['escalated', 'backToBot']);
    s.advance(800);
    expect(s.answers[0]?.input).toMatchObject({ pending: 1, messages: [{ text: 'hello?' }] });
  });

  it('does not fire once a human has come', () => {
    const s = liveSession({ returnMinutes: 0 });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.forget();
    s.advance(10 * MINUTE);
    expect([s.state(), s.told(), s.notified]).toEqual(['ACTIVE.human', [], []]);
  });
});
