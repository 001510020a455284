/**
 * What a person types into a search, as terms that all must be found in one text. Stores without an
 * index compare texts by it, and PostgreSQL gets it as a query of its own.
 *
 * - A word is found where a word begins with it. A word of one character must be the whole word.
 * - `"several words"` is found where they stand side by side.
 * - Text without spaces is a phrase of its words, the last of which may go on.
 *
 * A near match has slips of the keyboard (near-words.ts), or text without spaces that is divided
 * otherwise.
 */
import { hasNearWords, isNear } from '#storage/near-words.ts';
import { type Word, wordsIn } from '#storage/words.ts';

/** Most words of a query. Each narrows the result. */
const MAX_QUERY_WORDS = 16;

export type Term =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'phrase'; readonly words: readonly string[]; readonly isUnspaced: boolean };

export type SearchQuery = readonly Term[];

/** Empty if there is no word in it. Such a query finds nothing. */
export function parseQuery(text: string): SearchQuery {
  const terms: Term[] = [];
  let left = MAX_QUERY_WORDS;
  for (const [piece, quoted] of pieces(text)) {
    const words = wordsIn(piece).slice(0, left);
    left -= words.length;
    terms.push(...(quoted ? phraseOf(words, false) : unquoted(words)));
  }
  const seen = new Set<string>();
  return terms.filter((term) => {
    const key = JSON.stringify(term);
    return !seen.has(key) && seen.add(key);
  });
}

/** Text outside and inside of quotation marks. A mark without its partner is no mark. */
function pieces(text: string): [string, boolean][] {
  const parts = text.split(/["“”„«»]/u);
  const isOpen = parts.length % 2 === 0;
  return parts.map((part, index) => [part, index % 2 === 1 && !(isOpen && index === parts.length - 1)]);
}

function phraseOf(words: readonly Word[], isUnspaced: boolean): Term[] {
  return words.length === 0 ? [] : [{ kind: 'phrase', words: words.map(({ bare }) => bare), isUnspaced }];
}

function unquoted(words: readonly Word[]): Term[] {
  const terms: Term[] = [];
  let run: Word[] = [];
  for (const word of words) {
    if (word.isUnspaced && (run.length === 0 || run.at(-1)?.end === word.start)) {
      run.push(word);
      continue;
    }
    terms.push(...phraseOf(run, true));
    run = word.isUnspaced ? [word] : [];
    if (!word.isUnspaced) terms.push({ kind: 'word', word: word.bare });
  }
  return [...terms, ...phraseOf(run, true)];
}

export function isPrefix(queryWord: string): boolean {
  return [...queryWord].length > 1;
}

/**
 * Pairs of neighbouring characters, by which text without spaces is found however it is divided.
 */
export function pairsOf(words: readonly string[]): string[] {
  const characters = [...words.join('')];
  return characters.length < 2 ? characters : characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

export type Match = 'exact' | 'near';

/** Undefined if the text does not match. */
export function matchOf(text: string, query: SearchQuery): Match | undefined {
  if (query.length === 0) return undefined;
  const words = wordsIn(text);
  if (query.every((term) => foundIn(words, term).length > 0)) return 'exact';
  return query.every((term) => foundIn(words, term).length > 0 || nearIn(words, term).length > 0) ? 'near' : undefined;
}

/** Where the terms are found in a text, as `[start, end]` in UTF-16 units, in order, apart. */
export function marksIn(text: string, query: SearchQuery): [number, number][] {
  const words = wordsIn(text);
  const found = query.flatMap((term) => {
    const exact = foundIn(words, term);
    return exact.length > 0 ? exact : nearIn(words, term);
  });
  const marks: [number, number][] = [];
  for (const { start, end } of [...new Set(found)].sort((a, b) => a.start - b.start)) {
    const last = marks.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else marks.push([start, end]);
  }
  return marks;
}

function foundIn(words: readonly Word[], term: Term): Word[] {
  if (term.kind === 'word') {
    const { word } = term;
    return words.filter(({ text, bare }) =>
      isPrefix(word) ? text.startsWith(word) || bare.startsWith(word) : text === word || bare === word,
    );
  }
  const isFound = ({ text, bare }: Word | undefined = NOTHING, wanted: string, index: number): boolean =>
    text === wanted || bare === wanted || (term.isUnspaced && index === term.words.length - 1 && text.startsWith(wanted));
  return words.flatMap((_, at) =>
    term.words.every((wanted, index) => isFound(words[at + index], wanted, index)) ? words.slice(at, at + term.words.length) : [],
  );
}

const NOTHING: Word = { text: '', bare: '', start: 0, end: 0, isUnspaced: false };

function nearIn(words: readonly Word[], term: Term): Word[] {
  if (term.kind === 'word') {
    if (!hasNearWords(term.word)) return [];
    return words.filter(({ text, bare }) => [text, bare].some((word) => hasNearWords(word) && isNear(term.word, word)));
  }
  if (!term.isUnspaced) return [];
  const wanted = new Set(pairsOf(term.words));
  const unspaced = words.filter(({ isUnspaced }) => isUnspaced);
  const there = new Set(unspacedPairs(words));
  if ([...wanted].some((pair) => !there.has(pair))) return [];
  return unspaced.filter(({ text }) => [...term.words.join('')].some((character) => text.includes(character)));
}

/** Pairs of all text without spaces. A single character stands alone. */
export function unspacedPairs(words: readonly Word[]): string[] {
  const runs: Word[][] = [];
  for (const word of words) {
    if (!word.isUnspaced) continue;
    const run = runs.at(-1);
    if (run?.at(-1)?.end === word.start) run.push(word);
    else runs.push([word]);
  }
  return runs.flatMap((run) => {
    const texts = run.map(({ text }) => text);
    return [...new Set([...pairsOf(texts), ...texts.join('')])];
  });
}
