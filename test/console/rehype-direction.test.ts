import type { Nodes } from 'hast';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import ReactMarkdown from 'react-markdown';
import { describe, expect, it } from 'vitest';
import { directionOf } from '../../console/text/direction.ts';
import { rehypeDirection } from '../../console/text/rehype-direction.ts';
import { remarkGfmLinks } from '../../console/text/remark-links.ts';

/** The HTML of an answer, on one line. */
function html(markdown: string): string {
  const direction = directionOf(markdown);
  const page = createElement(
    ReactMarkdown,
    { remarkPlugins: [remarkGfmLinks], rehypePlugins: [[rehypeDirection, { direction }]] },
    markdown,
  );
  return renderToStaticMarkup(createElement('div', { dir: direction }, page)).replaceAll('\n', '');
}

describe('the direction of a text', () => {
  it.each([
    ['/help – كل ما أستطيع', 'rtl'],
    ['Apple (AAPL) شركة كبيرة جدًا', 'rtl'],
    ['AAPL: شراء', 'rtl'],
    ['`npm install` ثبّت', 'rtl'],
    ['https://example.com/a/b مقال', 'rtl'],
    ['```js\nconst one = two;\n```\nهذا هو', 'rtl'],
    ['The Arabic word كتاب means book', 'ltr'],
    ['/help shows everything', 'ltr'],
    ['/start', 'ltr'],
    ['EBITDA', 'ltr'],
    ['שלום world and more', 'ltr'],
    ['123 …', undefined],
  ])('%j is %s', (text, direction) => expect(directionOf(text)).toBe(direction));
});

describe('an answer in Arabic', () => {
  it('sets a list from right to left whose items begin with commands or Latin words, and keeps the slash in its place', () => {
    expect(html('هذه هي الأوامر:\n\n- /analyze AAPL – تحليل كامل\n- Apple شركة\n- `/stop` يوقفه')).toBe(
      '<div dir="rtl"><p dir="rtl">هذه هي الأوامر:</p><ul dir="rtl"><li><bdi dir="ltr">/analyze AAPL</bdi> – تحليل كامل</li><li>Apple شركة</li><li><code>/stop</code> يوقفه</li></ul></div>',
    );
  });

  it('sets a list of names from right to left, each name in its own direction', () => {
    expect(html('الشركات النظيرة هي:\n\n1. Apple Inc.\n2. Microsoft Corporation')).toContain(
      '<ol><li><bdi dir="ltr">Apple Inc.</bdi></li><li><bdi dir="ltr">Microsoft Corporation</bdi></li></ol>',
    );
  });

  it('sets tables and headings the same way, with signs before their numbers', () => {
    const shown = html('## Apple Inc.\n\nتغير السعر بنسبة -3.2% منذ أمس.\n\n| Name | النمو |\n| - | - |\n| Apple Inc. | -5% |');
    expect(shown).toContain('<h2><bdi dir="ltr">Apple Inc.</bdi></h2>');
    expect(shown).toContain('<p dir="rtl">تغير السعر بنسبة <bdi dir="ltr">-3.2%</bdi> منذ أمس.</p>');
    expect(shown).toContain('<table dir="rtl">');
    expect(shown).toContain('<td><bdi dir="ltr">Apple Inc.</bdi></td><td><bdi dir="ltr">-5%</bdi></td>');
  });

  it('leaves a sentence in English from left to right, and code as it is', () => {
    const shown = html('قال ما يلي عن الأمر:\n\n> We will ship it soon, he said.\n\n```sh\n/bin/ls -1\n```');
    expect(shown).toContain('<blockquote dir="ltr"><p dir="ltr">We will ship it soon, he said.</p></blockquote>');
    expect(shown).toContain('<code class="language-sh">/bin/ls -1</code>');
  });

  it('keeps a command with what it is about together, and a date in its order', () => {
    expect(html('أرسل /analyze portfolio AAPL 40, MSFT 60. ثم /dcf BRK.B، بتاريخ 2026-10-30.')).toBe(
      '<div dir="rtl"><p dir="rtl">أرسل <bdi dir="ltr">/analyze portfolio AAPL 40, MSFT 60</bdi>. ثم <bdi dir="ltr">/dcf BRK.B</bdi>، بتاريخ <bdi dir="ltr">2026-10-30</bdi>.</p></div>',
    );
  });

  it('takes no word with a slash or a hyphen for a command or a number', () => {
    expect(html('النسبة 3/4 و كوفيد-19 في و/أو')).toBe('<div dir="rtl"><p dir="rtl">النسبة 3/4 و كوفيد-19 في و/أو</p></div>');
  });
});

it('an answer in English isolates nothing, and sets an Arabic quotation from right to left', () => {
  expect(html('He said this on /help, in a chat of ours:\n\n> أهلًا وسهلًا بكم\n\n- one -1%')).toBe(
    '<div dir="ltr"><p dir="ltr">He said this on /help, in a chat of ours:</p><blockquote dir="rtl"><p dir="rtl">أهلًا وسهلًا بكم</p></blockquote><ul dir="ltr"><li>one -1%</li></ul></div>',
  );
});

it('changes no text', () => {
  const markdown = 'مرحبا /help -1% Apple\n\n- a\n- ب';
  const text = (node: Nodes): string => ('value' in node ? node.value : 'children' in node ? node.children.map(text).join('') : '');
  const tree = {
    type: 'root' as const,
    children: [{ type: 'element' as const, tagName: 'p', properties: {}, children: [{ type: 'text' as const, value: markdown }] }],
  };
  rehypeDirection({ direction: 'rtl' })(tree);
  expect(text(tree)).toBe(markdown);
});
