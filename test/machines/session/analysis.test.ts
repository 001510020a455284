/** S4. One analysis at a time, requested, confirmed, stopped, expired. */
import { describe, expect, it } from 'vitest';
import { MAX_KEPT } from '#machines/session/files.ts';
import { ann, type LiveSession, liveSession, MINUTE, report } from './live-session.ts';

const phase = (s: LiveSession) => s.value().analysis.phases;
const asked = (s: LiveSession) => s.value().analysis.confirmation === 'asked';

function analysing(): LiveSession {
  const s = liveSession({ analyses: true, subjectPattern: '[A-Z]{1,5}' });
  s.command('analyze', 'AAPL');
  return s;
}

async function analysed(): Promise<LiveSession> {
  const s = analysing();
  await s.analyses[0]?.done({ text: 'AAPL is fine', summary: 'fine' });
  expect(phase(s)).toBe('completed');
  s.forget();
  return s;
}

describe('an analysis', () => {
  it('starts by its command, goes through its phases and is completed', async () => {
    const s = analysing();
    expect(s.analyses[0]?.input).toMatchObject({ command: 'analyze', args: 'AAPL', assistant: 'companion' });
    expect(phase(s)).toEqual({ running: 'starting' });
    for (const at of ['thinking', 'tool', 'thinking', 'writing'] as const) {
      s.send({ type: 'analysis.progress', at: s.now(), phase: at });
      expect(phase(s)).toEqual({ running: at });
    }
    expect(s.emitted).toEqual([]);
    await s.analyses[0]?.done({ text: 'AAPL is fine', summary: 'fine', usage: { tokensIn: 5 } });
    expect(s.sent).toEqual([{ text: 'AAPL is fine', author: 'assistant', draft: null }]);
    expect(s.context()).toMatchObject({ analysis: { args: 'AAPL', summary: 'fine' }, counters: { runs: 1, tokensIn: 5 } });
  });

  it('sends its files behind its text, in order', async () => {
    const s = analysing();
    const other = { ...report, id: report.id.replace(/1$/, '2'), name: 'table.csv', mimeType: 'text/csv' };
    await s.analyses[0]?.done({ text: 'AAPL is fine', summary: 'fine', files: [report, other] });
    expect(s.order).toEqual(['AAPL is fine', 'AAPL.pdf', 'table.csv']);
    expect(s.files).toEqual([
      { file: report, author: 'assistant', otherwise: 'There is a file for you, AAPL.pdf, but it cannot be shown here.' },
      { file: other, author: 'assistant', otherwise: 'There is a file for you, table.csv, but it cannot be shown here.' },
    ]);
    expect(phase(s)).toBe('completed');
  });

  it('whose file is none fails', async () => {
    const s = analysing();
    await s.analyses[0]?.done({ text: 'AAPL is fine', summary: 'fine', files: [{ ...report, size: MAX_KEPT + 1 }] });
    expect(phase(s)).toBe('failed');
    expect(s.files).toEqual([]);
  });

  it('that was stopped sends no file', async () => {
    const s = analysing();
    s.command('stop');
    await s.analyses[0]?.done({ text: 'too late', summary: '', files: [report] });
    expect(s.files).toEqual([]);
  });

  it('starts by its subject', () => {
    const s = liveSession({ analyses: true, subjectPattern: '[A-Z]{1,5}' });
    s.say('MSFT');
    s.advance(800);
    expect(s.analyses[0]?.input).toMatchObject({ command: 'analyze', args: 'MSFT' });
    expect(s.answers).toHaveLength(0);
  });

  it.each([
    ['“MSFT”?', 'MSFT'],
    ['ＭＳＦＴ', 'MSFT'],
    [' \u200bMSFT.\n', 'MSFT'],
    ['analyse Microsoft please', 'Microsoft'],
  ])('starts by its subject in %j', (text, args) => {
    const s = liveSession({ analyses: true, subjectPattern: '[A-Z]{1,5}|analyse (?<subject>[A-Za-z]+)(?: please)?' });
    s.say(text);
    expect(s.analyses[0]?.input).toMatchObject({ command: 'analyze', args });
  });

  it('is not started by a text that only has the subject in it, nor by a long one', () => {
    const s = liveSession({ analyses: true, subjectPattern: '[A-Z]{1,5}|(?:x )*' });
    for (const text of ['what of MSFT?', 'x '.repeat(200)]) s.say(text);
    expect(s.analyses).toEqual([]);
  });

  it('is stopped for real by /stop', async () => {
    const s = analysing();
    s.command('stop');
    expect(phase(s)).toBe('stopped');
    expect(s.analyses[0]?.signal.aborted).toBe(true);
    await s.analyses[0]?.done({ text: 'too late', summary: '' });
    expect(s.told()).toEqual(['stopped']);
    s.command('analyze', 'MSFT');
    expect(s.analyses).toHaveLength(2);
  });

  it('is stopped by a human who takes over', () => {
    const s = analysing();
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    expect(phase(s)).toBe('stopped');
    expect(s.analyses[0]?.signal.aborted).toBe(true);
  });

  it.each([
    ['throws', (s: LiveSession) => s.analyses[0]?.fail()],
    ['gives rubbish', (s: LiveSession) => s.analyses[0]?.done({ nonsense: true } as never)],
  ])('that %s fails, and another may start', async (_name, end) => {
    const s = analysing();
    await end(s);
    expect(phase(s)).toBe('failed');
    expect(s.told()).toEqual(['analysisFailed']);
    expect(s.context()).toMatchObject({ analysis: null, counters: { errors: 1 } });
    s.command('analyze', 'MSFT');
    expect(phase(s)).toEqual({ running: 'starting' });
  });

  it('expires 60 minutes after the last activity', async () => {
    const s = await analysed();
    s.advance(20 * MINUTE);
    s.say('and its debt?');
    s.advance(60 * MINUTE - 1);
    expect(phase(s)).toBe('completed');
    s.advance(1);
    expect(phase(s)).toBe('expired');
    expect(s.context().analysis).toBeNull();
  });

  it.each<[string, (s: LiveSession) => Promise<unknown> | unknown]>([
    ['fails', (s) => s.analyses[1]?.fail()],
    ['cannot be made', (s) => s.analyses[1]?.done({ text: 'I do not know XYZ.', summary: '', failed: true })],
    ['is stopped', (s) => s.command('stop')],
    ['is stopped by a human who takes over', (s) => s.send({ type: 'agent.claim', at: s.now(), agent: ann })],
  ])('is open again when the one that took its place %s', async (_name, end) => {
    const s = await analysed();
    s.say('XYZ');
    s.say('yes');
    expect(s.context().analysis).toMatchObject({ args: 'XYZ', summary: null });
    await end(s);
    expect(phase(s)).toBe('completed');
    expect(s.context().analysis).toEqual({
      command: 'analyze',
      args: 'AAPL',
      startedAt: expect.any(Number),
      summary: 'fine',
      message: 'm1',
    });
  });

  it('is over when the customer begins anew', async () => {
    const s = await analysed();
    s.command('reset');
    expect(phase(s)).toBe('none');
    expect(s.context().analysis).toBeNull();
    s.say('MSFT');
    expect(asked(s)).toBe(false);
    expect(phase(s)).toEqual({ running: 'starting' });
  });

  it('is what questions are about while it is open', async () => {
    const s = await analysed();
    s.say('and its debt?');
    s.advance(800);
    expect(s.answers[0]?.input.analysis).toMatchObject({ args: 'AAPL', summary: 'fine' });
  });

  it('its state is told by /status', async () => {
    const s = analysing();
    s.command('status');
    expect(s.sent.at(-1)).toMatchObject({ notice: 'statusRunning', text: 'The analysis of AAPL is running.' });
    s.command('stop');
    s.command('status');
    expect(s.told().at(-1)).toBe('statusNone');
  });
});

describe('a new subject while one is open', () => {
  it.each(['running', 'completed'])('asks for confirmation (%s), and "yes" starts it', async (state) => {
    const s = state === 'running' ? analysing() : await analysed();
    s.say('MSFT');
    expect(asked(s)).toBe(true);
    expect(s.sent).toMatchObject([{ notice: 'confirmAnalysis', text: expect.stringContaining('MSFT') }]);
    expect(s.analyses).toHaveLength(1);
    s.say('Yes!');
    expect(asked(s)).toBe(false);
    expect(s.analyses).toHaveLength(2);
    expect(s.analyses[1]?.input.args).toBe('MSFT');
    expect(s.analyses[0]?.signal.aborted).toBe(state === 'running');
    s.advance(800);
    expect(s.answers).toHaveLength(0);
  });

  it('any other text is a question about the current one', async () => {
    const s = await analysed();
    s.command('analyze', 'MSFT');
    s.say('what is its margin?');
    s.advance(800);
    expect(asked(s)).toBe(false);
    expect(s.analyses).toHaveLength(1);
    expect(s.answers[0]?.input).toMatchObject({ pending: 1, analysis: { args: 'AAPL' } });
  });

  it('the question stands for 2 minutes: then "yes" is a text like any other', async () => {
    const s = await analysed();
    s.command('analyze', 'MSFT');
    s.advance(2 * MINUTE - 1);
    expect(asked(s)).toBe(true);
    s.advance(1);
    expect(asked(s)).toBe(false);
    expect(s.context().proposed).toBeNull();
    s.say('yes');
    s.advance(800);
    expect(s.analyses).toHaveLength(1);
    expect(s.answers).toHaveLength(1);
  });

  it('a yes from before is not a yes to the next question', async () => {
    const s = await analysed();
    s.say('yes');
    s.command('analyze', 'MSFT');
    expect(s.analyses).toHaveLength(1);
  });
});
