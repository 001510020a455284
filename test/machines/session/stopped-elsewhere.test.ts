/**
 * Runs without an outcome. Their usage is counted (S5), and one that was stopped on purpose is not
 * started again.
 */
import { describe, expect, it } from 'vitest';
import { ann, liveSession } from './live-session.ts';

const stopped = () => Object.assign(new Error('The run was stopped.'), { code: 'stopped' });

describe('what a run came to that gives no outcome', () => {
  const usage = { tokensIn: 120, tokensOut: 30, costMicros: 450, toolCalls: 2, cacheHits: 1 };

  it('is counted in every state that is open, and is no activity', () => {
    const s = liveSession({ debounceMs: 0 });
    const { runs, errors, messages } = s.context().counters;
    s.send({ type: 'run.spent', at: s.now() + 5_000, usage });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    const { lastActivityAt } = s.context();
    s.send({ type: 'run.spent', at: s.now() + 5_000, usage });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.send({ type: 'run.spent', at: s.now() + 5_000, usage });
    expect(s.context().counters).toMatchObject({
      tokensIn: 360,
      tokensOut: 90,
      costMicros: 1_350,
      toolCalls: 6,
      cacheHits: 3,
      runs,
      errors,
    });
    expect(s.context()).toMatchObject({ lastActivityAt, counters: { messages } });
    expect(s.emitted).toEqual([]);
  });
});

describe('an answer that is stopped at the service', () => {
  it('is not made again: the customer is told that it was stopped, and it is no failure', async () => {
    const s = liveSession({ debounceMs: 0, maxFailures: 1 });
    s.say('hi');
    await s.answers[0]?.fail(stopped());
    s.advance(10_000);
    expect(s.answers).toHaveLength(1);
    expect(s.told()).toEqual(['stopped']);
    expect(s.context()).toMatchObject({ failures: 0, pending: 0, answering: null, counters: { errors: 0, runs: 1 } });
    expect(s.state()).toBe('ACTIVE.bot');
    s.say('go on');
    expect(s.answers[1]?.input).toMatchObject({ pending: 1 });
  });

  it('leaves what was written meanwhile to be answered', async () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hi');
    s.say('and you?');
    await s.answers[0]?.fail(stopped());
    s.advance(0);
    expect(s.answers[1]?.input).toMatchObject({ pending: 1 });
  });
});

describe('an analysis that is stopped at the service', () => {
  const policy = { debounceMs: 0, analyses: true, analysisCommands: ['analyze'] };

  it('is stopped, as if the customer had', async () => {
    const s = liveSession(policy);
    s.command('analyze', 'AAPL');
    await s.analyses[0]?.fail(stopped());
    expect(s.value().analysis).toMatchObject({ phases: 'stopped' });
    expect(s.told()).toEqual(['stopped']);
    expect(s.context()).toMatchObject({ analysis: null, counters: { errors: 0 } });
  });

  it('leaves the one open whose place it would have taken', async () => {
    const s = liveSession(policy);
    s.command('analyze', 'AAPL');
    await s.analyses[0]?.done({ text: 'Fine.', summary: 'It is fine.' });
    s.command('analyze', 'MSFT');
    s.say('yes');
    await s.analyses[1]?.fail(stopped());
    expect(s.value().analysis).toMatchObject({ phases: 'completed' });
    expect(s.context().analysis).toMatchObject({ args: 'AAPL', summary: 'It is fine.' });
    expect(s.told().at(-1)).toBe('stopped');
  });
});
