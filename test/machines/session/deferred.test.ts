/** Snoozed sessions, messages that are sent later, and what becomes of both. */
import { describe, expect, it } from 'vitest';
import { MOST_SCHEDULED } from '#machines/session/deferred.ts';
import { ann, bob, HOUR, type LiveSession, liveSession, MINUTE } from './live-session.ts';

function held(): LiveSession {
  const s = liveSession();
  s.say('hello');
  s.send({ type: 'agent.claim', at: s.now(), agent: ann });
  s.forget();
  return s;
}
const schedule = (s: LiveSession, id: string, text: string, inMs: number): void =>
  s.send({ type: 'agent.schedule', at: s.now(), agent: ann, id, text, sendAt: s.now() + inMs, seen: 3 });
const snooze = (s: LiveSession, inMs: number): void => s.send({ type: 'agent.snooze', at: s.now(), agent: ann, until: s.now() + inMs });
const returned = (s: LiveSession) => (s.context().scheduled ?? []).map(({ id, returned: why }) => [id, why]);

describe('a message that is sent later', () => {
  it('is sent at its time, not a millisecond earlier, in the name of its writer', () => {
    const s = held();
    schedule(s, 'message-2', 'second', 2 * MINUTE);
    schedule(s, 'message-1', 'first', MINUTE);
    s.advance(MINUTE - 1);
    expect(s.sent).toEqual([]);
    s.advance(1);
    expect(s.sent).toEqual([{ text: 'first', author: 'agent', agent: ann, draft: null, scheduled: 'message-1' }]);
    expect(s.context()).toMatchObject({ pending: 0, lastActivityAt: s.now(), scheduled: [{ id: 'message-2' }] });
    s.advance(MINUTE);
    expect(s.told()).toEqual(['first', 'second']);
    expect(s.context().scheduled).toEqual([]);
  });

  it('is sent out of an idle session, which stays open until then', () => {
    const s = held();
    schedule(s, 'message-1', 'good morning', 100 * HOUR);
    s.advance(100 * HOUR - 1);
    expect(s.state()).toBe('IDLE');
    s.advance(1);
    expect([s.state(), s.told()]).toEqual(['ACTIVE.human', ['good morning']]);
    s.advance(30 * MINUTE);
    s.advance(24 * HOUR);
    expect(s.context()).toMatchObject({ closeReason: 'expired', closedAt: s.now() });
  });

  it('can be cancelled, written anew and sent at once', () => {
    const s = held();
    schedule(s, 'message-1', 'tomorrow', 24 * HOUR);
    schedule(s, 'message-1', 'now', 0);
    s.advance(0);
    expect(s.told()).toEqual(['now']);
    schedule(s, 'message-2', 'never', MINUTE);
    s.send({ type: 'agent.unschedule', at: s.now(), agent: ann, id: 'message-2' });
    s.advance(24 * HOUR);
    expect(s.told()).toEqual(['now']);
  });

  it.each<[string, string, (s: LiveSession) => void]>([
    ['the customer writes', 'customer', (s) => void s.say('one more thing')],
    ['the customer thanks', 'customer', (s) => void s.say('thanks')],
    ['the customer sends a command', 'customer', (s) => s.command('help')],
    ['the customer changes a message', 'customer', (s) => s.send({ type: 'customer.edit', id: 'm1', at: s.now(), text: 'hello!' })],
    ['the customer changes one that is not kept', 'customer', (s) => s.send({ type: 'customer.edit', id: 'm0', at: s.now(), text: 'x' })],
    ['a colleague gets it', 'holder', (s) => s.send({ type: 'agent.transfer', at: s.now(), agent: ann, to: bob })],
    ['it goes into a queue', 'holder', (s) => s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'sales' })],
    ['it goes back to the bot', 'holder', (s) => s.send({ type: 'agent.release', at: s.now(), agent: bob })],
    ['it is closed', 'closed', (s) => s.send({ type: 'close', at: s.now(), by: 'b1' })],
    ['another session continues', 'closed', (s) => s.actor.send({ type: 'statechat.superseded', by: 'other', at: s.now() })],
  ])('comes back to its writer, who is notified, when %s', (_what, why, act) => {
    const s = held();
    schedule(s, 'message-1', 'so be it', MINUTE);
    act(s);
    expect(returned(s)).toEqual([['message-1', why]]);
    expect(s.notified).toContainEqual({ reason: `not_sent.${why}`, agentId: 'a1' });
    s.advance(24 * HOUR);
    expect(s.told()).not.toContain('so be it');
  });

  it.each<[string, (s: LiveSession) => void]>([
    ['closes', (s) => s.send({ type: 'close', at: s.now(), by: 'a1' })],
    ['gives back', (s) => s.send({ type: 'agent.release', at: s.now(), agent: ann })],
    ['transfers', (s) => s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'sales' })],
  ])('goes out before its own writer %s the session, if it is due within seconds', (_what, act) => {
    const s = held();
    schedule(s, 'message-1', 'good bye', 5_000);
    schedule(s, 'message-2', 'tomorrow', 24 * HOUR);
    act(s);
    expect(s.told()[0]).toBe('good bye');
    expect(s.context().messages.at(-1)).toMatchObject({ role: 'agent', text: 'good bye', at: s.now() });
    expect(returned(s)).toEqual([['message-2', expect.any(String)]]);
    s.advance(48 * HOUR);
    expect(s.told().filter((text) => text === 'good bye')).toHaveLength(1);
  });

  it('comes back too when a colleague claims an idle session', () => {
    const s = held();
    schedule(s, 'message-1', 'so be it', 2 * HOUR);
    s.advance(HOUR);
    s.send({ type: 'agent.claim', at: s.now(), agent: bob });
    expect([s.state(), returned(s)]).toEqual(['ACTIVE.human', [['message-1', 'holder']]]);
  });

  it('that came back is there until its own writer takes note of it', () => {
    const s = held();
    schedule(s, 'message-1', 'so be it', MINUTE);
    s.send({ type: 'agent.release', at: s.now(), agent: ann });
    s.send({ type: 'agent.unschedule', at: s.now(), agent: bob, id: 'message-1' });
    expect(s.emitted).toMatchObject([{ type: 'ignored' }]);
    s.send({ type: 'agent.unschedule', at: s.now(), agent: ann, id: 'message-1' });
    expect([s.state(), s.context().scheduled]).toEqual(['ACTIVE.bot', []]);
  });

  it('is not taken once 20 of them wait, and is the holder’s alone', () => {
    const s = held();
    for (let count = 0; count < MOST_SCHEDULED; count += 1) schedule(s, `message-${count}`, 'later', HOUR);
    schedule(s, 'message-too-many', 'later', HOUR);
    expect(s.emitted).toMatchObject([{ type: 'ignored', reason: expect.stringContaining('cancel one') }]);
    schedule(s, 'message-3', 'changed', HOUR);
    s.forget();
    s.send({ type: 'agent.schedule', at: s.now(), agent: bob, id: 'message-3', text: 'mine', sendAt: s.now(), seen: 0 });
    expect(s.emitted).toMatchObject([{ type: 'refused', code: 'held', holder: 'Ann' }]);
    expect(s.context().scheduled).toHaveLength(MOST_SCHEDULED);
  });
});

describe('a snoozed session', () => {
  it('is back at its time, at the top, and its holder is notified', () => {
    const s = held();
    snooze(s, 100 * HOUR);
    s.advance(100 * HOUR - 1);
    expect([s.state(), s.notified]).toEqual(['IDLE', []]);
    s.advance(1);
    expect([s.state(), s.notified]).toEqual(['ACTIVE.human', [{ reason: 'snooze_over', agentId: 'a1' }]]);
    expect(s.context()).toMatchObject({ snoozed: null, lastActivityAt: s.now() });
  });

  it('is back when the customer replies, and then no more at its time', () => {
    const s = held();
    snooze(s, 2 * HOUR);
    s.say('I have found it');
    expect([s.context().snoozed, s.notified]).toEqual([null, [{ reason: 'snooze_over', agentId: 'a1' }]]);
    s.advance(2 * HOUR);
    // The customer waits two hours for an answer, so the session goes back to its queue meanwhile.
    expect(s.notified.filter(({ reason }) => reason === 'snooze_over')).toHaveLength(1);
  });

  it('goes on until its old time when the customer only thanks, and shows the thanks', () => {
    const s = held();
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'I look into it until tomorrow.' });
    const until = s.now() + 20 * HOUR;
    snooze(s, 20 * HOUR);
    s.forget();
    s.say('Thanks, Ann!');
    expect(s.context()).toMatchObject({ snoozed: { until }, messages: [{}, {}, { text: 'Thanks, Ann!', aside: true }] });
    expect(s.notified).toEqual([]);
    s.advance(20 * HOUR);
    expect(s.notified).toEqual([{ reason: 'snooze_over', agentId: 'a1' }]);
  });

  it.each<[string, (s: LiveSession) => void]>([
    ['its holder wakes it', (s) => s.send({ type: 'agent.unsnooze', at: s.now(), agent: ann })],
    ['a colleague gets it', (s) => s.send({ type: 'agent.transfer', at: s.now(), agent: ann, to: bob })],
    ['it goes back to the bot', (s) => s.send({ type: 'agent.release', at: s.now(), agent: ann })],
    ['it is closed', (s) => s.send({ type: 'close', at: s.now(), by: 'a1' })],
  ])('is none any more when %s', (_what, act) => {
    const s = held();
    snooze(s, HOUR);
    act(s);
    s.forget();
    expect(s.context().snoozed).toBeNull();
    s.advance(HOUR);
    expect(s.notified.filter(({ reason }) => reason === 'snooze_over')).toEqual([]);
  });

  it('is put off until the time that was chosen last, by its holder alone', () => {
    const s = held();
    snooze(s, HOUR);
    snooze(s, 3 * HOUR);
    s.send({ type: 'agent.snooze', at: s.now(), agent: bob, until: s.now() });
    expect(s.emitted).toMatchObject([{ type: 'refused', code: 'held', holder: 'Ann' }]);
    s.advance(2 * HOUR);
    expect(s.notified).toEqual([]);
    s.advance(HOUR);
    expect(s.notified).toHaveLength(1);
  });
});
