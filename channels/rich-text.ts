/**
 * Text with spans over it, from which every channel's markup can be written. Offsets count UTF-16
 * units. Spans nest or are disjoint and never cross. A `code` or `pre` span has no span inside it.
 */
export type Style =
  | { readonly type: 'bold' | 'italic' | 'strike' | 'code' | 'quote' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'link'; readonly url: string };

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly style: Style;
}

export interface RichText {
  readonly text: string;
  /** By `from`, the outer one first. */
  readonly spans: readonly Span[];
}

/**
 * Splits into parts of at most `max` units, each complete by itself. A span that is cut ends in one
 * part and continues in the next. Cuts are made, in this order of preference, before a code block,
 * between paragraphs, lines, sentences and words, and never inside a surrogate pair. Only the white
 * space at a cut is dropped, so the parts hold every other character once. The same text gives the
 * same parts, and a retry relies on it.
 */
export function splitRichText(rich: RichText, max: number): RichText[] {
  const parts: RichText[] = [];
  let from = 0;
  while (from < rich.text.length) {
    const to = rich.text.length - from <= max ? rich.text.length : cutPoint(rich, from, max);
    const part = slice(rich, from, to);
    if (part.text !== '') parts.push(part);
    from = to;
  }
  return parts;
}

function cutPoint(rich: RichText, from: number, max: number): number {
  const { text } = rich;
  const window = text.slice(from, from + max + 1);
  const block = rich.spans.find(({ style, from: start, to }) => style.type === 'pre' && start < from + max && to > from + max);
  // A block that fits into a message of its own, or that starts late in this one, moves as a whole.
  if (block && block.from > from && (block.to - block.from <= max || block.from - from > max / 2)) return block.from;
  for (const separator of block ? [/\n/g] : [/\n\n/g, /\n/g, /[.!?؟。！？…]["')\]]?\s/g, /\s/g]) {
    const at = lastMatchEnd(window, separator, max);
    // A cut that leaves most of a message empty is worse than a less natural one.
    if (at > max / 2) return from + at;
  }
  const space = lastMatchEnd(window, /\s/g, max);
  return from + (space > max / 4 && !block ? space : wholeCharacter(window, max));
}

function lastMatchEnd(window: string, separator: RegExp, max: number): number {
  let end = 0;
  for (const match of window.matchAll(separator)) {
    // White space may hang over the edge, since it is dropped there.
    const last = match.index + match[0].trimEnd().length;
    if (last <= max) end = Math.min(match.index + match[0].length, max);
  }
  return end;
}

/**
 * Moves back from the middle of a visible character. Surrogate pairs always stay together, accents
 * and joined emoji if that is near.
 */
function wholeCharacter(window: string, max: number): number {
  for (let at = max; at > max - 32 && at > 1; at--) {
    if (!joins(window, at) && !splitsPair(window, at)) return at;
  }
  return max > 1 && splitsPair(window, max) ? max - 1 : max;
}

/**
 * The text after the offset belongs to the character before it, such as an accent, a skin tone or
 * the rest of a family.
 */
function joins(text: string, at: number): boolean {
  return text[at - 1] === '\u200d' || /^(?:\p{M}|\u200d|\p{Emoji_Modifier})/u.test(text.slice(at, at + 2));
}

function splitsPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff]$/.test(text.charAt(at - 1)) && /^[\udc00-\udfff]$/.test(text.charAt(at));
}

/**
 * Part between two offsets without the white space around it. Indentation that begins a code block
 * stays.
 */
function slice(rich: RichText, from: number, to: number): RichText {
  const piece = rich.text.slice(from, to);
  const inBlock = rich.spans.some((span) => span.style.type === 'pre' && span.from <= from && span.to > from);
  const lead = inBlock ? (/^(?:[^\S\n]*\n)+/.exec(piece)?.[0].length ?? 0) : piece.length - piece.trimStart().length;
  const start = from + lead;
  const end = Math.max(start, to - (piece.length - piece.trimEnd().length));
  const spans = rich.spans
    .map((span) => ({ ...span, from: Math.max(span.from, start) - start, to: Math.min(span.to, end) - start }))
    .filter((span) => span.from < span.to);
  return { text: rich.text.slice(start, end), spans };
}
