/**
 * Message in Discord's form. Discord reads a Markdown of its own, so the text is parsed first and
 * then written in it, with everything else escaped. A model's stray mark changes nothing then, and
 * a cut never falls into markup.
 */
import { type Card, withCard } from '#machines/session/cards.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import type { Button, OutboundFile } from '../port.ts';
import { type RichText, type Span, splitRichText } from '../rich-text.ts';

/** UTF-16 units with markup. It is Discord's own limit for bots. */
export const MAX_MESSAGE_TEXT = 2_000;
const MAX_LABEL = 80;
const MAX_BUTTON_ID = 100;
/** UTF-16 units of the address of a page that a button opens. */
const MAX_BUTTON_URL = 512;
const IN_ROW = 5;
const MAX_ROWS = 5;
/** Parts are cut shorter by a quarter until their markup fits too. */
const SHRINK = 0.75;

type ButtonComponent =
  | { readonly type: 2; readonly style: 2; readonly label: string; readonly custom_id: string }
  /** Opens a page. */
  | { readonly type: 2; readonly style: 5; readonly label: string; readonly url: string };

export interface ActionRow {
  readonly type: 1;
  readonly components: readonly ButtonComponent[];
}

export interface Part {
  /** Empty only beside a file. */
  readonly content: string;
  readonly rows: readonly ActionRow[];
  /** With a name that Discord takes. */
  readonly file?: OutboundFile;
  /** Discord's id of the message that it answers. An edit keeps what the message answers. */
  readonly replyTo?: string;
}

export interface RenderOptions {
  readonly buttons?: readonly Button[] | undefined;
  readonly file?: OutboundFile | undefined;
  readonly card?: Card | undefined;
  /** User whom the first part mentions, so that people in a channel see whose answer it is. */
  readonly mention?: string | undefined;
}

/**
 * Parts of a message, in order. None if there is nothing visible. The same message gives the same
 * parts.
 */
export function render(markdown: string, { buttons = [], file, card, mention }: RenderOptions = {}): Part[] {
  const link = linkButton(card);
  const fits = areButtons(buttons);
  const rich = richTextOf(wellFormed(link === undefined ? withCard(markdown, card) : markdown));
  const prefix = mention === undefined ? '' : `<@${mention}> `;
  // Every part leaves room for the mention, so that the cuts do not depend on which part has it.
  const contents = fitted(fits ? rich : withNumbers(rich, buttons), MAX_MESSAGE_TEXT - prefix.length);
  const parts = contents.map((content, i): Part => ({ content: i === 0 ? prefix + content : content, rows: [] }));
  const last = parts.pop() ?? (file === undefined ? undefined : { content: prefix.trimEnd(), rows: [] });
  if (last === undefined) return [];
  const attached = file && { ...file, name: wellFormed(file.name).replace(/[\p{Cc}\\/]/gu, '_') };
  const rows = rowsOf(link === undefined ? commandButtons(fits ? buttons : []) : [link]);
  return [...parts, { ...last, rows, ...(attached === undefined ? {} : { file: attached }) }];
}

/** Markdown of each part, at most `max` units long. */
function fitted(rich: RichText, max: number, cut: number = max): string[] {
  return splitRichText(rich, cut)
    .filter(({ text }) => isVisible(text))
    .flatMap((part) => {
      const written = write(part);
      // A part of one character that does not fit has no markup that helps it.
      if (written.length <= max || cut < 2) return [written.slice(0, max)];
      return fitted(part, max, Math.floor(Math.min(cut, part.text.length) * SHRINK));
    });
}

/** Whether Discord takes all of them. */
export function areButtons(buttons: readonly Button[]): boolean {
  const ids = new Set(buttons.map(({ id }) => id));
  return (
    ids.size === buttons.length &&
    buttons.length <= IN_ROW * MAX_ROWS &&
    buttons.every(({ id, label }) => id !== '' && id.length <= MAX_BUTTON_ID && isVisible(label) && label.length <= MAX_LABEL)
  );
}

function commandButtons(buttons: readonly Button[]): ButtonComponent[] {
  return buttons.map(({ id, label }) => ({ type: 2, style: 2, label: wellFormed(label), custom_id: wellFormed(id) }));
}

function linkButton(card: Card | undefined): ButtonComponent | undefined {
  if (card?.kind !== 'link') return undefined;
  const url = new URL(card.url).href;
  return url.length <= MAX_BUTTON_URL ? { type: 2, style: 5, label: wellFormed(card.label), url } : undefined;
}

function rowsOf(components: readonly ButtonComponent[]): ActionRow[] {
  return Array.from({ length: Math.ceil(components.length / IN_ROW) }, (_, row) => ({
    type: 1,
    components: components.slice(row * IN_ROW, (row + 1) * IN_ROW),
  }));
}

/** The text in Discord's Markdown. */
function write({ text, spans }: RichText): string {
  return writeBetween(text, spans, 0, text.length);
}

/** `spans` are those inside, the outer one first. */
function writeBetween(text: string, spans: readonly Span[], from: number, to: number): string {
  let written = '';
  let at = from;
  for (const [i, span] of spans.entries()) {
    // It is inside a span that was written already.
    if (span.from < at) continue;
    const inner = spans.slice(i + 1).filter((other) => other.from >= span.from && other.to <= span.to);
    written += escaped(text, at, span.from) + writeSpan(text, span, inner);
    at = span.to;
  }
  return written + escaped(text, at, to);
}

function writeSpan(text: string, { from, to, style }: Span, inner: readonly Span[]): string {
  const plain = text.slice(from, to);
  switch (style.type) {
    case 'pre':
      return `\`\`\`${style.language ?? ''}\n${plain.replaceAll('```', '`\u200b``')}\n\`\`\``;
    case 'code':
      return plain.includes('`') ? `\`\` ${plain} \`\`` : `\`${plain}\``;
    case 'quote':
      return writeBetween(text, inner, from, to)
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n');
    case 'link': {
      const url = style.url
        .replace(/[()\s]/g, encodeURIComponent)
        .replaceAll('(', '%28')
        .replaceAll(')', '%29');
      // Discord makes a link of an address by itself, and takes no markup around one.
      return plain === style.url || /^https?:\/\//.test(plain) ? style.url : `[${writeBetween(text, inner, from, to)}](${url})`;
    }
    default:
      return wrapped(writeBetween(text, inner, from, to), MARKS[style.type]);
  }
}

const MARKS = { bold: '**', italic: '*', strike: '~~' } as const;

/** Marks must touch what they enclose, and do not reach over an empty line. */
function wrapped(text: string, mark: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.trim() === ''
        ? line
        : line.replace(/^(\s*)([\s\S]*?)(\s*)$/, (_, before, core, after) => `${before}${mark}${core}${mark}${after}`),
    )
    .join('\n');
}

/** Marks of spans and spoilers, the beginnings of headings and quotes, mentions and links. */
const MARKUP = /[\\*_~`|]|\[(?=[^\]\n]*\]\()|^(?:>|-#|#{1,3} )|<(?=[@#:/]|a:|t:|id:|https?:)/gm;
const ADDRESS = /https?:\/\/[^\s<>]+/g;

/** The text between two offsets so that Discord shows it as it is. Addresses stay links. */
function escaped(text: string, from: number, to: number): string {
  const piece = text.slice(from, to);
  let written = '';
  let at = 0;
  for (const { 0: address, index } of piece.matchAll(ADDRESS)) {
    written += escapeMarks(piece.slice(at, index), at === 0 && text[from - 1] !== '\n' && from > 0) + address;
    at = index + address.length;
  }
  return written + escapeMarks(piece.slice(at), at > 0 || (from > 0 && text[from - 1] !== '\n'));
}

/** @param inside the piece begins inside a line, where no heading begins. */
function escapeMarks(piece: string, inside: boolean): string {
  return piece.replace(MARKUP, (mark, offset: number) => (inside && offset === 0 && /^(?:>|-#|#)/.test(mark) ? mark : `\\${mark}`));
}
