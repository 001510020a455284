import { expect, test } from 'vitest';
import { marksIn, matchOf, parseQuery } from '#storage/search-query.ts';
import { wordsIn } from '#storage/words.ts';

const formsIn = (text: string): string[] => [...new Set(wordsIn(text).flatMap(({ text: word, bare }) => [word, bare]))];

test.each([
  ['Crème BRÛLÉE, 2€', ['creme', 'brulee', '2']],
  ['أريد الشَّقّة', ['اريد', 'الشقه', 'شقه']],
  ['وبالشقة للبيع', ['وبالشقه', 'شقه', 'للبيع', 'بيع']],
  ['مـــرحبا ٣٥٠ ۳۵۰', ['مرحبا', '350']],
  ['ﻣﺮﺣﺒﺎ', ['مرحبا']],
  ['ελληνικός', ['ελληνικοσ']],
  ['привет, Ёлка', ['привет', 'елка']],
  ['שָׁלוֹם', ['שלום']],
  ['हिन्दी', ['हिन्दी']],
  ['한국어를', ['한국어를']],
  ['東京の天気', ['東京', 'の', '天気']],
  ['สวัสดีครับ', ['สวัสดี', 'ครับ']],
  ['🙂 … !', []],
])('words of %s', (text, words) => {
  expect(formsIn(text)).toEqual(words);
});

test('a query is found whichever way its letters are written, by the beginnings of words', () => {
  const finds = (query: string, text: string) => matchOf(text, parseQuery(query)) === 'exact';
  expect(finds('الشقّه', 'عندي شقة')).toBe(true);
  expect(finds('شقة', 'والشَّقة')).toBe(true);
  expect(finds('cre bru', 'Brûlée, crème')).toBe(true);
  expect(finds('reme', 'crème')).toBe(false);
  // One character is a word, not a beginning.
  expect(finds('a', 'apples')).toBe(false);
  expect(finds('a', 'a dog')).toBe(true);
});

test.each([
  ['refund', 'no refunds, Refund', ['refunds', 'Refund']],
  ['brulee', 'a crème BRÛLÉE!', ['BRÛLÉE']],
  ['شقة', 'أريد الشَّقّةَ الآن', ['الشَّقّةَ']],
  ['"new cairo" flat', 'new flat in New Cairo', ['flat', 'New', 'Cairo']],
  ['350', 'السعر ٣٥٠٠', ['٣٥٠٠']],
  ['天気', '東京の天気', ['天気']],
  ['京都', '東京都の', ['東京', '都']],
  ['refnud', 'a refund', ['refund']],
  ['ss', '🙂🙂 Straße ßx', ['ßx']],
  ['nothing', 'of this', []],
])('%s in %s is marked where it is written', (query, text, marked) => {
  expect(marksIn(text, parseQuery(query)).map(([start, end]) => text.slice(start, end))).toEqual(marked);
});

test.each([
  ['refund', 'refnud', 'near'],
  ['refund', 'refunds', 'exact'],
  ['refund', 'rfnud', undefined],
  ['cat', 'cta', undefined],
  ['3500', '3501', undefined],
  ['receive', 'recieve', 'near'],
  ['accommodation', 'accomodation', 'near'],
  ['accommodation', 'acomodation', undefined],
  ['refund', 'refunf', 'near'],
  ['refund', 'efund', 'near'],
  ['refund', 'erfund', 'near'],
  ['refund', 'erfunf', undefined],
  ['شقة كبيرة', 'شقة كبيره', 'exact'],
  ['إيجار', 'ايجر', 'near'],
  ['refund late', 'refnud, late', 'near'],
  ['', 'anything', undefined],
] as const)('%s and %s: %s', (query, text, match) => {
  expect(matchOf(text, parseQuery(query))).toBe(match);
});

test('hostile text costs little and gives words that every store can keep', () => {
  for (const unit of ['٣', 'a b ', '東京の天気', '\u064b', 'Ǆ', '\ud83d', 'ﷺ']) {
    for (const text of formsIn(unit.repeat(32_768 / unit.length))) expect(text).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u);
  }
  expect(parseQuery('word '.repeat(100)).length).toBe(1);
  expect(parseQuery(Array.from({ length: 100 }, (_, index) => `w${index}`).join(' ')).length).toBe(16);
});
