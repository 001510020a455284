/**
 * Widths of text before it is drawn. Pictures are laid out where no font can be measured, so they
 * use a monospaced font, whose letters have one width on every system, and round up where another
 * font steps in. test/machines/drawing compares it with what a browser draws.
 */

export const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

/** Of Menlo and DejaVu Sans Mono, in em. The others are narrower. */
const LETTER = 0.603;
/** Arabic, Hebrew and other scripts that most monospaced fonts leave to another font. */
const OTHER_LETTER = 0.85;
/** Ideographs and emoji. */
const WIDE = 1.4;

const NARROW = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\u0020-\u00ff\u2010-\u2027\u2190-\u2193]$/u;
const UNSEEN = /^[\p{Mark}\p{Control}\p{Format}]$/u;
const IDEOGRAPH =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}\u2e80-\u33ff\uff00-\uffef]$/u;

/** In em. */
function widthOf(character: string): number {
  if (NARROW.test(character)) return LETTER;
  if (UNSEEN.test(character)) return 0;
  return IDEOGRAPH.test(character) ? WIDE : /^\p{Letter}$/u.test(character) ? OTHER_LETTER : WIDE;
}

/** In pixels, for a size of the font in pixels. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return Math.ceil(width * size);
}

/** The text on lines of at most a width in em. A longer word is cut. */
export function linesOf(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).map((one) => cutText(one, most))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || textWidth(longer, 1) <= most) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** The text on one line, cut to a width in em, whole characters as people see them. */
export function cutText(text: string, most: number): string {
  const line = text
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Control}/gu, '')
    .trim();
  if (textWidth(line, 1) <= most) return line;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (textWidth(`${cut}${segment}…`, 1) > most) break;
    cut += segment;
  }
  return `${cut}…`;
}
