/**
 * A thank-you to the human who released the session. The bot stays quiet, and answers everything
 * else.
 */
import { describe, expect, it } from 'vitest';
import { isCourtesy } from '#machines/session/courtesy.ts';
import { ann, type LiveSession, liveSession, MINUTE } from './live-session.ts';

function released(): LiveSession {
  const s = liveSession({ debounceMs: 0, analyses: true, subjectPattern: '[A-Z]{1,5}' });
  s.say('I want a refund');
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'You have it.' });
  s.send({ type: 'agent.release', at: s.now(), agent: ann });
  expect(s.state()).toBe('ACTIVE.bot');
  s.forget();
  return s;
}

describe('after a human released the session', () => {
  it.each(['Thank you, Ann!', 'thanks 🙏', '👍', 'TY', 'شكرًا جزيلًا', 'no, thank you'])('"%s" is kept and not answered', (text) => {
    const s = released();
    const { length } = s.answers;
    s.say(text);
    s.advance(MINUTE);
    expect(s.answers).toHaveLength(length);
    expect(s.analyses).toHaveLength(0);
    expect(s.sent).toEqual([]);
    expect(s.context()).toMatchObject({ pending: 0, messages: [{}, {}, { role: 'customer', text }] });
  });

  it.each(['Thanks! When will it arrive?', 'thanks, and please cancel the other one', 'yes', 'شكرا، متى يصل؟', 'AAPL'])(
    '"%s" is answered',
    (text) => {
      const s = released();
      const before = s.answers.length + s.analyses.length;
      s.say(text);
      expect(s.answers.length + s.analyses.length).toBe(before + 1);
    },
  );

  it('a question after the thank-you is answered, once, with both in view', async () => {
    const s = released();
    s.say('thanks');
    s.say('and when will it arrive');
    const { input } = s.answers.at(-1) ?? {};
    expect(input).toMatchObject({ pending: 1, messages: [{}, { role: 'agent' }, { text: 'thanks' }, { text: 'and when will it arrive' }] });
    await s.answers.at(-1)?.done({ text: 'Tomorrow.' });
    s.say('thanks');
    expect(s.answers.at(-1)?.input.pending).toBe(1);
  });

  it('a question that the human left open is answered with it', () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('I want a refund');
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'You have it.' });
    s.say('and when will it arrive?');
    s.send({ type: 'agent.release', at: s.now(), agent: ann });
    const { length } = s.answers;
    s.say('thanks');
    expect(s.answers).toHaveLength(length + 1);
    expect(s.answers.at(-1)?.input.pending).toBe(2);
  });

  it('a sticker is courtesy, a photo is not', () => {
    const s = released();
    const { length } = s.answers;
    s.send({ type: 'customer.message', id: 'x1', at: s.now(), text: '', media: [{ kind: 'sticker' }] });
    expect(s.answers).toHaveLength(length);
    s.send({ type: 'customer.message', id: 'x2', at: s.now(), text: 'thanks', media: [{ kind: 'image' }] });
    expect(s.answers).toHaveLength(length + 1);
  });

  it('hours later it is not answered either', () => {
    const s = released();
    const { length } = s.answers;
    s.advance(31 * MINUTE);
    expect(s.state()).toBe('IDLE');
    s.say('Thanks again!');
    expect(s.state()).toBe('ACTIVE.bot');
    expect(s.answers).toHaveLength(length);
  });

  it('nor when it was written before, and the wait for another human ran out', () => {
    const s = liveSession({ debounceMs: 0, agentWait: 'back_to_bot' });
    s.say('I want a refund');
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'You have it.' });
    s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'billing' });
    s.say('thank you');
    const { length } = s.answers;
    s.advance(10 * MINUTE);
    expect(s.state()).toBe('ACTIVE.bot');
    expect(s.answers).toHaveLength(length);
  });

  it('a thank-you to the bot is answered', async () => {
    const s = liveSession({ debounceMs: 0 });
    s.say('hi');
    await s.answers[0]?.done({ text: 'Hello!' });
    s.say('thanks');
    expect(s.answers).toHaveLength(2);
  });
});

describe('courtesy', () => {
  it.each([
    'thanks so much for your help',
    'Ok great, thank you very much!!',
    'Perfect. Thanks Ann Marie :)',
    'that’s very kind, bye',
    'I really appreciate it. Have a nice day!',
    'شكراً لك يا آن',
    'تمام، شكرا على مساعدتك',
    'الله يعطيك العافية 🌹',
    'مع السلامة',
    '❤️',
  ])('is "%s"', (text) => {
    expect(isCourtesy(text, 'Ann Marie آن')).toBe(true);
  });

  it.each(['', '...', 'Ann', 'no', 'thanks but it still fails', 'good news from Apple', 'is it good', 'okapi', 'شكرا لكن لم يصل', '5'])(
    'is not "%s"',
    (text) => {
      expect(isCourtesy(text, 'Ann')).toBe(false);
    },
  );
});
