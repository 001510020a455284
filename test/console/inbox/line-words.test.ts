import { describe, expect, test } from 'vitest';
import { arabicLine } from '#console/inbox/line-words-arabic.ts';
import { englishLine } from '#console/inbox/line-words-english.ts';
import type { LineRow } from '#console/inbox/rows.ts';
import { NEEDS } from '#machines/session/needs.ts';

const words = { time: String, label: String, value: (_: string, value: unknown) => String(value) };
const needs = (reason: string): LineRow => ({ kind: 'line', key: '1', at: 0, line: 'needs', reason });

describe('why a person is needed', () => {
  test.each([...Object.values(NEEDS), 'the customer asked for a person'])('%s', (reason) => {
    expect(arabicLine(needs(reason), words)).toMatch(/^مطلوب شخص: [\p{Script=Arabic}\p{Mn} ]+$/u);
    expect(englishLine(needs(reason), words)).toMatch(/^A person is needed: \u2068?(?:the|a) [^_]+$/);
  });

  test.each(['the customer is furious', 'toString', ''])("an assistant's own reason stays as it is: %j", (reason) => {
    expect(arabicLine(needs(reason), words)).toBe(`مطلوب شخص: \u2068${reason}\u2069`);
    expect(englishLine(needs(reason), words)).toBe(`A person is needed: \u2068${reason}\u2069`);
  });
});
