/**
 * Failures of an answer, and what the model declined. The customer reads what is true, and what was
 * declined is not sent to a model again.
 */
import { describe, expect, it } from 'vitest';
import { type LiveSession, liveSession } from './live-session.ts';

const DECLINED = { text: 'I cannot help with that.', declined: { reason: 'cyber' } };
const coded = (code: string) => Object.assign(new Error('It failed.'), { code });
const textsOf = (s: LiveSession, run: number) => s.answers[run]?.input.messages.map(({ text }) => text);

describe('what the model declined', () => {
  it('is not in the next request, and what was said before it is', async () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hi');
    await s.answers[0]?.done({ text: 'Hello!' });
    s.say('something bad');
    await s.answers[1]?.done({ ...DECLINED, draft: 'd1' });
    expect(s.sent.at(-1)).toEqual({ text: 'I cannot help with that.', author: 'assistant', draft: 'd1' });
    expect(s.context()).toMatchObject({ pending: 0, failures: 0, answering: null, counters: { errors: 0 } });
    s.say('what time is it?');
    expect(textsOf(s, 2)).toEqual(['hi', 'Hello!', 'what time is it?']);
    expect(s.answers[2]?.input.pending).toBe(1);
  });

  it('is a whole burst, and not what was written since', async () => {
    const s = liveSession();
    s.say('something');
    s.say('bad');
    s.advance(800);
    s.say('hello?');
    await s.answers[0]?.done(DECLINED);
    s.advance(800);
    expect(textsOf(s, 1)).toEqual(['hello?']);
    expect(s.answers[1]?.input.pending).toBe(1);
  });

  it('again takes all messages with it, and a third time all that the conversation left', async () => {
    const s = liveSession({ debounceMs: 0, maxMessageHistory: 4, analyses: true, analysisCommands: ['analyze'] });
    s.command('analyze', 'AAPL');
    await s.analyses[0]?.done({ text: 'Fine.', summary: 'It is fine.' });
    for (const [run, text] of ['one', 'two'].entries()) {
      s.say(text);
      await s.answers[run]?.done({ text: 'yes' });
    }
    await s.summaries[0]?.done({ text: '- something bad' });
    s.say('three');
    await s.answers[2]?.done(DECLINED);
    s.say('four');
    expect(textsOf(s, 3)).toContain('yes');
    await s.answers[3]?.done(DECLINED);
    s.say('five');
    expect(textsOf(s, 4)).toEqual(['five']);
    expect(s.answers[4]?.input.summaries).toHaveLength(1);
    await s.answers[4]?.done(DECLINED);
    s.say('six');
    expect(s.answers[5]?.input).toMatchObject({ messages: [{ text: 'six' }], summaries: [], analysis: null });
    await s.answers[5]?.done({ text: 'Hello!' });
    expect(s.context().declines).toBe(0);
    s.say('seven');
    expect(textsOf(s, 6)).toEqual(['six', 'Hello!', 'seven']);
  });

  it('is the question that waited, and not the subject that was written behind it', async () => {
    const s = liveSession({ analyses: true, analysisCommands: ['analyze'], subjectPattern: '[A-Z]{1,5}' });
    s.say('something bad');
    s.say('AAPL');
    await s.analyses[0]?.done({ text: 'Fine.', summary: 'It is fine.' });
    s.say('worse');
    s.say('MSFT');
    expect(
      s
        .context()
        .messages.filter(({ aside }) => aside)
        .map(({ text }) => text),
    ).toEqual(['AAPL', 'MSFT']);
    s.advance(800);
    await s.answers.at(-1)?.done(DECLINED);
    const left = s.context().messages.map(({ text }) => text);
    expect(left).toContain('MSFT');
    expect(left).not.toContain('worse');
  });

  it('of an analysis is what asked for it, and after that all messages', async () => {
    const s = liveSession({ debounceMs: 0, analyses: true, analysisCommands: ['analyze'], subjectPattern: '[A-Z]{1,5}' });
    s.say('hi');
    await s.answers[0]?.done({ text: 'Hello!' });
    const declined = { ...DECLINED, summary: '', failed: true };
    s.say('AAPL');
    await s.analyses[0]?.done(declined);
    expect(s.told().at(-1)).toBe('I cannot help with that.');
    expect(s.context()).toMatchObject({ declines: 1, analysis: null, pending: 0 });
    expect(s.context().messages.map(({ text }) => text)).not.toContain('AAPL');
    expect(s.context().messages.map(({ text }) => text)).toContain('hi');
    s.command('analyze', 'MSFT');
    await s.analyses[1]?.done(declined);
    expect(s.context().messages.map(({ text }) => text)).toEqual([]);
  });

  it('does not get into a summary that was under way', async () => {
    const s = liveSession({ debounceMs: 0, maxMessageHistory: 2 });
    s.say('hi');
    await s.answers[0]?.done({ text: 'Hello!' });
    s.say('bad');
    const [under] = s.summaries;
    await s.answers[1]?.done(DECLINED);
    expect(under?.signal.aborted).toBe(true);
    expect(s.context().memory?.summaries).toEqual([]);
  });
});

describe('a failed answer says to try again only where that may help', () => {
  it.each([
    ['unavailable', 'apology'],
    ['no_text', 'apology'],
    ['never heard of', 'apology'],
    ['refused', 'cannotAnswer'],
    ['unknown_price', 'cannotAnswer'],
    ['internal', 'cannotAnswer'],
    ['context_full', 'tooLong'],
  ])('%s', async (code, notice) => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hi');
    await s.answers[0]?.fail(coded(code));
    expect(s.told()).toEqual([notice]);
    expect(/again\.$|try again/.test(s.sent[0]?.text ?? '')).toBe(notice === 'apology');
    if (notice !== 'apology') expect(s.sent[0]?.text).toContain('/agent');
  });

  it.each([
    ['unavailable', 'analysisFailed'],
    ['refused', 'cannotAnalyse'],
    ['context_full', 'cannotAnalyse'],
  ])('nor does an analysis, %s', async (code, notice) => {
    const s = liveSession({ debounceMs: 0, analyses: true, analysisCommands: ['analyze'] });
    s.command('analyze', 'AAPL');
    await s.analyses[0]?.fail(coded(code));
    expect(s.told()).toEqual([notice]);
  });

  it('in Arabic too', async () => {
    const s = liveSession({ debounceMs: 0 }, { customer: { locale: 'ar-EG' } });
    s.say('مرحبا');
    await s.answers[0]?.fail(coded('refused'));
    expect(s.sent[0]?.text).toMatch(/الخلل من جهتنا.*\/agent/);
    expect(s.sent[0]?.text).not.toContain('حاول');
  });
});

describe('a limit that the model turned out to have', () => {
  it('holds for later answers, and what is over it becomes a summary', async () => {
    const s = liveSession({ debounceMs: 0, tokenLimit: 100_000, maxMessageHistory: 100 });
    for (let n = 0; n < 12; n += 1) {
      s.say(`${n} ${'word '.repeat(100)}`);
      await s.answers[n]?.done({ text: 'yes', ...(n === 11 ? { tokenLimit: 1_500 } : {}) });
    }
    expect(s.answers[11]?.input.tokenLimit).toBe(100_000);
    expect(s.summaries).toHaveLength(1);
    s.say('more');
    expect(s.answers[12]?.input.tokenLimit).toBe(1_500);
  });

  it('holds until /reset, and for no other model', async () => {
    const s = liveSession({ debounceMs: 0, tokenLimit: 100_000 });
    const answers = async (output: object) => {
      s.say('hi');
      await s.answers.at(-1)?.done({ text: 'yes', ...output });
      return s.context().memory?.tokenLimit;
    };
    expect(await answers({ model: 'small', tokenLimit: 1_500 })).toBe(1_500);
    expect(await answers({ model: 'small' })).toBe(1_500);
    expect(await answers({ model: null })).toBe(1_500);
    expect(await answers({ model: 'large' })).toBeUndefined();
    expect(await answers({ model: 'large', tokenLimit: 2_000 })).toBe(2_000);
    s.command('reset');
    expect(s.context().memory).not.toHaveProperty('tokenLimit');
    s.say('hi');
    expect(s.answers.at(-1)?.input.tokenLimit).toBe(100_000);
  });
});
