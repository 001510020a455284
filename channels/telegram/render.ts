/**
 * Message in Telegram's form, plain text with entities beside it. Entities rather than HTML or
 * MarkdownV2, because nothing has to be escaped. Telegram cannot refuse a model's text for a stray
 * bracket, and a cut is a cut of offsets.
 */

import { isVisible, wellFormed } from '#machines/text.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import type { Button, OutboundFile } from '../port.ts';
import { type RichText, type Span, splitRichText } from '../rich-text.ts';

/** UTF-16 units after entities are taken out. It is Telegram's own limit. */
export const MAX_MESSAGE_TEXT = 4_096;
/** UTF-16 units of the text below a document. */
const MAX_CAPTION = 1_024;
/** Telegram ignores further entities of a message. */
const MAX_ENTITIES = 100;
/** Bytes of a button's id that Telegram carries. */
const MAX_CALLBACK_DATA = 64;

export interface Entity {
  readonly type: 'bold' | 'italic' | 'strikethrough' | 'code' | 'pre' | 'blockquote' | 'text_link';
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
}

export interface Part {
  /** Text below the document if there is one. It may be empty then. */
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly document?: { readonly source: Buffer; readonly filename: string };
  readonly keyboard?: { readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[] };
}

/**
 * Parts of a message, in order. None if there is nothing visible. The same message gives the same
 * parts.
 */
export function render(markdown: string, buttons: readonly Button[] = [], file?: OutboundFile): Part[] {
  const parts = renderText(markdown, buttons);
  if (file === undefined) return parts;
  const document = documentOf(file);
  const last = parts.at(-1) ?? { text: '', entities: [] };
  return last.text.length <= MAX_CAPTION
    ? [...parts.slice(0, -1), { ...last, document }]
    : [...parts, { text: '', entities: [], document }];
}

/** The client writes the name into a header between quotation marks, as it is. */
function documentOf({ name, bytes }: OutboundFile): NonNullable<Part['document']> {
  return {
    source: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    filename: wellFormed(name)
      .replaceAll('"', "'")
      .replace(/[\p{Cc}\\]/gu, '_'),
  };
}

function renderText(markdown: string, buttons: readonly Button[]): Part[] {
  const fits = buttons.every((button) => isVisible(button.label) && Buffer.byteLength(button.id) <= MAX_CALLBACK_DATA && button.id !== '');
  // A draft may end between the halves of an emoji. Telegram refuses half of one.
  const rich = richTextOf(wellFormed(markdown));
  const parts = splitRichText(fits ? rich : withNumbers(rich, buttons), MAX_MESSAGE_TEXT)
    .filter(({ text }) => isVisible(text))
    .map(partOf);
  const last = parts.at(-1);
  if (last === undefined || buttons.length === 0 || !fits) return parts;
  const keyboard = { inline_keyboard: buttons.map(({ id, label }) => [{ text: wellFormed(label), callback_data: wellFormed(id) }]) };
  return [...parts.slice(0, -1), { ...last, keyboard }];
}

function partOf({ text, spans }: RichText): Part {
  const code = spans.filter(({ style }) => style.type === 'code' || style.type === 'pre');
  const entities = spans.flatMap((span) => (code.includes(span) || span.style.type === 'quote' ? [span] : around(span, code)));
  return {
    text,
    entities: entities
      .toSorted((a, b) => a.from - b.from || b.to - a.to)
      .slice(0, MAX_ENTITIES)
      .map(entityOf),
  };
}

/**
 * Telegram has no bold or linked code. These are the pieces of a span on either side of the code in
 * it.
 */
function around(span: Span, code: readonly Span[]): Span[] {
  const pieces: Span[] = [];
  let from = span.from;
  for (const hole of code) {
    if (hole.to <= span.from || hole.from >= span.to) continue;
    pieces.push({ ...span, from, to: hole.from });
    from = hole.to;
  }
  pieces.push({ ...span, from, to: span.to });
  return pieces.filter((piece) => piece.from < piece.to);
}

function entityOf({ from, to, style }: Span): Entity {
  const at = { offset: from, length: to - from };
  switch (style.type) {
    case 'strike':
      return { type: 'strikethrough', ...at };
    case 'quote':
      return { type: 'blockquote', ...at };
    case 'link':
      return { type: 'text_link', url: style.url, ...at };
    case 'pre':
      return { ...style, ...at };
    default:
      return { type: style.type, ...at };
  }
}
