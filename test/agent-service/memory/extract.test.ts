/** Sentences that the summary without a model keeps. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extract } from '#agent-service/memory/extract.ts';
import { estimateTokens } from '#machines/tokens.ts';

type Said = Parameters<typeof extract>[0]['messages'];
const customer = (...texts: string[]): Said => texts.map((text) => ({ role: 'customer', text }));
const summary = (messages: Said, maxTokens = 500, earlier: readonly { text: string }[] = []) => extract({ earlier, messages, maxTokens });

describe('what is kept', () => {
  it.each([
    'My name is Nora Haddad.',
    'Call me Sam',
    'my budget is 250,000 dollars',
    'I am allergic to peanuts',
    'I live in Alexandria',
    'We moved here in 2019',
    'please remember that I prefer mornings',
    'The meeting is on Thursday 14/08/2026',
    'Write to nora@example.com then',
    'I want two bedrooms',
    'اسمي سارة حداد',
    'ميزانيتي ٣ مليون جنيه',
    'عندي حساسية من الفول السوداني',
    'أسكن في مدينة نصر',
    'أفضل المواعيد الصباحية',
    'تمام، وأفضل يكون قريب من سموحة',
    'الموعد يوم الخميس الساعة ٥',
  ])('%s', (fact) => {
    const small = customer('hello there', 'how are you', 'what a day', 'haha yes', 'طيب تمام شكرا', 'كيف الحال');
    const kept = summary([...small.slice(0, 3), ...customer(fact), ...small.slice(3)]);
    expect(kept).toBe(`- Customer: ${fact}`);
  });

  it('is who promised what, too, and not what the assistant chatted', () => {
    expect(
      summary([
        { role: 'assistant', text: 'What a nice day it is! I love talking about weather.' },
        { role: 'agent', text: 'I will send the contract on Monday.' },
        { role: 'assistant', text: "We'll refund order 5512." },
        { role: 'system', text: 'My name is notice 12.' },
      ]),
    ).toBe("- Colleague: I will send the contract on Monday.\n- Assistant: We'll refund order 5512.");
  });

  it('is in the order in which it was said, each thing once, sentence by sentence', () => {
    expect(summary(customer('Hi! My dog is called Rex. It is 3.5 years old.\nGood', 'my dog is called REX', 'I have a cat'))).toBe(
      '- Customer: My dog is called Rex.\n- Customer: It is 3.5 years old.\n- Customer: I have a cat',
    );
  });

  it('is the beginning and the end where nobody said anything to be kept', () => {
    expect(summary(customer('hello there', 'nice', 'good bye then'))).toBe('- Customer: hello there\n- Customer: good bye then');
    expect(summary([{ role: 'system', text: 'x' }])).toMatch(/\S/);
  });

  it('is not what is asked, nor a command', () => {
    expect(summary(customer('/analyze my AAPL 12', 'Do you have 3 of them?', 'I have 2 keys'))).not.toMatch(/AAPL/);
    expect(summary(customer('Who won in 1998?', ...new Array(30).fill('My shoe size is 43 and I like it'))).split('\n')[0]).toMatch(/shoe/);
  });
});

describe('room', () => {
  it('goes to what matters most, and among equals to what was said first', () => {
    const numbers = Array.from({ length: 200 }, (_, n) => `Then it was number ${n} in the list`);
    const kept = summary(customer('My name is Nora', ...numbers, 'I am allergic to nuts'), 200);
    expect(kept).toContain('My name is Nora');
    expect(kept).toContain('allergic to nuts');
    expect(kept).toContain('number 0 in');
    expect(kept).not.toContain('number 199 in');
  });

  it('is kept for what is new, however much was carried over', () => {
    const carried = Array.from({ length: 60 }, (_, n) => `- Customer: my favourite thing ${n} is a name that I love`).join('\n');
    const kept = summary(customer('Oh, it is 17 now'), 200, [{ text: carried }]);
    expect(kept).toContain('17');
    expect(kept).toContain('thing 0');
  });

  it('is never exceeded, and the same goes in as comes out', () => {
    const said = fc.array(
      fc.record({
        role: fc.constantFrom('customer', 'assistant', 'agent', 'system'),
        text: fc.string({ unit: 'grapheme', maxLength: 200 }),
      }),
    );
    fc.assert(
      fc.property(
        said,
        fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) }), { maxLength: 3 }),
        fc.integer({ min: 20, max: 500 }),
        (messages, earlier, maxTokens) => {
          const given = { messages: messages as Said, earlier, maxTokens };
          const kept = extract(given);
          expect(estimateTokens(kept)).toBeLessThanOrEqual(maxTokens);
          expect(kept).toMatch(/\S/);
          expect(extract(structuredClone(given))).toBe(kept);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not exceeded in time either: hostile texts are read in a moment', () => {
    const began = performance.now();
    for (const text of ['a@'.repeat(20_000), 'my '.repeat(11_000), '1.'.repeat(16_000), 'ا'.repeat(32_000), ' ,A'.repeat(10_000)])
      summary(customer(...new Array(20).fill(text)));
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('a summary of summaries', () => {
  it('keeps an early fact over a hundred of them', () => {
    let kept = summary(customer("My daughter's name is Layla and she is 6", 'ok then'));
    for (let n = 0; n < 100; n += 1)
      kept = summary(customer(`I bought ${n} apples on Monday`, `room ${n} is good`, 'fine'), 500, [{ text: kept }]);
    expect(kept).toContain('Layla');
    expect(estimateTokens(kept)).toBeLessThanOrEqual(500);
  });

  it('keeps what matters before what was said first', () => {
    const small = Array.from({ length: 12 }, (_, n) => `There were ${n} birds`);
    let kept = summary(customer(...small, 'My son is called Adam'), 250);
    for (let n = 0; n < 10; n += 1) kept = summary(customer(`There were ${n} cats`), 100, [{ text: kept }]);
    expect(kept).toContain('Adam');
    expect(kept).toContain('0 birds');
    expect(kept).not.toContain('9 birds');
  });

  it("takes a model's prose apart", () => {
    expect(summary(customer('nothing much'), 500, [{ text: 'The customer is Nora. She prefers tea.\n* Budget: 5,000 USD' }])).toBe(
      '- The customer is Nora.\n- She prefers tea.\n- Budget: 5,000 USD',
    );
  });
});
