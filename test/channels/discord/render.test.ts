/** Markdown of an answer as Discord's (SPEC C8). */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_TEXT, render } from '#channels/discord/render.ts';
import { showable } from '#channels/unfinished-markdown.ts';
import { contentOf } from '#machines/file-content.ts';
import { isVisible } from '#machines/text.ts';
import { plainText } from '#test/fakes/discord-markup.ts';

const contents = (markdown: string): string[] => render(markdown).map(({ content }) => content);

describe('render', () => {
  it.each([
    ['**bold** and *soft* and ~~gone~~', '**bold** and *soft* and ~~gone~~'],
    ['# Title\n\ntext', '**Title**\n\ntext'],
    ['a_b_c 2 * 3 * 4 ~~~', 'a\\_b\\_c 2 \\* 3 \\* 4 \\~\\~\\~'],
    ['`code` and ``a`b``', '`code` and `` a`b ``'],
    ['```ts\nconst a = 1;\n```', '```ts\nconst a = 1;\n```'],
    ['> quoted\n> twice', '> quoted\n> twice'],
    ['[site](https://example.com/a_b)', '[site](https://example.com/a_b)'],
    ['see https://example.com/a_b_c now', 'see https://example.com/a_b_c now'],
    ['||secret|| <@123> <#4> @everyone', '\\|\\|secret\\|\\| \\<@123> \\<#4> @everyone'],
    ['\\# no title\n\n\\> no quote', '\\# no title\n\n\\> no quote'],
    ['- one\n- two', '• one\n• two'],
    ['السعر **٣ مليون** جنيه', 'السعر **٣ مليون** جنيه'],
  ])('writes %j', (markdown, content) => {
    expect(contents(markdown)).toEqual([content]);
  });

  it('closes code where a message ends, and opens it again in the next', () => {
    const code = Array.from({ length: 200 }, (_, i) => `const value${i} = compute(${i});`).join('\n');
    const parts = contents(`Before:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nAfter`);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_MESSAGE_TEXT);
    for (const part of parts.filter((one) => one.includes('const'))) expect(part).toMatch(/```ts\n[\s\S]*\n```/);
    expect(parts.map(plainText).join('\n').replaceAll(/\s+/g, ' ')).toBe(`Before: ${code} After`.replaceAll(/\s+/g, ' '));
  });

  it('closes bold where a message ends, and opens it again in the next', () => {
    const parts = contents(`**${'word '.repeat(900)}end**`);
    for (const part of parts) expect(part).toMatch(/^\*\*[\s\S]*\*\*$/);
  });

  it('cuts shorter where markup takes the room', () => {
    const parts = contents('*a*b_ '.repeat(400));
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_MESSAGE_TEXT);
    expect(parts.map(plainText).join(' ')).toBe('ab_ '.repeat(400).trim());
  });

  it('has buttons in rows of five, and a list where Discord takes no such buttons', () => {
    const buttons = Array.from({ length: 7 }, (_, i) => ({ id: `say ${i}`, label: `Choice ${i}` }));
    expect(render('Which?', { buttons }).map(({ rows }) => rows.map(({ components }) => components.length))).toEqual([[5, 2]]);
    const long = [{ id: `say ${'x'.repeat(100)}`, label: 'Long' }];
    expect(render('Which?', { buttons: long })).toMatchObject([{ content: 'Which?\n\n1. Long', rows: [] }]);
    const many = Array.from({ length: 26 }, (_, i) => ({ id: `say ${i}`, label: `${i}` }));
    expect(render('Which?', { buttons: many })[0]?.rows).toEqual([]);
  });

  it('puts a file below the last part, and a name that no header breaks', () => {
    const file = { name: 'a\\b/c\u0001.pdf', mimeType: 'application/pdf', ...contentOf(Uint8Array.of(1)) };
    expect(render('', { file })).toMatchObject([{ content: '', file: { name: 'a_b_c_.pdf' } }]);
    expect(render('here', { file, mention: '6' })).toMatchObject([{ content: '<@6> here', file: {} }]);
  });

  it('takes anything, of any length and at any point of a stream, within the limit and without a loss', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '**',
        '*',
        '_',
        '`',
        '```\n',
        '> ',
        '# ',
        '[a](https://b.c)',
        '\n\n',
        '| a | b |\n|---|---|\n',
        '👨‍👩‍👧',
        'word '.repeat(200),
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        for (const markdown of [text, showable(text)]) {
          const parts = render(markdown);
          for (const { content } of parts) {
            expect(content.length).toBeLessThanOrEqual(MAX_MESSAGE_TEXT);
            expect(isVisible(content)).toBe(true);
            expect(content.isWellFormed()).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
