import { describe, expect, it } from 'vitest';
import { clipToTokens, estimateTokens } from '#machines/tokens.ts';

describe('estimateTokens', () => {
  // Values of version 0.1.0. Sessions keep estimates with their messages, so the same text must
  // keep its estimate.
  it.each([
    ['Is flat 7 still free on Sunday?\n- {"a": [1, 2.5]}', 16],
    ['Straße, naïve, Ñandú', 8],
    ['مرحبا، هل الشقة ٧ متاحة؟', 17],
    ['שלום, האם הדירה פנויה?', 17],
    ['你好，请问ひらがなカタカナ한국어', 18],
    ['Привет, квартира свободна?', 14],
    ['👍🏽 👩‍👩‍👧 🏳️‍🌈 ☎️', 24],
    ['a\ud800b\udc00c', 2],
    ['𝒳𐍈', 2],
  ])('%j', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  it('counts a character the same wherever it stands', () => {
    const characters = [...'aZ 9,é٧م你П👍\ud800'];
    for (const one of characters) {
      const alone = estimateTokens(one.repeat(1_000));
      for (const other of characters) {
        const both = estimateTokens(`${one}${other}`.repeat(1_000));
        expect(Math.abs(both - alone - estimateTokens(other.repeat(1_000)))).toBeLessThanOrEqual(2);
      }
    }
  });
});

describe('clipToTokens', () => {
  it('cuts between words, and never within a character', () => {
    expect(clipToTokens('one two three four five', 4)).toBe('one two three…');
    expect(clipToTokens('👍👍👍👍', 6)).toBe('👍👍…');
    expect(clipToTokens('short', 2)).toBe('short');
    expect(clipToTokens('nothing fits', 0)).toBe('');
  });
});
