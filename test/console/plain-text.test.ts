import { expect, it } from 'vitest';
import { plainText } from '../../console/text/plain-text.ts';
import { titled } from '../../console/text/unread.ts';

it.each([
  ['words alone', 'Good morning', 'Good morning'],
  ['emphasis and code', 'It is **very** _good_ `now`', 'It is very good now'],
  ['a link, and a picture by its description', '[site](https://e.com) ![a chart](x.png) ![](y.png)', 'site a chart'],
  ['headings and lists', '# Title\n\n- one\n- two\n  1. three', 'Title\none\ntwo\nthree'],
  ['a table', '| a | b |\n| - | - |\n| 1 | 2 |', 'a, b\n1, 2'],
  ['code without its fence', '```ts\nlet a\n```', 'let a'],
  ['what only looks like markup', '<b>5 * 3 > 2</b>', '<b>5 * 3 > 2</b>'],
  ['Arabic', '**السعر**: 5', 'السعر: 5'],
])('a screen reader is given %s', (_, markdown, words) => expect(plainText(markdown)).toBe(words));

it('a title has one count, or none', () => {
  expect(titled('Chat', 2)).toBe('(2) Chat');
  expect(titled('(2) Chat', 3)).toBe('(3) Chat');
  expect(titled('(3) Chat', 0)).toBe('Chat');
});
