/**
 * Finds terms of a lexicon in a message, also misspelt ones and those with Arabic particles in
 * front. Longer terms win over shorter ones.
 */
import { plainForm, type Token } from './tokens.ts';

/** A token with what may be looked up of it. */
export interface Word extends Token {
  /** Without one of the Arabic particles in front, the whole first. */
  readonly bases: readonly { readonly particle: string; readonly base: string }[];
  /** It is a word of some lexicon, so it is no misspelt word of another. */
  readonly isKnown: boolean;
}

const PARTICLES = ['', 'وال', 'بال', 'فال', 'كال', 'ولل', 'لل', 'ال', 'وب', 'ول', 'و', 'ف', 'ب', 'ل', 'ك'];

export interface Term<V> {
  readonly words: readonly string[];
  readonly value: V;
}

export interface Found<V> {
  readonly value: V;
  /** Index of its first token, and of the one after its last. */
  readonly first: number;
  readonly end: number;
  /** The Arabic particle in front of its first word, such as `ال` or `ل`. */
  readonly particle: string;
}

/** Terms by their value, from lists of words separated by `|`. */
export function terms<V extends string>(lists: Readonly<Record<V, string>>): readonly Term<V>[];
export function terms(lists: Readonly<Record<string, string>>): readonly Term<string>[] {
  return Object.entries(lists)
    .flatMap(([value, list]) => list.split('|').map((term) => ({ value, words: plainForm(term.trim()).split(/\s+/u) })))
    .toSorted((a, b) => b.words.length - a.words.length || b.words.join('').length - a.words.join('').length);
}

/** The words of a message, with the places where each first letter stands. */
export interface Words {
  readonly all: readonly Word[];
  readonly byLetter: ReadonlyMap<string, readonly number[]>;
}

export function wordsOf(tokens: readonly Token[], vocabulary: ReadonlySet<string>): Words {
  const byLetter = new Map<string, number[]>();
  const all = tokens.map((token, at) => {
    const particles = PARTICLES.filter((one) => token.text.startsWith(one) && (one === '' || token.text.length >= one.length + 2));
    const bases = particles.map((particle) => ({ particle, base: token.text.slice(particle.length) }));
    for (const letter of new Set(bases.map(({ base }) => base.charAt(0)))) pushTo(byLetter, letter, at);
    return { ...token, bases, isKnown: bases.some(({ base }) => vocabulary.has(base)) };
  });
  return { all, byLetter };
}

function pushTo(places: Map<string, number[]>, letter: string, at: number): void {
  const known = places.get(letter);
  if (known === undefined) places.set(letter, [at]);
  else known.push(at);
}

/** In the order of the message. Words of one term are not part of another. */
export function find<V>(
  { all, byLetter }: Words,
  lexicon: readonly Term<V>[],
  taken: ReadonlySet<number> = new Set(),
): readonly Found<V>[] {
  const used = new Set(taken);
  const found: Found<V>[] = [];
  // What is spelt right is found before what may be meant.
  for (const isExact of [true, false]) {
    for (const term of lexicon) {
      for (const first of byLetter.get(term.words[0]?.charAt(0) ?? '') ?? []) {
        const end = first + term.words.length;
        if (used.has(first) || end > all.length) continue;
        const particle = matching(all, first, term.words, isExact);
        if (particle === undefined) continue;
        let isFree = true;
        for (let at = first; at < end; at += 1) isFree &&= !used.has(at);
        if (!isFree) continue;
        for (let at = first; at < end; at += 1) used.add(at);
        found.push({ value: term.value, first, end, particle });
      }
    }
  }
  return found.toSorted((a, b) => a.first - b.first);
}

function matching(words: readonly Word[], first: number, term: readonly string[], isExact: boolean): string | undefined {
  let particle: string | undefined;
  for (const [index, wanted] of term.entries()) {
    const word = words[first + index];
    if (word === undefined || (!isExact && word.isKnown && term.length === 1)) return undefined;
    const found = word.bases.find(
      ({ base, particle }) =>
        base === wanted || (!isExact && !word.isKnown && particle.length !== 1 && isMisspelt(base, wanted, term.length > 1)),
    );
    if (found === undefined) return undefined;
    if (index === 0) particle = found.particle;
  }
  return particle;
}

/** Short words are too alike to be guessed. */
function isMisspelt(text: string, word: string, isPart: boolean): boolean {
  const { length } = word;
  if (length < 4 || text[0] !== word[0] || Math.abs(text.length - length) > 2 || /\d/.test(text)) return false;
  if (length === 4 && !isPart) return text.length === 4 && sortedLetters(text) === sortedLetters(word);
  // Short Arabic words differ in one letter from many others.
  if (length <= 5 && text.length === length && /\p{Script=Arabic}/u.test(word)) return sortedLetters(text) === sortedLetters(word);
  return distance(text, word) <= (length >= 9 ? 2 : 1);
}

function sortedLetters(word: string): string {
  return Array.from(word).sort().join('');
}

/** Letters to insert, delete, replace, or swap with the next one. */
function distance(a: string, b: string): number {
  let older: readonly number[] = [];
  let old: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + cost, swapped));
    }
    [older, old] = [old, row];
  }
  return old[b.length] ?? 0;
}
