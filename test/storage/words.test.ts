import { expect, test } from 'vitest';
import { matchesWords, queryWords, searchWordsOf } from '#storage/words.ts';

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
  ['東京の天気', ['東京', 'の', '天気']],
  ['สวัสดีครับ', ['สวัสดี', 'ครับ']],
  ['🙂 … !', []],
])('words of %s', (text, words) => {
  expect(searchWordsOf(text)).toEqual(words);
});

test('a query is found whichever way its letters are written, by the beginnings of words', () => {
  const finds = (query: string, text: string) => matchesWords(text, queryWords(query));
  expect(finds('الشقّه', 'عندي شقة')).toBe(true);
  expect(finds('شقة', 'والشَّقة')).toBe(true);
  expect(finds('cre bru', 'Brûlée, crème')).toBe(true);
  expect(finds('reme', 'crème')).toBe(false);
  // One character is a word, not a beginning.
  expect(finds('a', 'apples')).toBe(false);
  expect(finds('a', 'a dog')).toBe(true);
});

test('hostile text costs little and gives words that every store can keep', () => {
  for (const unit of ['٣', 'a b ', '東京の天気', '\u064b', 'Ǆ', '\ud83d', 'ﷺ']) {
    const words = searchWordsOf(unit.repeat(32_768 / unit.length));
    for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u);
  }
  expect(queryWords('word '.repeat(100)).length).toBe(1);
  expect(queryWords(Array.from({ length: 100 }, (_, index) => `w${index}`).join(' ')).length).toBe(16);
});
