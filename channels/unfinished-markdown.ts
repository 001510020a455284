/**
 * Showable part of a text that is still being written. Open markup is closed. Unfinished markup
 * (the marks of a heading, half a row of a table, half a link's address) is left out until it is
 * complete. Pure.
 */

/**
 * A line of marks alone, such as a heading, an item or a quote without its words, a rule or a
 * fence.
 */
const MARKS_ALONE = /^\s*(?:#{1,6}|[-*+_=]+|\d{1,9}[.)]?|(?:>\s*)+(?:[-*+]|\d{1,9}[.)])?|[`~]{1,2}|(?:`{3,}|~{3,})[^`]*)\s*$/;
const FENCE = /^ {0,3}(?:`{3,}|~{3,})/gm;
const ROW = /^\s*\|/;
/** Where the last block that has inline markup begins. */
const BLOCK_START = /\n\s*\n|\n(?=\s*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)\s)/g;
const HALF_LINK = /!?\[([^[\]\n]*)(?:\](?:\([^()\n]*)?)?$/;
const CODE_OR_MARK = /`+|\*{1,3}|_{1,3}|~~/g;
const HALF_STRIKE = /(?<!~)~$/;

export function showable(markdown: string): string {
  const lines = markdown.split('\n');
  const inCode = (lines.slice(0, -1).join('\n').match(FENCE)?.length ?? 0) % 2 === 1;
  if (inCode) return markdown;
  const last = lines.at(-1) ?? '';
  if (MARKS_ALONE.test(last) || ROW.test(last)) lines.pop();
  // A row is complete once the next line has begun. A table is one once its second row shows it.
  if (ROW.test(lines.findLast((line) => line !== '') ?? '') && !ROW.test(lines.filter((line) => line !== '').at(-2) ?? '')) {
    while (lines.at(-1) === '') lines.pop();
    lines.pop();
  }
  const text = lines.join('\n');
  const starts = [...text.matchAll(BLOCK_START)].at(-1);
  const from = starts === undefined ? 0 : starts.index + starts[0].length;
  return text.slice(0, from) + closed(text.slice(from));
}

/** A block whose spans have an end each. */
function closed(block: string): string {
  const text = block.trimEnd().replace(HALF_STRIKE, '');
  const open: string[] = [];
  let end = text.length;
  for (const match of text.matchAll(CODE_OR_MARK)) {
    const [mark] = match;
    const inside = open.at(-1)?.startsWith('`') ?? false;
    if (inside ? mark === open.at(-1) : closes(text, match.index, mark) && open.includes(mark)) {
      open.length = open.lastIndexOf(mark);
    } else if (!inside && (match.index + mark.length === text.length || opens(text, match.index, mark))) {
      open.push(mark);
      if (match.index + mark.length === text.length) end = match.index;
    }
  }
  // Marks at the very end enclose nothing yet.
  if (end < text.length) open.pop();
  const inCode = open.at(-1)?.startsWith('`') ?? false;
  const shown = inCode ? text.slice(0, end) : text.slice(0, end).replace(HALF_LINK, '$1');
  return MARKS_ALONE.test(shown) || shown.trim() === '' ? '' : shown.trimEnd() + open.toReversed().join('');
}

function opens(text: string, at: number, mark: string): boolean {
  const [before = ' ', after = ' '] = [text[at - 1], text[at + mark.length]];
  return mark.startsWith('`') || (!/\s/.test(after) && !(mark.startsWith('_') && /[\p{L}\p{N}]/u.test(before)));
}

function closes(text: string, at: number, mark: string): boolean {
  const [before = ' ', after = ' '] = [text[at - 1], text[at + mark.length]];
  return !/\s/.test(before) && !(mark.startsWith('_') && /[\p{L}\p{N}]/u.test(after));
}
