/**
 * Text with WhatsApp's marks. Formatting is marks in the text, and a part that is cut closes its
 * marks. A star or an underscore of the text itself may be shown as a mark, because WhatsApp has
 * nothing to escape it with.
 */
import { isVisible } from '#machines/text.ts';
import { type RichText, type Span, splitRichText } from './rich-text.ts';

/** Units that the marks of one part may take. More spans are shown without marks. */
const MARKS_RESERVE = 96;
const MARKS = { bold: '*', italic: '_', strike: '~', code: '`', pre: '```' } as const;

/** Parts of at most `max` units, marks included. None if nothing is visible. */
export function markedParts(rich: RichText, max: number): readonly string[] {
  return splitRichText(rich, rich.spans.length === 0 ? max : max - MARKS_RESERVE)
    .filter(({ text }) => isVisible(text))
    .map((part) => marked(part, max));
}

/** Text of a part with marks. Without them if they would make it too long. */
function marked(part: RichText, max: number): string {
  const text = withMarks(part);
  return text.length <= max ? text : part.text;
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
    case 'link': {
      // WhatsApp makes links of addresses alone, so the address is written out.
      const address = style.url.replace(/^(?:mailto|tel):/i, '');
      const shown = text.slice(from, to);
      return [address, style.url.replace(/^http:\/\//i, '')].includes(shown)
        ? []
        : [{ at: to, text: ` (${address})`, order: -(index + 1) }];
    }
    default:
      return isMarkable(text, from, to) ? pair(MARKS[style.type], MARKS[style.type]) : [];
  }
}

function lineStarts(text: string, from: number, to: number): number[] {
  const starts = [from];
  for (let at = text.indexOf('\n', from); at !== -1 && at < to - 1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** A mark works within one line, between a word and no word. */
function isMarkable(text: string, from: number, to: number): boolean {
  const outside = [text.slice(0, from).at(-1), text[to]];
  const wordBeside = outside.some((unit) => unit !== undefined && /[\p{L}\p{N}]/u.test(unit));
  return !wordBeside && !text.slice(from, to).includes('\n');
}
