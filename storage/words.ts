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
/** Most words of a query. Each narrows the result. */
const MAX_QUERY_WORDS = 16;

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

/** Words of a text, each once, in any order, for an index. */
export function searchWordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const word of divided(text)) {
    words.add(word);
    words.add(withoutArticle(word));
  }
  return [...words];
}

/**
 * Words of a query. Each must begin a word of the text. A word of a single character must be the
 * whole word.
 */
export function queryWords(query: string): string[] {
  return [...new Set(divided(query).map(withoutArticle))].slice(0, MAX_QUERY_WORDS);
}

export function isPrefix(queryWord: string): boolean {
  return [...queryWord].length > 1;
}

export function matchesWords(text: string, query: readonly string[]): boolean {
  const words = searchWordsOf(text);
  return query.every((wanted) => words.some((word) => (isPrefix(wanted) ? word.startsWith(wanted) : word === wanted)));
}

function divided(text: string): string[] {
  const runs = folded(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return runs.flatMap((run) => (UNSPACED.test(run) ? segments(run) : [run])).map((word) => word.slice(0, MAX_WORD).toWellFormed());
}

function folded(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(VARIANTS, (letter) => LETTERS[letter] ?? letter)
    .replace(/\p{Nd}/gu, latinDigit)
    .normalize('NFC');
}

/** Unicode has the digits of a script in a row of ten, and each row begins with its zero. */
function latinDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  if (point < 0x80) return digit;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(point - value - 1))) value += 1;
  return String(value);
}

function segments(run: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(run))
    if (isWordLike) words.push(segment);
  return words;
}

function withoutArticle(word: string): string {
  return word.replace(ARTICLE, '');
}
