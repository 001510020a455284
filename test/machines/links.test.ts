import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { continues, linkLength } from '#machines/links.ts';

/** The link with which a text begins. */
const link = (text: string): string => text.slice(0, linkLength(text));

/** All punctuation that may close a sentence, a bracket or a quotation, of every script. */
const CLOSING = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => code > 0x7e && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /[\p{Pe}\p{Pf}\p{Pi}\p{Po}]/u.test(character));

describe('a link in a text', () => {
  it('takes no closing punctuation of any script, alone or with more, at its end or before other words', () => {
    expect(CLOSING.length).toBeGreaterThan(600);
    for (const url of ['https://example.com', 'https://example.com/', 'https://example.com/a?b=c#d', 'www.example.com/a']) {
      for (const character of [...CLOSING, ...`.,:;!?'")]}*_~>`]) {
        for (const after of ['', ' و', '.', character, ')'])
          expect.soft(link(`${url}${character}${after}`), `U+${character.codePointAt(0)?.toString(16)} ${after}`).toBe(url);
      }
    }
  });

  it.each([
    ['curly quotes', '“', 'https://example.com', '”'],
    ['single curly quotes', '‘', 'https://example.com/a', '’'],
    ['German quotes', '„', 'https://example.de/a', '“.'],
    ['guillemets', '«', 'https://example.fr/a', '»'],
    ['reversed guillemets', '»', 'https://example.de/a', '«,'],
    ['an Arabic comma', '', 'https://example.com/a', '، ثم'],
    ['an Arabic semicolon', '', 'https://example.com', '؛'],
    ['an Arabic question mark', '', 'https://example.com/a?b=1', '؟'],
    ['an Urdu full stop', '', 'https://example.com/a', '۔'],
    ['an Arabic comma without a space', '', 'https://example.com/a', '،ثم'],
    ['a Chinese full stop', '请看', 'https://example.com/a', '。谢谢'],
    ['Chinese letters', '请看', 'https://example.com', '谢谢'],
    ['Japanese brackets', '「', 'https://example.jp/a', '」を'],
    ['full-width brackets', '（', 'https://example.cn/a', '），'],
    ['a danda', '', 'https://example.in/a', '।'],
    ['an Armenian full stop', '', 'https://example.am/a', '։'],
    ['an Ethiopic full stop', '', 'https://example.et/a', '።'],
    ['Hebrew quotes', '״', 'https://example.il/a', '״'],
    ['an ellipsis', '', 'https://example.com/a', '…'],
    ['a dash', '', 'https://example.com/a', '—'],
    ['brackets', '(', 'https://example.com/a', ').'],
    ['square brackets', '[', 'https://example.com/a', ']'],
    ['strong text', '**', 'https://example.com/a', '**'],
    ['a mark of direction', '', 'https://example.com/a', '\u200fثم'],
    ['an emoji', '', 'https://example.com/a', '👍'],
    ['an HTML reference', '', 'https://example.com/a', '&quot;'],
    ['a tag', '', 'https://example.com/a', '<b>'],
  ])('ends before %s', (_, before, url, after) => {
    const text = `${before}${url}${after}`;
    expect(continues(before)).toBe(false);
    expect(link(text.slice(before.length))).toBe(url);
  });

  it.each([
    'https://en.wikipedia.org/wiki/Actor_(model)',
    'https://en.wikipedia.org/wiki/Set_(mathematics)#Basic_notions_(a)',
    'https://zh.wikipedia.org/wiki/演员（模型）',
    'https://fr.wikipedia.org/wiki/L’Oréal',
    'https://ar.wikipedia.org/wiki/القاهرة،_مصر',
    'https://fa.wikipedia.org/wiki/می‌خواهم',
    'https://hi.wikipedia.org/wiki/हिन्दी',
    'https://ja.wikipedia.org/wiki/ジョン・レノン',
    'https://ca.wikipedia.org/wiki/Col·legi',
    'https://en.wikipedia.org/wiki/Michelson–Morley_experiment',
    'https://مثال.مصر/صفحة',
    'https://münchen.de/',
    'http://localhost:3000/chat?assistant=a&b=[1]',
    'HTTPS://EXAMPLE.COM/A',
    'https://example.com/a,b;c:d!e*f/',
    'www.example.com',
    'https://example.com/a/',
    'https://x.com/_foo_/bar',
    'https://example.com/{id}/(x)',
  ])('is all of %s', (url) => {
    for (const after of ['', ' ', '.', '، ', ')', '”']) expect(link(`${url}${after}`)).toBe(url);
  });

  it.each([
    'https://',
    'http:///a',
    'www.',
    'https://bank.example@evil.example/',
    'https://user:word@evil.example',
    'https://user:pw@host/',
    'https://user:1@evil.example',
    'https://bank.example,a@evil.example',
    'https://bank.example:443:x@evil.example/a',
    'www.bank.example!@evil.example',
    'ftp://example.com',
    'https://.',
    'javascript:alert(1)',
    '',
  ])('is not %s', (text) => {
    expect(link(text)).toBe('');
  });

  it('may be followed by an @ in its path, its query or another word', () => {
    expect(link('https://example.com/@user')).toBe('https://example.com/@user');
    expect(link('https://example.com?a=b@c')).toBe('https://example.com?a=b@c');
    expect(link('https://example.com, me@example.com')).toBe('https://example.com');
  });

  it('begins behind a character that goes on no word', () => {
    for (const before of ['', ' ', '“', '(', 'ـ', '看', '\n']) expect(continues(before)).toBe(false);
    for (const before of ['a', '7', '@', '.', '/', ':', '-']) expect(continues(before)).toBe(true);
  });

  it('is never longer than the text, and is a link again by itself', () => {
    const unit = fc.constantFrom('a', '.', '/', '(', ')', '”', '،', '。', 'م', '😀', '\ud83d', ' ', '&amp;', '’', '@', ':', '?');
    fc.assert(
      fc.property(fc.constantFrom('https://', 'www.'), fc.string({ unit, maxLength: 40 }), (beginning, rest) => {
        const found = link(beginning + rest);
        expect(link(found)).toBe(found);
        if (found !== '') expect(URL.canParse(beginning === 'www.' ? `http://${found}` : found)).toBe(true);
      }),
    );
  });

  it('takes time in proportion to the text', () => {
    // If it grew with the square, this would take minutes, and the test's time limit would end it.
    for (const filler of ['.', '(', ')', '’a', 'a.', '。', '&amp;']) {
      expect(linkLength(`https://example.com/${filler.repeat(100_000)}`)).toBeGreaterThan(0);
    }
  });
});
