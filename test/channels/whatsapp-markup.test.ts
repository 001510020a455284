import { describe, expect, test } from 'vitest';
import { richTextOf } from '#channels/markdown.ts';
import { withNumbers } from '#channels/numbered-choices.ts';
import type { Button } from '#channels/port.ts';
import { markedParts } from '#channels/whatsapp-markup.ts';

const whatsAppParts = (markdown: string, buttons: readonly Button[], max: number) =>
  markedParts(withNumbers(richTextOf(markdown), buttons), max);
const one = (markdown: string) => whatsAppParts(markdown, [], 4_096);

describe('marks', () => {
  test.each([
    ['**bold** _it_ ~~no~~ `code`', '*bold* _it_ ~no~ `code`'],
    ['# A heading\n\ntext', '*A heading*\n\ntext'],
    ['> said\n> twice', '> said\n> twice'],
    ['```js\nlet a = 1;\n```', '```\nlet a = 1;\n```'],
    ['- one\n- two', '• one\n• two'],
    ['**Where** هنا', '*Where* هنا'],
    ['[Map](https://example.com/m)', 'Map (https://example.com/m)'],
    // An address stands for itself.
    ['https://example.com/m', 'https://example.com/m'],
    ['www.example.com', 'www.example.com'],
    ['mona@example.com', 'mona@example.com'],
    ['[write](mailto:mona@example.com)', 'write (mona@example.com)'],
    // WhatsApp marks whole words only, within a line.
    ['un**believ**able', 'unbelievable'],
    ['**two\nlines**', 'two\nlines'],
    ['2 * 3 * 4', '2 * 3 * 4'],
  ])('%j reads %j', (markdown, text) => {
    expect(one(markdown)).toEqual([text]);
  });

  test('nothing visible is no part', () => {
    expect(one(' \n ')).toEqual([]);
    expect(one('\u200b')).toEqual([]);
  });

  test('a part that is cut closes its marks and is never too long', () => {
    const parts = whatsAppParts(`**${'word '.repeat(100).trim()}** and ~~${'more '.repeat(100).trim()}~~`, [], 200);
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(200);
      expect((part.match(/[*]/g) ?? []).length % 2).toBe(0);
      expect((part.match(/~/g) ?? []).length % 2).toBe(0);
    }
    expect(parts.join(' ').replaceAll(/[*~]/g, '').split(/\s+/)).toHaveLength(201);
  });

  test('many marks give way to the text', () => {
    const text = Array.from({ length: 100 }, () => '**x**').join(' ');
    const parts = whatsAppParts(text, [], 300);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(300);
    expect(parts.join(' ').replaceAll('*', '').split(' ')).toHaveLength(100);
  });

  test('buttons are a list to write the number of, also without a text', () => {
    const buttons = [
      { id: 'a', label: 'Cairo' },
      { id: 'b', label: 'القاهرة' },
    ];
    expect(whatsAppParts('Where?', buttons, 4_096)).toEqual(['Where?\n\n1. Cairo\n2. القاهرة']);
    expect(whatsAppParts('', buttons, 4_096)).toEqual(['1. Cairo\n2. القاهرة']);
  });
});
