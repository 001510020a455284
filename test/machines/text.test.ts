import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, endsInHalf, isVisible, jsonText, wellFormed, wellFormedJson } from '#machines/text.ts';
import { torn, tornJson } from '#test/torn-text.ts';

describe('a well-formed text', () => {
  it.each([
    ['half of a pair at the end', 'so far \ud83d', 'so far \ufffd'],
    ['the other half at the beginning', '\ude00!', '\ufffd!'],
    ['two halves in the wrong order', '\ude00\ud83d', '\ufffd\ufffd'],
    ['U+0000', 'a\0b', 'a\ufffdb'],
    ['whole pairs, and letters of any script', '😀 مرحبا 𝒳', '😀 مرحبا 𝒳'],
  ])('of %s', (_, text, expected) => {
    expect(wellFormed(text)).toBe(expected);
    expect(wellFormedJson({ [text]: [text, { text }] })).toEqual({ [expected]: [expected, { text: expected }] });
    expect(jsonText({ [text]: [text] })).toBe(`{"${expected}":["${expected}"]}`);
  });

  it('keeps the length, and what was good is left alone', () => {
    fc.assert(
      fc.property(torn, (text) => {
        const whole = wellFormed(text);
        expect(whole.length).toBe(text.length);
        expect(whole.isWellFormed() && !whole.includes('\0')).toBe(true);
        if (text.isWellFormed() && !text.includes('\0')) expect(whole).toBe(text);
      }),
    );
  });

  it('is the same in a value and in its JSON, and a good value is returned itself', () => {
    fc.assert(
      fc.property(tornJson, (value) => {
        const whole = wellFormedJson(value);
        expect(JSON.parse(jsonText(value))).toEqual(whole);
        expect(wellFormedJson(whole)).toBe(whole);
      }),
    );
  });

  it('is not made of escapes that a text only quotes', () => {
    const quoted = String.raw`\ud83d \u0000 \\ud83d`;
    expect(JSON.parse(jsonText([quoted, '\ud83d']))).toEqual([quoted, '\ufffd']);
  });

  it('leaves bytes alone', () => {
    const bytes = Uint8Array.of(1, 2);
    expect(wellFormedJson({ bytes, name: 'a\0' })).toEqual({ bytes, name: 'a\ufffd' });
  });
});

it('a cut leaves no half of a character', () => {
  expect(clip('ab😀', 3)).toBe('ab');
  expect(clip('ab😀', 4)).toBe('ab😀');
  expect(clip('ab', -1)).toBe('');
  expect(endsInHalf('ab\ud83d')).toBe(true);
  expect(endsInHalf('ab😀')).toBe(false);
});

describe('what a person sees', () => {
  it.each([
    ['nothing', ''],
    ['white space of any kind', ' \t\r\n\u00a0\u1680\u2007\u2028\u3000'],
    ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'],
    ['direction marks', '\u200e\u200f\u061c\u202a\u202e\u2066\u2069'],
    ['variation selectors without a character', '\ufe0f\ufe00\u{e0100}\u180b'],
    ['soft hyphens and joiners', '\u00ad\u034f\u2061'],
    ['Hangul fillers', '\u115f\u1160\u3164\uffa0'],
    ['Khmer inherent vowels', '\u17b4\u17b5'],
    ['blanks of Braille', '\u2800'],
    ['language tags', '\u{e0001}\u{e0065}\u{e006e}'],
    ['controls and halves of pairs', '\0\u0007\u001b\u009f\ud83d'],
    ['what stands for something missing', '\ufffd\ufffc'],
    ['no characters', '\uffff\u{1fffe}\ufdd0'],
  ])('is nothing in %s', (_, text) => {
    expect(isVisible(text)).toBe(false);
    expect(isVisible(`${text}a${text}`)).toBe(true);
  });

  it.each(['a', '0', '.', '؟', '۔', '。', '👍', '👩‍👩‍👧', '❤️', '🇪🇬', '1️⃣', 'می‌خواهم', '\u0600', '\u0301', '한', '\u2801', '\ue000', '𝒳'])(
    'is something in %s',
    (text) => {
      expect(isVisible(text)).toBe(true);
      expect(wellFormed(text)).toBe(text);
    },
  );
});
