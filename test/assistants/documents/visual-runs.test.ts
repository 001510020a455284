/**
 * Order in which pieces of a line are drawn. A capital letter means a right-to-left one in the
 * comments.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadFaces } from '#assistants/documents/fonts.ts';
import { cleaned, hasRightToLeft, isRightToLeft, visualRuns } from '#assistants/documents/visual-runs.ts';

const faces = loadFaces()[400];
const drawn = (text: string, direction: 'ltr' | 'rtl' = isRightToLeft(text) ? 'rtl' : 'ltr') =>
  visualRuns(text, faces, direction).map((run) => run.text);

describe('a line', () => {
  it('of Latin text is one piece', () => {
    expect(drawn('Free cash flow: 12 %')).toEqual(['Free cash flow: 12 %']);
  });

  it('of Arabic words is drawn last word first, each word whole so that its letters join', () => {
    expect(drawn('شركة قوية')).toEqual(['قوية', ' ', 'شركة']);
  });

  it('of both keeps each in its own order', () => {
    // abc AB CD (x)  →  abc DC BA (x)
    expect(drawn('abc شركة قوية (x)').join('|')).toBe('abc |قوية| |شركة| |(x)');
  });

  it('turns brackets around in Arabic, not in Latin', () => {
    expect(drawn('شركة (قوية)').join('')).toBe('(قوية) شركة');
    expect(drawn('شركة (USD)').join('')).toBe('(USD) شركة');
  });

  it('keeps numbers from left to right, of either kind of digits', () => {
    expect(drawn('نسبة 4.9 في').join('')).toBe('في 4.9 نسبة');
    expect(drawn('نسبة ٣٧٠ في').join('')).toBe('في ٣٧٠ نسبة');
    expect(drawn('۱۲۳').join('')).toBe('۱۲۳');
  });

  it.each([
    ['بنسبة -5.0% من', 'من -5.0% بنسبة'],
    ['بنسبة +2.5\u00A0% من', 'من +2.5\u00A0% بنسبة'],
    ['من 5%–7% في', 'في 5%–7% من'],
    ['في 2026-10-30 تبلغ', 'تبلغ 2026-10-30 في'],
    ['مضاعف 23.4× هنا', 'هنا 23.4× مضاعف'],
    ['من -1 إلى 1', '1 إلى -1 من'],
  ])('keeps the signs of a number where they are read: %s', (text, order) => {
    expect(drawn(text).join('')).toBe(order);
    // Marks that steer are not drawn, and not needed.
    expect(drawn(cleaned(text.replace(/[-+\d]/, '\u200E$&'))).join('')).toBe(order);
  });

  it('takes no hyphen of a word for a minus', () => {
    expect(drawn('كوفيد-19 هنا').join('')).toBe('هنا 19-كوفيد');
  });

  it('keeps accents on their letters', () => {
    expect(drawn('cafe\u0301 مُحَمَّد')).toEqual(['cafe\u0301 ', 'مُحَمَّد']);
  });

  it('has a mark for what no font has', () => {
    expect(drawn('a漢b').join('')).toBe('a\uFFFDb');
  });
});

it('takes the direction of a text from its first letter', () => {
  expect(isRightToLeft('123 شركة abc')).toBe(true);
  expect(isRightToLeft('abc شركة')).toBe(false);
  expect(isRightToLeft('')).toBe(false);
  expect(hasRightToLeft('abc شركة')).toBe(true);
  expect(hasRightToLeft('Apple 12 ٣')).toBe(false);
});

it('takes out what steers and what is no character', () => {
  expect(cleaned('a\u202Eb\u0000c\uD800d\ne')).toBe('a b c d\ne');
});

it('draws every character of any text once, in pieces of one font that has it', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const arabic = fc.string({ unit: fc.constantFrom('ش', 'ر', 'َ', ' ', '(', '٣', '۳', 'a', '4', '.', '\u200C'), maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(text, arabic), fc.constantFrom('ltr' as const, 'rtl' as const), (any, direction) => {
      const line = cleaned(any);
      const runs = visualRuns(line, faces, direction);
      expect(runs.map((run) => [...run.text].length).reduce((sum, length) => sum + length, 0)).toBe([...line].length);
      for (const { face, text } of runs) for (const character of text) expect(face.covers(character.codePointAt(0) ?? 0)).toBe(true);
    }),
  );
});
