import { expect, it } from 'vitest';
import { PdfPage } from '#assistants/documents/page.ts';

const page = () => new PdfPage({ title: 'A page', createdAt: 1_763_600_000_000, language: 'en', direction: 'ltr' });

it('measures a text in the size and the weight that are asked for, however often it was measured before', () => {
  const measured = page();
  const small = measured.measure('Revenue الإيرادات', { size: 10 });
  expect(measured.measure('Revenue الإيرادات', { size: 20 })).toBeCloseTo(2 * small, 6);
  expect(measured.measure('Revenue الإيرادات', { size: 10, weight: 700 })).toBeGreaterThan(small);
  expect(measured.measure('Revenue الإيرادات', { size: 10 })).toBe(small);
  expect(page().measure('Revenue الإيرادات', { size: 10 })).toBe(small);
});

it('measures more texts than it keeps, and each as a new page does', () => {
  const measured = page();
  const texts = Array.from({ length: 2_500 }, (_, n) => `number ${n}`);
  const widths = texts.map((text) => measured.measure(text));
  const other = page();
  for (const nth of [0, 1, 1_249, 2_499]) expect(measured.measure(texts[nth] ?? '')).toBe(widths[nth]);
  for (const nth of [0, 1, 1_249, 2_499]) expect(other.measure(texts[nth] ?? '')).toBe(widths[nth]);
});

it('leaves a paragraph that fits as one line, and breaks one that does not at its spaces', () => {
  const broken = page();
  const words = 'one  two three   four';
  expect(broken.wrap(words, 1_000)).toEqual([{ text: 'one two three four', direction: 'ltr' }]);
  const width = broken.measure('one two three');
  expect(broken.wrap(words, width).map(({ text }) => text)).toEqual(['one two three', 'four']);
  expect(broken.wrap(words, width - 1).map(({ text }) => text)).toEqual(['one two', 'three four']);
  expect(broken.wrap('', 100)).toEqual([{ text: '', direction: 'ltr' }]);
});
