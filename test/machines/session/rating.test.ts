/** When a customer is asked for a rating, and what counts as one. */
import { describe, expect, it } from 'vitest';
import type { PolicySettings } from '#machines/session/policy.ts';
import { scoreOf } from '#machines/session/rating.ts';
import { ann, liveSession } from './live-session.ts';

const closed = (policy: PolicySettings, served: boolean, locale = 'en') => {
  const s = liveSession(policy, { customer: { locale } });
  s.say('hello');
  if (served) s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' });
  s.send({ type: 'close', at: s.now(), by: 'a1' });
  return s;
};

describe('the question', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ rating: 'off' }, true, false],
    [{ rating: 'always' }, false, true],
  ] as const)('policy %j, a human took part: %j → asked: %j', (policy, served, asked) => {
    const s = closed(policy, served);
    expect(s.state()).toBe('CLOSED');
    expect(s.sent.filter(({ notice }) => notice === 'rateUs')).toHaveLength(asked ? 1 : 0);
    expect(s.context().rating).toEqual(asked ? { askedAt: s.now(), until: s.now() + 24 * 3_600_000 } : undefined);
  });

  it('is in the language of the customer, and each button names its question', () => {
    const s = closed({ ratingHours: 1 }, true, 'ar-EG');
    const question = s.sent.at(-1);
    expect(question?.text).toContain('كيف تقيّم مساعدتنا');
    expect(question?.buttons?.map(({ label }) => label).join()).toBe('5 – ممتازة,4 – جيدة,3 – مقبولة,2 – ضعيفة,1 – سيئة');
    expect(question?.buttons?.at(0)?.id).toBe(`rate 5 ${s.now()}`);
    // Telegram carries no more than 64 bytes.
    expect(Math.max(...(question?.buttons ?? []).map(({ id }) => id.length))).toBeLessThan(64);
    expect(s.context().rating?.until).toBe(s.now() + 3_600_000);
  });

  it('does not come when the session expires by itself', () => {
    const s = liveSession();
    s.say('hello');
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' });
    s.advance(30 * 60_000);
    s.advance(24 * 3_600_000);
    expect(s.state()).toBe('CLOSED');
    expect(s.sent.filter(({ notice }) => notice === 'rateUs')).toEqual([]);
  });
});

it.each([
  ['5', 5],
  [' 1. ', 1],
  ['٤', 4],
  ['۳', 3],
  ['4/5', 4],
  ['٢ / ٥', 2],
  ['⭐⭐⭐', 3],
  ['⭐️ ⭐️', 2],
  ['★', 1],
  ['5!', 5],
  ['0', undefined],
  ['6', undefined],
  ['55', undefined],
  ['5 bedrooms', undefined],
  ['four', undefined],
  ['⭐⭐⭐⭐⭐⭐', undefined],
  ['', undefined],
])('"%s" is the score %s', (text, score) => expect(scoreOf(text)).toBe(score));
