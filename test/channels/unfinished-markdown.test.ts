/**
 * At every moment of a partial text, the shown part has no raw marks and loses no complete word
 * (C8).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { richTextOf } from '#channels/markdown.ts';
import { showable } from '#channels/unfinished-markdown.ts';

const shown = (text: string): string => richTextOf(showable(text)).text;

const TEXT = `## Executive summary

**Apple Inc. (AAPL)** · Type: *equity* · \`code\`

- **At** USD 118 * 2 the value
- snake_case_name 2*3*4 [link](https://x.example/z) end
1. one

| a | b |
|---|---|
| 1 | **2** |
| 3 | 4 |

> quote **bold**

\`\`\`js
let a = "**";
\`\`\`

- **Capitalisation** x ~~gone~~ __strong__ _it_

---
Done ***both*** ok.`;

describe('a text that is being written', () => {
  it('shows no raw mark at any moment', () => {
    const raw = Array.from(TEXT, (_, i) => TEXT.slice(0, i + 1))
      .map((text) => shown(text).replace(/let a = .*/, ''))
      .filter((text) => /\*\*|~~|__|^#|^\||^```|\]\(|^•\s*$/m.test(text));
    expect(raw).toEqual([]);
  });

  it('is itself once it is written', () => {
    expect(showable(TEXT)).toBe(TEXT);
  });

  it.each([
    ['the marks of a heading', 'Text\n\n##', 'Text'],
    ['an item without words', 'Text\n\n- one\n-', 'Text\n\n- one'],
    ['bold that has only begun', 'Some **bo', 'Some **bo**'],
    ['bold in italics', 'Some *it **bo', 'Some *it **bo***'],
    ['half a mark', 'Some **bold*', 'Some **bold**'],
    ['code', 'Call `fetch', 'Call `fetch`'],
    ['marks in code', 'Call `a ** b', 'Call `a ** b`'],
    ['a link', 'See [the docs](https://exa', 'See the docs'],
    ['a table that does not say so yet', 'Text\n\n| a | b |\n', 'Text'],
    ['half a row', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3', '| a | b |\n|---|---|\n| 1 | 2 |'],
    ['a block of code', 'Text\n\n```js\nlet **a', 'Text\n\n```js\nlet **a'],
    ['times and names', '2 * 3 and snake_case', '2 * 3 and snake_case'],
    ['an older mistake', 'An ** alone\n\nNext', 'An ** alone\n\nNext'],
    ['nothing to show yet', '**', ''],
  ])('%s', (_name, text, expected) => {
    expect(showable(text)).toBe(expected);
  });

  it('is never an exception, and never more than was written and its closing marks', () => {
    const pieces = fc.array(
      fc.constantFrom('*', '**', '_', '`', '```', '~~', '[', '](', ')', '|', '\n', '\n\n', '# ', '- ', '> ', 'word', ' ', 'م', '👩‍👩'),
    );
    fc.assert(
      fc.property(pieces, (many) => {
        const text = many.join('');
        const words = (of: string) => of.match(/word/g)?.length ?? 0;
        expect(words(shown(text))).toBeLessThanOrEqual(words(text));
        expect(showable(text).length).toBeLessThanOrEqual(text.length * 2);
      }),
    );
  });
});
