/**
 * Message in WhatsApp's form. Formatting is marks in the text, and a part that is cut closes its
 * marks. A star or an underscore of the text itself may be shown as a mark, because WhatsApp has
 * nothing to escape it with.
 */
import { isVisible, wellFormed } from '#machines/text.ts';
import { richTextOf } from '../markdown.ts';
import type { Button, OutboundFile } from '../port.ts';
import { type RichText, type Span, splitRichText } from '../rich-text.ts';

/** UTF-16 units of a text, marks included. */
export const MAX_MESSAGE_TEXT = 4_096;
/** Below a file. */
const MAX_CAPTION = 1_024;
/** Above buttons and above a list. */
const MAX_BUTTON_BODY = 1_024;
const MAX_LIST_BODY = 4_096;
const MAX_BUTTONS = 3;
const MAX_ROWS = 10;
/** Units that the marks of one part may take. More spans are shown without marks. */
const MARKS_RESERVE = 96;

export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'buttons' | 'list'; readonly text: string; readonly choices: readonly Button[] }
  /** `text` is the caption, and may be empty. */
  | { readonly type: 'file'; readonly text: string; readonly file: OutboundFile };

/**
 * Parts of a message, in order. None if there is nothing visible. The same message gives the same
 * parts.
 */
export function render(markdown: string, buttons: readonly Button[] = [], file?: OutboundFile): Part[] {
  const rich = richTextOf(wellFormed(markdown));
  if (file === undefined) return buttons.length === 0 ? textParts(rich) : withChoices(rich, buttons);
  const parts = buttons.length === 0 ? textParts(rich) : textParts(withList(rich, buttons));
  const last = parts.at(-1);
  if (last === undefined) return [{ type: 'file', text: '', file }];
  return last.text.length <= MAX_CAPTION && !file.mimeType.startsWith('audio/')
    ? [...parts.slice(0, -1), { type: 'file', text: last.text, file }]
    : [...parts, { type: 'file', text: '', file }];
}

function textParts(rich: RichText, max = MAX_MESSAGE_TEXT): Extract<Part, { type: 'text' }>[] {
  return splitRichText(rich, rich.spans.length === 0 ? max : max - MARKS_RESERVE)
    .filter(({ text }) => isVisible(text))
    .map((part) => ({ type: 'text', text: marked(part, max) }));
}

/** Reply buttons if they fit, else a list, else numbers to write. */
function withChoices(rich: RichText, buttons: readonly Button[]): Part[] {
  const fit = isVisible(rich.text) ? choicesFor(buttons) : undefined;
  if (fit === undefined) return textParts(withList(rich, buttons));
  const parts = textParts(rich);
  const last = parts.at(-1);
  const max = fit === 'buttons' ? MAX_BUTTON_BODY : MAX_LIST_BODY;
  if (last === undefined) return parts;
  const choices = buttons.map(({ id, label }) => ({ id: wellFormed(id), label: wellFormed(label).trim() }));
  if (last.text.length <= max) return [...parts.slice(0, -1), { type: fit, text: last.text, choices }];
  return [...parts, { type: fit, text: CHOOSE[languageOf(rich.text)], choices }];
}

function choicesFor(buttons: readonly Button[]): 'buttons' | 'list' | undefined {
  const fits = (most: number, label: number, id: number): boolean =>
    buttons.length <= most &&
    new Set(buttons.map((button) => button.label.trim())).size === buttons.length &&
    new Set(buttons.map((button) => button.id)).size === buttons.length &&
    buttons.every((one) => isVisible(one.label) && one.label.trim().length <= label && one.id !== '' && one.id.length <= id);
  if (fits(MAX_BUTTONS, 20, 256)) return 'buttons';
  return fits(MAX_ROWS, 24, 200) ? 'list' : undefined;
}

export type Language = 'arabic' | 'english';
/** Above choices that do not fit below their text. */
const CHOOSE: Readonly<Record<Language, string>> = { arabic: 'اختر:', english: 'Choose one:' };
/** On the button that opens a list. */
export const OPEN_LIST: Readonly<Record<Language, string>> = { arabic: 'الخيارات', english: 'Options' };

/** The language of most letters. */
export function languageOf(text: string): Language {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return count(/\p{Script=Arabic}/gu) > count(/\p{Script=Latin}/gu) ? 'arabic' : 'english';
}

/** What the customer can answer by writing the number. */
function withList(rich: RichText, buttons: readonly Button[]): RichText {
  const list = buttons.map(({ label }, i) => `${i + 1}. ${wellFormed(label)}`).join('\n');
  return { text: rich.text === '' ? list : `${rich.text}\n\n${list}`, spans: rich.spans };
}

const MARKS = { bold: '*', italic: '_', strike: '~', code: '`', pre: '```' } as const;

/** Text of a part with WhatsApp's marks. Without them if they would make it too long. */
function marked(part: RichText, max: number): string {
  const text = withMarks(part);
  return text.length <= max ? text : part.text.slice(0, max);
}

interface Mark {
  readonly at: number;
  readonly text: string;
  /** Closing marks come before opening ones at the same place, inner ones first. */
  readonly order: number;
}

function withMarks({ text, spans }: RichText): string {
  const marks = spans.flatMap((span, index) => marksOf(span, index, text)).toSorted((a, b) => a.at - b.at || a.order - b.order);
  let written = '';
  let from = 0;
  for (const mark of marks) {
    written += text.slice(from, mark.at) + mark.text;
    from = mark.at;
  }
  return written + text.slice(from);
}

function marksOf({ from, to, style }: Span, index: number, text: string): Mark[] {
  const pair = (open: string, close: string): Mark[] => [
    { at: from, text: open, order: index + 1 },
    { at: to, text: close, order: -(index + 1) },
  ];
  switch (style.type) {
    case 'pre':
      return pair(`${MARKS.pre}\n`, `\n${MARKS.pre}`);
    case 'quote':
      return lineStarts(text, from, to).map((at) => ({ at, text: '> ', order: index + 1 }));
    case 'link':
      // WhatsApp makes links of addresses alone, so the address is written out.
      return text.slice(from, to) === style.url || `http://${text.slice(from, to)}` === style.url
        ? []
        : [{ at: to, text: ` (${shown(style.url)})`, order: -(index + 1) }];
    default:
      // A mark works within one line, between a word and no word.
      return isMarkable(text, from, to) ? pair(MARKS[style.type], MARKS[style.type]) : [];
  }
}

function shown(url: string): string {
  return url.replace(/^(?:mailto|tel):/i, '');
}

function lineStarts(text: string, from: number, to: number): number[] {
  const starts = [from];
  for (let at = text.indexOf('\n', from); at !== -1 && at < to - 1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function isMarkable(text: string, from: number, to: number): boolean {
  const outside = [text.slice(0, from).at(-1), text[to]];
  const wordBeside = outside.some((unit) => unit !== undefined && /[\p{L}\p{N}]/u.test(unit));
  return !wordBeside && !text.slice(from, to).includes('\n');
}
