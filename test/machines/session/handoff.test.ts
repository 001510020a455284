/**
 * Assignments by a rule, agents who do not answer or are offline, customers who come back, and the
 * facts from which service levels count.
 */
import { describe, expect, it } from 'vitest';
import type { SessionHandoff } from '#machines/definition.ts';
import { describeSessionEvent, sessionDefinitions } from '#machines/session/definition.ts';
import { ann, bob, type LiveSession, liveSession, MINUTE } from './live-session.ts';

const assign = (s: LiveSession, agent = ann, by: 'round_robin' | 'least_busy' | 'sticky' = 'round_robin') =>
  s.send({ type: 'agent.assign', at: s.now(), agent, by });
const write = (s: LiveSession, agent = ann) => s.send({ type: 'agent.message', at: s.now(), agent, text: 'hello' });

function waiting(policy: Parameters<typeof liveSession>[0] = {}, queue?: string): LiveSession {
  const s = liveSession(policy);
  s.say('help');
  s.send({ type: 'escalate', at: s.now(), reason: 'asked', ...(queue === undefined ? {} : { queue }) });
  s.forget();
  return s;
}

function handoffOf(s: LiveSession): SessionHandoff | undefined {
  return sessionDefinitions().at(-1)?.preview?.(s.context())?.handoff;
}

describe('an assignment', () => {
  it('gives a waiting session to the agent, who alone is called, and says by which rule', () => {
    const s = waiting();
    assign(s, bob, 'least_busy');
    expect([s.state(), s.context().agent, s.context().handoff?.rule]).toEqual(['ACTIVE.human', bob, 'least_busy']);
    expect(s.notified).toEqual([{ reason: 'assigned', agentId: 'b1' }]);
    expect(s.told()).toEqual([]);
    expect(describeSessionEvent({ type: 'agent.assign', at: 1, agent: bob, by: 'least_busy' })).toEqual({
      kind: 'transition',
      author: 'system',
      text: 'agent.assign: Bob by least_busy',
    });
  });

  it('comes too late for a session that was claimed, and changes nothing', () => {
    const s = waiting();
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    assign(s, bob);
    expect(s.context().agent).toEqual(ann);
    expect(s.emitted).toEqual([{ type: 'ignored', reason: 'a human already holds this session' }]);
  });

  it('is over once a colleague gets it by hand', () => {
    const s = waiting();
    assign(s);
    s.send({ type: 'agent.transfer', at: s.now(), agent: ann, to: bob });
    expect([s.context().agent, s.context().handoff]).toMatchObject([bob, { rule: null, lastAgent: 'b1' }]);
  });
});

describe('the return timer', () => {
  it('takes the session from an agent who does not answer, and not a millisecond earlier', () => {
    const s = waiting({}, 'billing');
    const asked = s.now();
    s.advance(4 * MINUTE);
    assign(s);
    s.forget();
    s.advance(10 * MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.human');
    s.advance(1);
    expect([s.state(), s.context().agent]).toEqual(['WAITING_AGENT', null]);
    // The place in the queue is that of a customer who waits since the request.
    expect(s.context().waiting).toEqual({ reason: 'the agent did not answer in time', queue: 'billing', since: asked, waits: 0 });
    expect(s.notified).toEqual([{ reason: 'the agent did not answer in time', queue: 'billing' }]);
    expect(s.told()).toEqual(['reassigned']);
    expect(s.sent[0]?.buttons).toEqual([{ id: 'assistant', label: 'Back to the assistant' }]);
  });

  it('does not begin again with each message of the customer', () => {
    const s = waiting();
    assign(s);
    s.advance(6 * MINUTE);
    s.say('hello?');
    s.advance(3 * MINUTE);
    s.say('is anybody there?');
    s.advance(MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.human');
    s.advance(1);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('begins again with what the customer writes after an answer, and does not run before', () => {
    const s = waiting();
    assign(s);
    s.advance(9 * MINUTE);
    write(s);
    s.advance(20 * MINUTE);
    expect(s.state()).toBe('ACTIVE.human');
    s.say('one more thing');
    s.advance(10 * MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.human');
    s.advance(1);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('leaves a session that its agent put off, and gives all of the time again after that', () => {
    const s = waiting({ idleMinutes: 600 });
    assign(s);
    s.send({ type: 'agent.snooze', at: s.now(), agent: ann, until: s.now() + 60 * MINUTE });
    s.advance(50 * MINUTE);
    s.send({ type: 'agent.offline', at: s.now(), agent: ann });
    expect(s.context().agent).toEqual(ann);
    s.say('I am still here');
    s.advance(10 * MINUTE - 1);
    expect(s.state()).toBe('ACTIVE.human');
    s.advance(1);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('runs again once an edit of a message that is not kept ends what was put off', () => {
    const s = waiting({ idleMinutes: 600 });
    assign(s);
    s.send({ type: 'agent.schedule', at: s.now(), agent: ann, id: 'message-1', text: 'Soon', sendAt: s.now() + 60 * MINUTE, seen: 1 });
    s.send({ type: 'customer.edit', at: s.now(), id: 'long ago', text: 'two, not one' });
    expect(s.context().scheduled).toMatchObject([{ returned: 'customer' }]);
    s.advance(10 * MINUTE);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('does not run while the session is snoozed', () => {
    const s = waiting({ idleMinutes: 600 });
    assign(s);
    s.send({ type: 'agent.snooze', at: s.now(), agent: ann, until: s.now() + 60 * MINUTE });
    s.advance(50 * MINUTE);
    expect(s.emitted).toEqual([]);
  });

  it('leaves a thank-you to wait for nothing', () => {
    const s = waiting();
    assign(s);
    write(s);
    s.say('thanks!');
    s.advance(29 * MINUTE);
    expect([s.state(), handoffOf(s)?.unansweredSince]).toEqual(['ACTIVE.human', null]);
  });

  it('leaves out those who did not answer until a human has answered, and says it once', () => {
    const s = waiting();
    assign(s);
    s.advance(10 * MINUTE);
    s.forget();
    assign(s, ann);
    expect(s.emitted).toEqual([{ type: 'ignored', reason: 'that agent did not answer in time' }]);
    expect(handoffOf(s)?.passedOver).toEqual(['a1']);
    assign(s, bob);
    s.advance(10 * MINUTE);
    expect([s.told(), handoffOf(s)?.passedOver]).toEqual([[], ['a1', 'b1']]);
    // Nobody is kept from taking it.
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    write(s);
    expect([s.context().agent, handoffOf(s)?.passedOver]).toEqual([ann, []]);
  });

  it('has the time of the queue, and none at 0', () => {
    const queues = { slow: { returnMinutes: 30 }, never: { returnMinutes: 0 } };
    const slow = waiting({ queues, idleMinutes: 60 }, 'slow');
    assign(slow);
    slow.advance(30 * MINUTE - 1);
    expect(slow.state()).toBe('ACTIVE.human');
    slow.advance(1);
    expect(slow.state()).toBe('WAITING_AGENT');
    const never = waiting({ queues, idleMinutes: 600 }, 'never');
    assign(never);
    never.advance(599 * MINUTE);
    expect(never.state()).toBe('ACTIVE.human');
  });
});

describe('an agent who is offline', () => {
  const leave = (s: LiveSession, agent = ann) => s.send({ type: 'agent.offline', at: s.now(), agent });

  it('loses a session in which the customer waits, to any agent', () => {
    const s = waiting();
    assign(s);
    s.forget();
    leave(s);
    expect([s.state(), s.told(), handoffOf(s)?.passedOver]).toEqual(['WAITING_AGENT', ['reassigned'], []]);
    assign(s, ann);
    expect(s.context().agent).toEqual(ann);
  });

  it('keeps one in which the customer waits for nothing, until the next message', () => {
    const s = waiting();
    assign(s);
    write(s);
    leave(s);
    expect(s.state()).toBe('ACTIVE.human');
    s.say('and another thing');
    leave(s);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('is not the one who holds it', () => {
    const s = waiting();
    assign(s);
    leave(s, bob);
    expect(s.context().agent).toEqual(ann);
  });
});

describe('a queue of its own', () => {
  it('has its own wait', () => {
    const s = waiting({ queues: { short: { agentWaitMinutes: 2, agentWait: 'back_to_bot' } } }, 'short');
    s.advance(2 * MINUTE);
    expect([s.state(), s.told()]).toEqual(['ACTIVE.bot', ['backToBot']]);
  });
});

describe('a customer who comes back', () => {
  const before = { agent: 'a1', queue: 'billing', heldAtClose: true, closedAt: 1_700_000_000_000 - 5 * MINUTE };

  it('waits for the agent who had the session, and the bot goes on if that one is not there', () => {
    const s = liveSession({ reopenMinutes: 60, debounceMs: 0 }, { before });
    s.say('it broke again');
    expect([s.state(), s.context().waiting?.queue, handoffOf(s)]).toMatchObject([
      'WAITING_AGENT',
      'billing',
      { lastAgent: 'a1', reopened: true },
    ]);
    expect(s.told()).toEqual([]);
    s.send({ type: 'agent.offline', at: s.now(), agent: ann });
    expect([s.state(), s.answers.length, handoffOf(s)?.reopened]).toEqual(['ACTIVE.bot', 1, false]);
  });

  it('waits for any agent if the policy says so', () => {
    const s = liveSession({ reopenMinutes: 60, reopenElse: 'queue' }, { before });
    s.say('it broke again');
    expect(s.told()).toEqual(['escalated']);
    s.send({ type: 'agent.offline', at: s.now(), agent: ann });
    expect([s.state(), handoffOf(s)?.reopened]).toEqual(['WAITING_AGENT', false]);
    s.send({ type: 'agent.offline', at: s.now(), agent: ann });
    expect(s.emitted).toEqual([{ type: 'ignored', reason: 'it waits for any agent' }]);
  });

  it.each([
    ['too late', { reopenMinutes: 4 }, before, 'it broke again'],
    ['where nothing says so', {}, before, 'it broke again'],
    ['after the bot had it', { reopenMinutes: 60 }, { ...before, heldAtClose: false }, 'it broke again'],
    ['with a thank-you', { reopenMinutes: 60 }, before, 'Thank you!'],
  ])('is answered by the bot %s', (_when, policy, ended, text) => {
    const s = liveSession(policy, { before: ended });
    s.say(text);
    expect([s.state(), handoffOf(s)?.lastAgent]).toEqual(['ACTIVE.bot', 'a1']);
  });

  it('is known by what the session left behind', () => {
    const s = waiting({}, 'billing');
    assign(s);
    s.send({ type: 'close', at: s.now(), by: 'Ann' });
    expect(s.context().handoff).toMatchObject({ lastAgent: 'a1', queue: 'billing', heldAtClose: true });
    const released = waiting();
    assign(released);
    released.send({ type: 'agent.release', at: released.now(), agent: ann });
    released.send({ type: 'close', at: released.now(), by: 'customer' });
    expect(released.context().handoff).toMatchObject({ heldAtClose: false });
  });
});

describe('the facts of service', () => {
  it('are the first message, the first human answer and the first message without one', async () => {
    const s = liveSession({ debounceMs: 0 });
    const first = s.now();
    s.say('hello');
    expect(handoffOf(s)).toMatchObject({ firstAt: first, humanAt: null, unansweredSince: first, withoutHumanSince: first });
    await s.answers[0]?.done({ text: 'hi' });
    expect(handoffOf(s)).toMatchObject({ unansweredSince: null, withoutHumanSince: first });
    s.advance(MINUTE);
    const second = s.now();
    s.say('I want a person');
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    s.advance(MINUTE);
    s.say('now');
    expect(handoffOf(s)).toMatchObject({ firstAt: first, unansweredSince: second });
    s.advance(MINUTE);
    const answered = s.now();
    write(s);
    expect(handoffOf(s)).toMatchObject({ humanAt: answered, unansweredSince: null, withoutHumanSince: null });
    s.advance(MINUTE);
    write(s);
    s.say('thanks');
    expect(handoffOf(s)).toMatchObject({ humanAt: answered, unansweredSince: null });
  });

  it('count a request for a human that says nothing', () => {
    const s = liveSession();
    s.advance(1_000);
    s.command('agent');
    expect(handoffOf(s)).toMatchObject({ firstAt: s.now(), unansweredSince: s.now() });
    s.command('assistant');
    expect(handoffOf(s)?.unansweredSince).toBeNull();
  });
});
