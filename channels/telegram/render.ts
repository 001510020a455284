/**
 * Message in Telegram's form, plain text with entities beside it. Entities rather than HTML or
 * MarkdownV2, because nothing has to be escaped. Telegram cannot refuse a model's text for a stray
 * bracket, and a cut is a cut of offsets.
 */
import { type Card, withCard } from '#machines/session/cards.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import type { Button, OutboundFile } from '../port.ts';
import { type RichText, type Span, splitRichText } from '../rich-text.ts';
import { type CardMessage, cardKeyboard, cardMessage, type Keyboard } from './cards.ts';
import type { MessagePlace } from './decode.ts';

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

/** What a message shows that is no text message. A file has a name that the client can write. */
export type Attachment =
  | { readonly method: 'sendDocument'; readonly document: OutboundFile }
  | { readonly method: 'sendSticker'; readonly sticker: OutboundFile }
  | CardMessage;

export interface Part {
  /** Text below the document if there is one. Empty beside any other attachment. */
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly attachment?: Attachment;
  readonly keyboard?: Keyboard;
  /** The message that it answers. An edit keeps what the message answers. */
  readonly replyTo?: MessagePlace;
}

export interface RenderOptions {
  readonly buttons?: readonly Button[] | undefined;
  readonly file?: OutboundFile | undefined;
  readonly card?: Card | undefined;
  /** The chat has one customer. Default is false. */
  readonly isPrivate?: boolean;
}

/**
 * Parts of a message, in order. None if there is nothing visible. The same message gives the same
 * parts.
 */
export function render(markdown: string, { buttons = [], file, card, isPrivate = false }: RenderOptions = {}): Part[] {
  if (card !== undefined) return withCardBelow(markdown, card, isPrivate);
  const parts = withButtons(markdown, buttons);
  if (file === undefined) return parts;
  // Bots send animated stickers as TGS or WebM alone.
  if (file.sticker === 'still') return [...parts, alone({ method: 'sendSticker', sticker: uploadOf(file) })];
  const attachment: Attachment = { method: 'sendDocument', document: uploadOf(file) };
  const last = parts.at(-1);
  return last !== undefined && last.text.length <= MAX_CAPTION
    ? [...parts.slice(0, -1), { ...last, attachment }]
    : [...parts, alone(attachment)];
}

function alone(attachment: Attachment): Part {
  return { text: '', entities: [], attachment };
}

function withCardBelow(markdown: string, card: Card, isPrivate: boolean): Part[] {
  const message = cardMessage(card);
  if (message !== undefined) return [...textParts(richTextOf(wellFormed(markdown))), alone(message)];
  const keyboard = cardKeyboard(card, markdown, { isPrivate });
  if (keyboard === undefined) return textParts(richTextOf(wellFormed(withCard(markdown, card))));
  return above(keyboard, textParts(richTextOf(wellFormed(markdown))));
}

/** The client writes the name into a header between quotation marks, as it is. */
function uploadOf(file: OutboundFile): OutboundFile {
  const name = wellFormed(file.name)
    .replaceAll('"', "'")
    .replace(/[\p{Cc}\\]/gu, '_');
  return { ...file, name };
}

/** Whether Telegram takes all of them. */
export function areButtons(buttons: readonly Button[]): boolean {
  return buttons.every(({ id, label }) => isVisible(label) && Buffer.byteLength(id) <= MAX_CALLBACK_DATA && id !== '');
}

function withButtons(markdown: string, buttons: readonly Button[]): Part[] {
  // A draft may end between the halves of an emoji. Telegram refuses half of one.
  const rich = richTextOf(wellFormed(markdown));
  if (buttons.length === 0 || !areButtons(buttons)) return textParts(withNumbers(rich, buttons));
  const keyboard = { inline_keyboard: buttons.map(({ id, label }) => [{ text: wellFormed(label), callback_data: wellFormed(id) }]) };
  return above(keyboard, textParts(rich));
}

function textParts(rich: RichText): Part[] {
  return splitRichText(rich, MAX_MESSAGE_TEXT)
    .filter(({ text }) => isVisible(text))
    .map(partOf);
}

/** Telegram has no keyboard without a message. */
function above(keyboard: Keyboard, parts: readonly Part[]): Part[] {
  return parts.map((part, i) => (i === parts.length - 1 ? { ...part, keyboard } : part));
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
