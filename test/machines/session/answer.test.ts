/**
 * S7. One answer for a burst, one run at a time, and a bot that is silent in the very turn in which
 * a human comes.
 */

import { describe, expect, it } from 'vitest';
import { createActor, transition } from 'xstate';
import { sessionMachine } from '#machines/session/machine.ts';
import { ann, type LiveSession, liveSession, report, settle } from './live-session.ts';

function answering(policy: Parameters<typeof liveSession>[0] = {}): LiveSession {
  const s = liveSession(policy);
  s.say('hi');
  s.advance(800);
  expect(s.value().answer).toBe('answering');
  return s;
}

const texts = (messages: readonly { text: string }[] | undefined) => messages?.map(({ text }) => text);

it('offers the replies of a run below its text, and no buttons without any', async () => {
  const s = liveSession({ debounceMs: 0 });
  s.say('Is it dear?');
  await s.answers.at(-1)?.done({ text: 'It is fair.', replies: ['Why?', 'What are the risks?'] });
  s.say('Why?');
  await s.answers.at(-1)?.done({ text: 'By its growth.' });
  expect(s.sent).toEqual([
    {
      text: 'It is fair.',
      author: 'assistant',
      draft: null,
      buttons: [
        { id: 'say Why?', label: 'Why?' },
        { id: 'say What are the risks?', label: 'What are the risks?' },
      ],
    },
    { text: 'By its growth.', author: 'assistant', draft: null },
  ]);
});

describe('debounce', () => {
  it('"hi" and "are you there?" get one answer', async () => {
    const s = liveSession();
    s.say('hi');
    s.advance(700);
    s.say('are you there?');
    s.advance(799);
    expect(s.answers).toHaveLength(0);
    s.advance(1);
    expect(s.answers).toHaveLength(1);
    expect(s.answers[0]?.input).toMatchObject({ pending: 2, run: 1, messages: [{ text: 'hi' }, { text: 'are you there?' }] });
    await s.answers[0]?.done({ text: 'yes!', draft: 'd1' });
    expect(s.sent).toEqual([{ text: 'yes!', author: 'assistant', draft: 'd1' }]);
    s.advance(10_000);
    expect(s.answers).toHaveLength(1);
  });

  it('of 0 answers at once', () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hi');
    expect(s.answers).toHaveLength(1);
  });

  it('an edit before the answer is what gets answered', () => {
    const s = liveSession();
    const id = s.say('hi');
    s.advance(700);
    s.send({ type: 'customer.edit', id, at: s.now(), text: 'hello' });
    s.advance(800);
    expect(texts(s.answers[0]?.input.messages)).toEqual(['hello']);
  });
});

describe('files', () => {
  it('follow the text, and one without a text is a file only', async () => {
    const s = answering();
    await s.answers[0]?.done({ text: 'here it is', files: [report] });
    expect(s.order).toEqual(['here it is', 'AAPL.pdf']);
    s.say('again');
    s.advance(800);
    await s.answers[1]?.done({ text: '', files: [report] });
    expect(s.order).toEqual(['here it is', 'AAPL.pdf', 'AAPL.pdf']);
    expect(s.value().answer).toBe('quiet');
  });
});

describe('overlap', () => {
  it('queue: what comes during a run is answered next, and stands after the answer that did not know it', async () => {
    const s = answering();
    s.say('and another thing');
    s.say('and more');
    expect(s.answers).toHaveLength(1);
    expect(s.answers[0]?.signal.aborted).toBe(false);
    await s.answers[0]?.done({ text: 'hello!' });
    s.advance(800);
    expect(s.answers).toHaveLength(2);
    expect(s.answers[1]?.input.pending).toBe(2);
    expect(texts(s.answers[1]?.input.messages)).toEqual(['hi', 'hello!', 'and another thing', 'and more']);
    await s.answers[1]?.done({ text: 'both noted' });
    expect(s.context().pending).toBe(0);
    expect(s.told()).toEqual(['hello!', 'both noted']);
  });

  it('interrupt: the run is cancelled, and one answer is made for all', async () => {
    const s = answering({ overlap: 'interrupt' });
    s.say('no, wait');
    expect(s.answers[0]?.signal.aborted).toBe(true);
    await s.answers[0]?.done({ text: 'too late' });
    s.advance(800);
    expect(s.answers[1]?.input.pending).toBe(2);
    await s.answers[1]?.done({ text: 'one answer' });
    expect(s.told()).toEqual(['one answer']);
  });

  it('is set per state: interrupt an answer, queue it while an analysis runs', () => {
    const policy = { overlap: { answering: 'interrupt', analysing: 'queue' }, analyses: true } as const;
    const plain = answering(policy);
    plain.say('wait');
    expect(plain.answers[0]?.signal.aborted).toBe(true);

    const busy = liveSession(policy);
    busy.command('analyze', 'AAPL');
    busy.say('what is a P/E?');
    busy.advance(800);
    busy.say('and a DCF?');
    expect(busy.answers[0]?.signal.aborted).toBe(false);
  });
});

describe('a human takes over', () => {
  const takeovers: [string, (s: LiveSession) => void][] = [
    ['agent.claim', (s) => s.send({ type: 'agent.claim', at: s.now(), agent: ann })],
    ['agent.message', (s) => s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' })],
    ['escalate', (s) => s.send({ type: 'escalate', at: s.now(), reason: 'asked' })],
    ['/agent', (s) => s.command('agent')],
    ['close', (s) => s.send({ type: 'close', at: s.now(), by: 'Ann' })],
  ];

  it.each(takeovers)('%s silences the bot in that macrostep, and its late answer is never sent', async (_name, act) => {
    const s = answering();
    act(s);
    const snapshot = s.actor.getSnapshot();
    expect(snapshot.children).not.toHaveProperty('answer');
    expect(s.answers[0]?.signal.aborted).toBe(true);
    await s.answers[0]?.done({ text: 'from the bot' });
    expect(s.told()).not.toContain('from the bot');
    // A result that the host delivers too late is dropped.
    const late = { type: 'xstate.done.actor.answer', output: { text: 'from the bot' }, actorId: 'answer' };
    const [after, actions] = transition(sessionMachine, snapshot, late as never);
    expect(actions).toEqual([]);
    expect(after.context).toEqual(snapshot.context);
  });

  it.each(takeovers)('%s before the debounce is over: no run is started', (_name, act) => {
    const s = liveSession();
    s.say('hi');
    act(s);
    s.advance(800);
    expect(s.answers).toHaveLength(0);
  });

  it('released, the bot answers the next message, knowing what the human said', () => {
    const s = answering();
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' });
    s.send({ type: 'agent.release', at: s.now(), agent: ann });
    s.say('thanks, and who is next?');
    s.advance(800);
    expect(s.answers[1]?.input).toMatchObject({
      pending: 1,
      messages: [{ text: 'hi' }, { agentName: 'Ann' }, { text: 'thanks, and who is next?' }],
    });
  });
});

describe('commands', () => {
  it('/stop cancels the run and tells the customer once', async () => {
    const s = answering();
    s.command('stop');
    expect(s.answers[0]?.signal.aborted).toBe(true);
    await s.answers[0]?.done({ text: 'too late' });
    s.advance(10_000);
    expect(s.told()).toEqual(['stopped']);
    expect(s.answers).toHaveLength(1);
    s.command('stop');
    expect(s.told()).toEqual(['stopped', 'nothingToStop']);
  });

  it('/reset clears the messages and what was in the making, and keeps preferences', async () => {
    const s = answering();
    await s.answers[0]?.done({ text: 'hello', preferences: { tone: 'formal' }, entities: { city: 'Cairo' } });
    s.say('more');
    s.command('reset');
    s.advance(800);
    expect(s.answers).toHaveLength(1);
    expect(s.context()).toMatchObject({ messages: [], pending: 0, preferences: { tone: 'formal' } });
    expect(s.told()).toEqual(['hello', 'reset']);
  });

  it.each([
    ['start', 'welcome'],
    ['help', 'help'],
    ['nonsense', 'help'],
    ['analyze', 'help'],
    ['status', 'help'],
  ])('/%s gets the text %s', (name, notice) => {
    const s = liveSession();
    s.command(name);
    expect(s.told()).toEqual([notice]);
    expect(s.state()).toBe('ACTIVE.bot');
  });
});

describe('failures', () => {
  it('get an apology; the third in a row calls a human', async () => {
    const s = liveSession();
    for (let turn = 0; turn < 3; turn += 1) {
      s.say('hello?');
      s.advance(800);
      await s.answers[turn]?.fail();
    }
    expect(s.told()).toEqual(['apology', 'apology', 'apology', 'escalated']);
    expect(s.state()).toBe('WAITING_AGENT');
    expect(s.notified).toEqual([{ reason: 'the assistant failed repeatedly' }]);
    expect(s.context().counters.errors).toBe(3);
  });

  it('are forgotten after an answer', async () => {
    const s = answering({ maxFailures: 2 });
    await s.answers[0]?.fail();
    s.say('again');
    s.advance(800);
    await s.answers[1]?.done({ text: 'now it works' });
    s.say('and again');
    s.advance(800);
    await s.answers[2]?.fail();
    expect(s.state()).toBe('ACTIVE.bot');
  });

  it('an output that is none counts as one', async () => {
    const s = answering();
    await s.answers[0]?.done({ text: 42 } as never);
    expect(s.told()).toEqual(['apology']);
    expect(s.value().answer).toBe('quiet');
  });

  it('without an implementation say so', async () => {
    const actor = createActor(sessionMachine, { input: { address: 'web:a:b', assistant: 'x', now: 0, policy: { debounceMs: 0 } } });
    const errors: unknown[] = [];
    actor.system.inspect((event) => {
      if (event.type === '@xstate.event' && event.event.type === 'xstate.error.actor.answer') errors.push(event.event);
    });
    actor.start();
    actor.send({ type: 'customer.message', id: 'm1', at: 1, text: 'hi' });
    await settle();
    expect(errors).toMatchObject([{ error: { code: 'not_provided' } }]);
    actor.stop();
  });
});

describe('what an answer brings', () => {
  it('is counted and remembered', async () => {
    const s = answering();
    const usage = { tokensIn: 100, tokensOut: 20, costMicros: 7, toolCalls: 1, cacheHits: 2 };
    await s.answers[0]?.done({ text: 'hello', at: s.now() + 5, usage, intent: 'greeting', entities: { city: 'Cairo' } });
    expect(s.context()).toMatchObject({
      intent: 'greeting',
      entities: { city: 'Cairo' },
      counters: { messages: 2, runs: 1, ...usage },
      lastActivityAt: s.now() + 5,
      messages: [{ text: 'hi' }, { role: 'assistant', text: 'hello', at: s.now() + 5 }],
    });
  });

  it('may be a call for a human, after its text', async () => {
    const s = answering();
    await s.answers[0]?.done({ text: 'I will get someone.', escalate: { reason: 'out of scope', queue: 'sales' } });
    expect(s.told()).toEqual(['I will get someone.', 'escalated']);
    expect(s.notified).toEqual([{ reason: 'out of scope', queue: 'sales' }]);
    expect(s.state()).toBe('WAITING_AGENT');
  });

  it('the window keeps the last messages only', async () => {
    const s = liveSession({ maxMessageHistory: 3 });
    for (const text of ['1', '2', '3', '4', '5']) s.say(text);
    expect(texts(s.context().messages)).toEqual(['3', '4', '5']);
    expect(s.context().counters.messages).toBe(5);
  });
});
