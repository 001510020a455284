/** Links in an answer, as the chat page and as Telegram show them. */
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it, vi } from 'vitest';
import { richTextOf } from '#channels/markdown.ts';
import { remarkGfmLinks } from '../console/text/remark-links.ts';

interface Node {
  readonly type: string;
  readonly url?: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

function nodes(node: Node): Node[] {
  return [node, ...(node.children ?? []).flatMap(nodes)];
}

const textOf = (node: Node): string =>
  nodes(node)
    .map(({ value = '' }) => value)
    .join('');

/** Text and address of each link. */
const surfaces: Readonly<Record<string, (markdown: string) => (readonly [string, string])[]>> = {
  'the chat page': (markdown) => {
    const tree: Node = unified().use(remarkParse).use(remarkGfmLinks).parse(markdown);
    return nodes(tree).flatMap((node) => (node.type === 'link' ? [[textOf(node), node.url ?? ''] as const] : []));
  },
  Telegram: (markdown) => {
    const { text, spans } = richTextOf(markdown);
    return spans.flatMap(({ from, to, style }) => (style.type === 'link' ? [[text.slice(from, to), style.url] as const] : []));
  },
};

it.each(['،www.', '(www.', '،www.a', '(www.a/x)', '(https://', '،http://a.b/c،', 'w'])(
  'a word of many %s takes steps in proportion to its length',
  (part) => {
    const steps = (count: number): number => {
      const read = vi.spyOn(String, 'fromCharCode');
      surfaces['the chat page']?.(part.repeat(count));
      const { length } = read.mock.calls;
      read.mockRestore();
      return length;
    };
    expect(steps(400)).toBeLessThan(steps(200) * 2.2);
  },
);

it('each link of a word without spaces is one', () => {
  for (const show of Object.values(surfaces))
    expect(show('(www.a.de/x)(https://b.de)،www.c.de').map(([text]) => text)).toEqual(['www.a.de/x', 'https://b.de', 'www.c.de']);
});

it('a link without markup is one in a table of the chat page too', () => {
  expect(surfaces['the chat page']?.('| a |\n| - |\n| “https://example.com/a” |')).toEqual([
    ['https://example.com/a', 'https://example.com/a'],
  ]);
});

describe.each(Object.entries(surfaces))('a link without markup, on %s,', (_, links) => {
  it.each([
    ['“https://example.com”', 'https://example.com'],
    ['انظر «https://example.com/a»، ثم', 'https://example.com/a'],
    ['هل رأيت https://example.com/a؟', 'https://example.com/a'],
    ['请看https://example.com/a。谢谢', 'https://example.com/a'],
    ['「https://example.jp」を', 'https://example.jp'],
    ['(see https://en.wikipedia.org/wiki/Actor_(model)).', 'https://en.wikipedia.org/wiki/Actor_(model)'],
    ['[see https://example.com/a]', 'https://example.com/a'],
    ['**https://example.com/a**, he said', 'https://example.com/a'],
    ['https://example.com/_foo_/bar.', 'https://example.com/_foo_/bar'],
    ['https://example.com/a，**strong**', 'https://example.com/a'],
    ['- https://example.com/a\n- b', 'https://example.com/a'],
    ['<https://example.com/a>', 'https://example.com/a'],
  ])('ends where the address does: %s', (markdown, url) => {
    expect(links(markdown)).toEqual([[url, url]]);
  });

  it('may begin with www, may be an address of mail, and is one of several', () => {
    expect(links('“www.example.com” أو a@example.com، https://a.example/b؛')).toEqual([
      ['www.example.com', 'http://www.example.com'],
      ['a@example.com', 'mailto:a@example.com'],
      ['https://a.example/b', 'https://a.example/b'],
    ]);
  });

  it('is none in code, in the text of a link, and where a name stands before the host', () => {
    expect(links('`https://example.com`')).toEqual([]);
    expect(links('[at https://example.com](https://other.example)')).toEqual([['at https://example.com', 'https://other.example']]);
    expect(links('https://bank.example@evil.example').filter(([, url]) => /^http/.test(url))).toEqual([]);
    expect(links('https://')).toEqual([]);
  });
});
