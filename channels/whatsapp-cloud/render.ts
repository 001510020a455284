/**
 * Message in WhatsApp's form. Formatting is marks in the text, and a part that is cut closes its
 * marks. A star or an underscore of the text itself may be shown as a mark, because WhatsApp has
 * nothing to escape it with.
 */
import { type Card, withCard } from '#machines/session/cards.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import type { Button, OutboundFile, OutboundMessage } from '../port.ts';
import type { RichText } from '../rich-text.ts';
import { markedParts } from '../whatsapp-markup.ts';
import { type WrittenLanguage, writtenLanguage } from '../written-language.ts';

/** UTF-16 units of a text, marks included. */
export const MAX_MESSAGE_TEXT = 4_096;
/** Below a file. */
const MAX_CAPTION = 1_024;
/** Above buttons, and above a list. */
const MAX_BUTTON_BODY = 1_024;
const MAX_LIST_BODY = 4_096;
const MAX_BUTTONS = 3;
const MAX_ROWS = 10;
/** On a button, also on one that opens a page. */
const MAX_LABEL = 20;

export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'buttons' | 'list'; readonly text: string; readonly choices: readonly Button[] }
  /** `text` is the caption, and may be empty. */
  | { readonly type: 'file'; readonly text: string; readonly file: OutboundFile }
  /** `text` is above a button, and empty above any other card. */
  | { readonly type: 'card'; readonly text: string; readonly card: Card };

/**
 * Parts of a message, in order. None if there is nothing visible. The same message gives the same
 * parts.
 */
export function render({ text: markdown, buttons = [], file, card }: Pick<OutboundMessage, 'text' | 'buttons' | 'file' | 'card'>): Part[] {
  if (card !== undefined) return withCardBelow(markdown, card);
  const rich = richTextOf(wellFormed(markdown));
  if (file === undefined) return buttons.length === 0 ? textParts(rich) : withChoices(rich, buttons);
  const parts = buttons.length === 0 ? textParts(rich) : textParts(withNumbers(rich, buttons));
  const last = parts.at(-1);
  if (last === undefined) return [{ type: 'file', text: '', file }];
  return last.text.length <= MAX_CAPTION && !file.mimeType.startsWith('audio/') && file.sticker === undefined
    ? [...parts.slice(0, -1), { type: 'file', text: last.text, file }]
    : [...parts, { type: 'file', text: '', file }];
}

function textParts(rich: RichText, max = MAX_MESSAGE_TEXT): Extract<Part, { type: 'text' }>[] {
  return markedParts(rich, max).map((text) => ({ type: 'text', text }));
}

function withCardBelow(markdown: string, card: Card): Part[] {
  // What is in the provider's own form has the text in it.
  if (card.kind === 'whatsapp') return [{ type: 'card', text: '', card }];
  if (card.kind === 'link' && card.label.length > MAX_LABEL) return textParts(richTextOf(wellFormed(withCard(markdown, card))));
  const rich = richTextOf(wellFormed(markdown));
  const parts = textParts(rich);
  if (card.kind === 'location' || card.kind === 'contact') return [...parts, { type: 'card', text: '', card }];
  const last = parts.at(-1);
  const isAbove = last !== undefined && last.text.length <= MAX_BUTTON_BODY;
  const above = isAbove ? last.text : ABOVE_BUTTON;
  return [...(isAbove ? parts.slice(0, -1) : parts), { type: 'card', text: above, card }];
}

/** Reply buttons if they fit, else a list, else numbers to write. */
function withChoices(rich: RichText, buttons: readonly Button[]): Part[] {
  const fit = isVisible(rich.text) ? choicesFor(buttons) : undefined;
  if (fit === undefined) return textParts(withNumbers(rich, buttons));
  const parts = textParts(rich);
  const last = parts.at(-1);
  const max = fit === 'buttons' ? MAX_BUTTON_BODY : MAX_LIST_BODY;
  if (last === undefined) return parts;
  const choices = buttons.map(({ id, label }) => ({ id: wellFormed(id), label: wellFormed(label).trim() }));
  if (last.text.length <= max) return [...parts.slice(0, -1), { type: fit, text: last.text, choices }];
  return [...parts, { type: fit, text: CHOOSE[writtenLanguage(rich.text)], choices }];
}

/** Whether WhatsApp takes all of them, be it as buttons or as rows of a list. */
export function areButtons(buttons: readonly Button[]): boolean {
  return choicesFor(buttons) !== undefined;
}

function choicesFor(buttons: readonly Button[]): 'buttons' | 'list' | undefined {
  const fits = (most: number, label: number, id: number): boolean =>
    buttons.length <= most &&
    new Set(buttons.map((button) => button.label.trim())).size === buttons.length &&
    new Set(buttons.map((button) => button.id)).size === buttons.length &&
    buttons.every((one) => isVisible(one.label) && one.label.trim().length <= label && one.id !== '' && one.id.length <= id);
  if (fits(MAX_BUTTONS, MAX_LABEL, 256)) return 'buttons';
  return fits(MAX_ROWS, 24, 200) ? 'list' : undefined;
}

/** Above a button that does not fit below its text. WhatsApp takes none without a text. */
const ABOVE_BUTTON = '👇';
/** Above choices that do not fit below their text. */
const CHOOSE: Readonly<Record<WrittenLanguage, string>> = { arabic: 'اختر:', english: 'Choose one:' };
/** On the button that opens a list. */
export const OPEN_LIST: Readonly<Record<WrittenLanguage, string>> = { arabic: 'الخيارات', english: 'Options' };
