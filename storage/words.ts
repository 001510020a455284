/**
 * Words of a text for the search, the same for every store, so that results do not depend on the
 * store.
 *
 * A word is a run of letters and digits. Case, accents and vowel marks do not count, nor do the
 * forms of one Arabic letter (أ إ آ ا, ى ي, ة ه), its stretching, nor the script of digits. An
 * Arabic word with an article is found with and without it, also after و ف ب ك ل. A dictionary
 * divides text that is written without spaces (Chinese, Japanese, Thai …).
 */

/** Characters of a word that count. */
const MAX_WORD = 64;

/**
 * Marks of scripts in which a word without them is the same word. In others, such as Devanagari,
 * marks are vowels.
 */
const MARKS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]/g;
const LETTERS: Readonly<Record<string, string>> = { ى: 'ي', ی: 'ي', ې: 'ي', ة: 'ه', ک: 'ك', ٱ: 'ا', ς: 'σ', ß: 'ss' };
const VARIANTS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const ARTICLE = /^[وف]?(?:[بك]?ال|لل)(?=.{3})/u;
const RUN = /[\p{L}\p{N}\p{M}]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Every character of ASCII counts.
const PLAIN = /^[\u0000-\u007f]*$/;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

export interface Word {
  /** As it is compared. */
  readonly text: string;
  /** Without its article. The same as `text` if it has none. */
  readonly bare: string;
  /** Where it is written, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** It is part of a text without spaces, so other divisions of that text are possible. */
  readonly isUnspaced: boolean;
}

/** Words of a text in their order. */
export function wordsIn(text: string): Word[] {
  const { folded, placeOf } = fold(text);
  return [...folded.matchAll(RUN)].flatMap(({ 0: run, index }) => {
    const isUnspaced = UNSPACED.test(run);
    const parts = isUnspaced ? segments(run) : [{ segment: run, index: 0 }];
    return parts.map(({ segment, index: within }) => {
      const start = placeOf(index + within);
      const end = Math.max(start + 1, placeOf(index + within + segment.length));
      const word = segment.normalize('NFC').slice(0, MAX_WORD).toWellFormed();
      return { text: word, bare: word.replace(ARTICLE, ''), start, end, isUnspaced };
    });
  });
}

/**
 * Text without what does not count, and where each of its characters was. Each character is folded
 * by itself, so that its place is known.
 */
function fold(text: string): { readonly folded: string; placeOf(offset: number): number } {
  if (PLAIN.test(text)) return { folded: text.toLowerCase(), placeOf: (offset) => offset };
  let folded = '';
  const places: number[] = [];
  let place = 0;
  for (const character of text) {
    const piece = foldedCharacter(character);
    for (let unit = 0; unit < piece.length; unit += 1) places.push(place);
    folded += piece;
    place += character.length;
  }
  return { folded, placeOf: (offset) => places[offset] ?? text.length };
}

function foldedCharacter(character: string): string {
  return character
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(VARIANTS, (letter) => LETTERS[letter] ?? letter)
    .replace(/\p{Nd}/gu, latinDigit);
}

/** Unicode has the digits of a script in a row of ten, and each row begins with its zero. */
function latinDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  if (point < 0x80) return digit;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(point - value - 1))) value += 1;
  return String(value);
}

function segments(run: string): Intl.SegmentData[] {
  return [...segmenter.segment(run)].filter(({ isWordLike }) => isWordLike);
}
