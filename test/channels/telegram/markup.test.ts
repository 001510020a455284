import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { richTextOf } from '#channels/markdown.ts';
import { splitRichText } from '#channels/rich-text.ts';
import { MAX_MESSAGE_TEXT, render } from '#channels/telegram/render.ts';
import { isVisible } from '#machines/text.ts';
import { checked } from '#test/fakes/bot-api-chats.ts';

const bare = (text: string): string => text.replace(/\s+/g, '');
const first = (markdown: string) => {
  const [part] = render(markdown);
  if (!part) throw new Error('nothing was rendered');
  return {
    text: part.text,
    spans: part.entities.map((entity) => [entity.type, part.text.slice(entity.offset, entity.offset + entity.length)]),
  };
};

describe('CommonMark for Telegram', () => {
  it('writes each construct as Telegram has it', () => {
    expect(first('# Title\n\nHello **bold *both*** &amp; ~~gone~~ `x<y`')).toEqual({
      text: 'Title\n\nHello bold both & gone x<y',
      spans: [
        ['bold', 'Title'],
        ['bold', 'bold both'],
        ['italic', 'both'],
        ['strikethrough', 'gone'],
        ['code', 'x<y'],
      ],
    });
    expect(first('- a\n- **b**\n  1. c\n  2. d\n\n[link](https://example.com/?a=1&b=2)')).toEqual({
      text: '• a\n• b\n   1. c\n   2. d\n\nlink',
      spans: [
        ['bold', 'b'],
        ['text_link', 'link'],
      ],
    });
    expect(first('> said *she*\n\n```ts\n  const a = 1 < 2;\n```')).toEqual({
      text: 'said she\n\n  const a = 1 < 2;',
      spans: [
        ['blockquote', 'said she'],
        ['italic', 'she'],
        ['pre', '  const a = 1 < 2;'],
      ],
    });
    expect(first('| a | long |\n|---|---|\n| 1 | **2** |').text).toBe('a | long\n--+-----\n1 | 2');
    expect(first('- [x] done\n- [ ] open').text).toBe('☑ done\n☐ open');
  });

  it('has no bold or linked code, which Telegram refuses, and keeps the rest bold', () => {
    expect(first('**a `b` c**').spans).toEqual([
      ['bold', 'a '],
      ['code', 'b'],
      ['bold', ' c'],
    ]);
  });

  it('shows what is no markup as it was written', () => {
    for (const text of ['a_b_c * 2 <b>', '**not closed', 'x < y && y > z', '[no](', '\\*literal\\*', '```\n', '&bogus; &#0;']) {
      expect(render(text).length).toBeLessThanOrEqual(1);
      for (const { text: shown, entities } of render(text)) expect(() => checked(shown, entities)).not.toThrow();
    }
    expect(first('a_b_c * 2 <b>').text).toBe('a_b_c * 2 <b>');
    expect(first('[bad](javascript:alert)').spans).toEqual([]);
  });

  it('reads the deeply nested without exhausting anything', () => {
    for (const piece of ['>', '> ', '- ', '* ', '[', '**', '_a', '`', '1. ', '![']) {
      for (const { text, entities } of render(piece.repeat(Math.floor(16_000 / piece.length)))) checked(text, entities);
    }
  });

  it('shows what would take the reader seconds as it was written, whole, and reads what people write', () => {
    for (const piece of ['_a', '***a', '*a', '1. - ', '- a\n', 'a@b. ', 'x*']) {
      const hostile = piece.repeat(Math.floor(32_768 / piece.length));
      expect(richTextOf(hostile)).toEqual({ text: hostile, spans: [] });
    }
    const long = richTextOf('Some **bold words** and *others*, in a list:\n\n- one\n- two\n\n'.repeat(150));
    expect(long.spans).toHaveLength(300);
  });

  it('closes a code block at a cut and opens it again', () => {
    const lines = Array.from({ length: 400 }, (_, i) => `  const value${i} = ${i};`).join('\n');
    const parts = render(`Look:\n\n\`\`\`ts\n${lines}\n\`\`\`\n\nThat is all.`);
    expect(parts.length).toBeGreaterThan(2);
    const code = parts.filter(({ entities }) => entities.some(({ type }) => type === 'pre'));
    expect(code.length).toBeGreaterThan(2);
    for (const { text, entities } of code) {
      expect(entities[0]).toMatchObject({ type: 'pre', language: 'ts' });
      // Whole lines, their indentation kept.
      expect(text.slice(entities[0]?.offset)).toMatch(/^ {2}const value\d+ = \d+;/);
    }
  });

  it('cuts between paragraphs, then sentences, then words', () => {
    const paragraph = `${'word '.repeat(500).trim()}.`;
    expect(render(`${paragraph}\n\n${paragraph}`).map(({ text }) => text)).toEqual([paragraph, paragraph]);
    const sentences = 'This is a sentence. '.repeat(300).trim();
    for (const { text } of render(sentences)) expect(text.endsWith('sentence.')).toBe(true);
  });

  it('makes numbered lists of buttons that Telegram cannot carry', () => {
    const buttons = [
      { id: 'x'.repeat(65), label: 'One' },
      { id: 'y', label: 'Two' },
    ];
    const [part] = render('Which?', { buttons });
    expect(part).toMatchObject({ text: 'Which?\n\n1. One\n2. Two' });
    expect(part?.keyboard).toBeUndefined();
    expect(render('Which?', { buttons: [{ id: 'analyze AAPL', label: 'Apple' }] })[0]?.keyboard).toEqual({
      inline_keyboard: [[{ text: 'Apple', callback_data: 'analyze AAPL' }]],
    });
  });

  const word = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      '👩‍👩‍👧',
      '🇪🇬',
      'é',
      'مرحبا',
      '**',
      '*',
      '_',
      '`',
      '```',
      '[a](https://b.c)',
      '\n',
      '\n\n',
      '\n```js\n',
      '\n> ',
      '\n- ',
      '\n1. ',
      '# ',
      '| a | b |\n|--|--|\n| c | d |\n',
      '<b>',
      '&amp;',
      '\\',
      '    ',
    ),
  );
  const markdown = fc.array(word, { maxLength: 60 }).map((words) => words.join(' '));

  it('cuts anything into parts that Telegram takes, and loses nothing but white space', () => {
    fc.assert(
      fc.property(markdown, fc.integer({ min: 8, max: 80 }), (source, max) => {
        const rich = richTextOf(source.toWellFormed());
        const parts = splitRichText(rich, max);
        for (const { text, spans } of parts) {
          expect(text.length).toBeLessThanOrEqual(max);
          expect(text.isWellFormed()).toBe(true);
          for (const { from, to } of spans) expect(0 <= from && from < to && to <= text.length).toBe(true);
        }
        expect(bare(parts.map(({ text }) => text).join(''))).toBe(bare(rich.text));
      }),
      { numRuns: 500 },
    );
  });

  it('renders anything, of any length and at any point of a stream, into messages that Telegram takes', () => {
    fc.assert(
      fc.property(markdown, fc.integer({ min: 1, max: 40 }), fc.nat(), (source, times, end) => {
        const long = `${source} `.repeat(times);
        for (const text of [long, long.slice(0, end % (long.length + 1))]) {
          const parts = render(text);
          for (const part of parts) {
            expect(part.text.length).toBeLessThanOrEqual(MAX_MESSAGE_TEXT);
            expect(() => checked(part.text, part.entities)).not.toThrow();
          }
          const shown = bare(richTextOf(text.toWellFormed()).text);
          expect(bare(parts.map((part) => part.text).join(''))).toBe(isVisible(shown) ? shown : '');
          expect(render(text)).toEqual(parts);
        }
      }),
      { numRuns: 200 },
    );
  });
});
