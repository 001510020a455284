/** The order in which pieces of a line are drawn. A capital letter stands for a right-to-left one in the comments. */
import { describe, expect, it } from 'vitest';
import { loadFaces } from '#src/assistants/stock-analyst/report/fonts.ts';
import { cleaned, isRightToLeft, visualRuns } from '#src/assistants/stock-analyst/report/visual-runs.ts';

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
});

it('takes out what steers and what is no character', () => {
  expect(cleaned('a\u202Eb\u0000c\uD800d\ne')).toBe('a b c d\ne');
});
