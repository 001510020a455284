/**
 * Parser from CommonMark (with GitHub's tables, strike-through and task lists) to rich text. It
 * never throws, because a model may stop in the middle of any construct. Text that is no valid
 * markup is shown as it was written.
 */
import { Lexer, type MarkedToken, type Token, Tokenizer, type Tokens } from 'marked';
import { linkLength } from '#machines/links.ts';
import type { RichText, Span, Style } from './rich-text.ts';

/**
 * Most delimiters that may open or close a span. The parser's time grows with the square of their
 * number. 2,000 take less than 0.1 s.
 */
const MARKS = /[*_~`[\]<>|@]/g;
const MAX_MARKS = 2_000;
const LIST_ITEMS = /^[ \t]*(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)/gm;
const MAX_LIST_ITEMS = 1_000;
/** Nesting costs the reader stack, and time for each level. */
const NESTED = /(?:(?:[>*+-]|\d{1,9}[.)])[ \t]*){40}/;
const NESTED_AT_BEGINNING = /^[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]*){40}/m;

/**
 * No person and no model writes like this. Such text is shown as it is, rather than keep all others
 * waiting.
 */
function isHostile(source: string): boolean {
  const count = (pattern: RegExp): number => source.match(pattern)?.length ?? 0;
  if (count(MARKS) > MAX_MARKS || count(LIST_ITEMS) > MAX_LIST_ITEMS) return true;
  return NESTED.test(source) && NESTED_AT_BEGINNING.test(source);
}

export function richTextOf(markdown: string): RichText {
  const source = markdown.replaceAll('\r\n', '\n');
  if (isHostile(source)) return { text: source, spans: [] };
  try {
    const writer = new Writer();
    writer.blocks(Lexer.lex(source, { gfm: true, breaks: false, tokenizer: new LinkTokenizer() }));
    const rich = writer.finish();
    return rich.text === '' ? { text: source.trim(), spans: [] } : rich;
  } catch {
    return { text: source, spans: [] };
  }
}

/** Decides where a link without markup begins and ends. Addresses of mail are the parser's own. */
class LinkTokenizer extends Tokenizer {
  override url(source: string): Tokens.Link | undefined {
    const raw = source.slice(0, linkLength(source));
    if (raw !== '') {
      const href = /^www\./i.test(raw) ? `http://${raw}` : raw;
      return { type: 'link', raw, href, text: raw, tokens: [{ type: 'text', raw, text: raw }] };
    }
    const found = super.url(source);
    return found?.href.startsWith('mailto:') ? found : undefined;
  }

  /** Ends a text before each `www.`, where the parser then searches for a link. */
  override inlineText(source: string): Tokens.Text | undefined {
    const found = super.inlineText(source);
    const link = /(?<=[^a-z0-9@./:_-])www\./i.exec(found?.raw ?? '');
    return found === undefined || link === null ? found : super.inlineText(found.raw.slice(0, link.index));
  }
}

class Writer {
  private text = '';
  private readonly spans: Span[] = [];

  finish(): RichText {
    const text = this.text.trimEnd();
    // Inner spans were written before the outer one. Of two over the same text, the outer comes
    // first.
    const spans = this.spans
      .toReversed()
      .map((span) => ({ ...span, to: Math.min(span.to, text.length) }))
      .filter((span) => span.from < span.to)
      .toSorted((a, b) => a.from - b.from || b.to - a.to);
    return { text, spans: withoutInner(spans) };
  }

  blocks(tokens: readonly Token[], gap = '\n\n'): void {
    let first = true;
    for (const token of tokens) {
      const before = this.text.length;
      if (token.type === 'space' || token.type === 'def') continue;
      if (!first) this.text += gap;
      const start = this.text.length;
      this.block(token as MarkedToken);
      if (this.text.length === start) this.text = this.text.slice(0, before);
      else first = false;
    }
  }

  private block(token: MarkedToken): void {
    switch (token.type) {
      case 'heading':
        this.styled({ type: 'bold' }, () => this.inline(token.tokens));
        break;
      case 'paragraph':
        this.inline(token.tokens);
        break;
      case 'text':
        if (token.tokens) this.inline(token.tokens);
        else this.plain(token.text);
        break;
      case 'code': {
        const language = /^[\w+#.-]{1,40}/.exec(token.lang ?? '')?.[0];
        this.styled({ type: 'pre', ...(language === undefined ? {} : { language }) }, () => this.write(token.text.replace(/\s+$/, '')));
        break;
      }
      case 'blockquote':
        this.styled({ type: 'quote' }, () => this.blocks(token.tokens));
        break;
      case 'list':
        this.list(token);
        break;
      case 'table':
        this.styled({ type: 'pre' }, () => this.write(table(token)));
        break;
      case 'hr':
        this.write('———');
        break;
      case 'html':
        this.write(token.raw.trimEnd());
        break;
      default:
        this.write(token.raw);
        break;
    }
  }

  private list(list: Tokens.List): void {
    const start = list.start === '' ? 1 : list.start;
    list.items.forEach((item, i) => {
      if (i > 0) this.text += list.loose ? '\n\n' : '\n';
      const box = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
      this.write(box !== '' ? box : list.ordered ? `${start + i}. ` : '• ');
      const from = this.text.length;
      this.blocks(
        item.tokens.filter((token) => token.type !== 'checkbox'),
        '\n',
      );
      this.indent(from);
    });
  }

  /**
   * Indents the lines after the first of an item, together with the spans over them. Code blocks
   * are indented too, so they stay in their item.
   */
  private indent(from: number): void {
    const tail = this.text.slice(from);
    if (!tail.includes('\n')) return;
    const moved = (offset: number): number => offset + 3 * (this.text.slice(from, offset).split('\n').length - 1);
    for (const [i, span] of this.spans.entries()) {
      if (span.from < from) continue;
      this.spans[i] = { ...span, from: moved(span.from), to: moved(span.to) };
    }
    this.text = this.text.slice(0, from) + tail.replaceAll('\n', '\n   ');
  }

  private inline(tokens: readonly Token[]): void {
    for (const token of tokens) this.phrase(token as MarkedToken);
  }

  private phrase(token: MarkedToken): void {
    switch (token.type) {
      case 'strong':
        this.styled({ type: 'bold' }, () => this.inline(token.tokens));
        break;
      case 'em':
        this.styled({ type: 'italic' }, () => this.inline(token.tokens));
        break;
      case 'del':
        this.styled({ type: 'strike' }, () => this.inline(token.tokens));
        break;
      case 'codespan':
        this.styled({ type: 'code' }, () => this.write(token.text));
        break;
      case 'br':
        this.write('\n');
        break;
      case 'link':
        this.link(token.href, () => this.inline(token.tokens));
        break;
      case 'image':
        this.link(token.href, () => this.plain(token.text === '' ? token.href : token.text));
        break;
      case 'text':
        if (token.tokens) this.inline(token.tokens);
        else this.plain(token.text);
        break;
      case 'escape':
        this.write(token.text);
        break;
      default:
        this.write(token.raw);
        break;
    }
  }

  private link(href: string, write: () => void): void {
    if (/^(?:https?|mailto|tel|tg):/i.test(href) && URL.canParse(href)) this.styled({ type: 'link', url: href }, write);
    else write();
  }

  private styled(style: Style, write: () => void): void {
    const from = this.text.length;
    write();
    // A span of white space only is no span, and one does not begin or end with it.
    const inner = this.text.slice(from);
    const to = from + inner.trimEnd().length;
    const start = style.type === 'pre' ? from : from + (inner.length - inner.trimStart().length);
    if (start < to) this.spans.push({ from: start, to, style });
  }

  private plain(text: string): void {
    this.write(text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi, reference));
  }

  private write(text: string): void {
    this.text += text;
  }
}

/** Removes spans inside code, quotes in quotes, links in links, and one of two equal spans. */
function withoutInner(spans: readonly Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of spans) {
    const around = kept.filter((outer) => outer.from <= span.from && outer.to >= span.to);
    const exclusive = (style: Style) => style.type === 'code' || style.type === 'pre';
    if (around.some((outer) => exclusive(outer.style) || outer.style.type === span.style.type)) continue;
    kept.push(span);
  }
  return kept;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  euro: '€',
};

function reference(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
}

function table(token: Tokens.Table): string {
  const cell = (source: Tokens.TableCell): string => {
    const writer = new Writer();
    writer.blocks([{ type: 'paragraph', raw: source.text, text: source.text, tokens: source.tokens }]);
    return writer.finish().text.replaceAll('\n', ' ');
  };
  const rows = [token.header, ...token.rows].map((row) => row.map(cell));
  const widths = token.header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('-+-'), ...body.map(line)].join('\n');
}
