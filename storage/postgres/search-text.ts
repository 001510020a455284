/**
 * Texts and queries as PostgreSQL's text search takes them. Its own parsers and dictionaries are
 * not used, because results must not depend on the store or its locale (storage/words.ts).
 *
 * Lexemes of a text are its words, with their places, each with and without its article. `~` begins
 * a pair of characters of text without spaces, and `#` begins a fact of the entry, which narrows a
 * search by the index itself. No word has such a character.
 */
import { hasNearWords } from '#storage/near-words.ts';
import type { SearchFilter, Source } from '#storage/search.ts';
import { isPrefix, pairsOf, type SearchQuery, type Term, unspacedPairs } from '#storage/search-query.ts';
import { wordsIn } from '#storage/words.ts';

/** PostgreSQL keeps places up to there. What follows is found as words, and not as a phrase. */
const LAST_PLACE = 16_383;

export interface EntryFacts {
  readonly source: Source;
  readonly channel: string;
  readonly assistant: string;
}

export interface IndexText {
  /** A `tsvector`. */
  readonly vector: string;
  /** Words that may be found by words that differ by a slip. */
  readonly words: readonly string[];
}

export function indexTextOf(text: string, facts: EntryFacts): IndexText {
  const places = new Map<string, number[]>();
  const words = wordsIn(text);
  for (const [index, word] of words.entries()) {
    for (const form of new Set([word.text, word.bare])) {
      const known = places.get(form);
      if (known === undefined) places.set(form, [index + 1]);
      else known.push(index + 1);
    }
  }
  const placed = [...places].map(([word, at]) => `'${word}':${at.filter((place) => place <= LAST_PLACE).join() || LAST_PLACE}`);
  const unplaced = [...unspacedPairs(words).map((pair) => `~${pair}`), ...factsOf(facts)].map(quoted);
  return { vector: [...placed, ...unplaced].join(' '), words: [...places.keys()].filter(hasNearWords) };
}

function factsOf({ source, channel, assistant }: EntryFacts): string[] {
  return Object.entries({ source, channel, assistant }).map(([name, value]) => factLexeme(name, value));
}

/** The filters that the index itself knows. */
function narrowing({ sources, channel, assistant }: SearchFilter): string[] {
  const wanted = { source: sources, channel: channel && [channel], assistant: assistant && [assistant] };
  return Object.entries(wanted).flatMap(([name, values]) => (values ? [any(values.map((value) => quoted(factLexeme(name, value))))] : []));
}

function factLexeme(name: string, value: string): string {
  return `#${name}=${value}`;
}

function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}

export interface IndexQuery {
  /** A `tsquery` for what is to be found. */
  readonly wanted: string;
  /** One without phrases and without what must be missing. It finds more, by the index alone. */
  readonly candidates: string;
}

export function exactQuery(query: SearchQuery, filter: SearchFilter): IndexQuery {
  const narrowed = narrowing(filter);
  return {
    wanted: all([...query.map(exact), ...narrowed]),
    candidates: all([...query.map(withoutPlaces), ...narrowed]),
  };
}

/**
 * Undefined if nothing is near.
 *
 * @param nearWords the words of the index that are near that one.
 */
export function nearQuery(
  query: SearchQuery,
  filter: SearchFilter,
  nearWords: ReadonlyMap<string, readonly string[]>,
): IndexQuery | undefined {
  const near = query.map((term) => nearForms(term, nearWords));
  if (near.every((forms) => forms.length === 0)) return undefined;
  const narrowed = narrowing(filter);
  const either = (one: (term: Term) => string): string[] => query.map((term, index) => any([one(term), ...(near[index] ?? [])]));
  return {
    wanted: all([...either(exact), ...narrowed, `!${all(query.map(exact))}`]),
    candidates: all([...either(withoutPlaces), ...narrowed]),
  };
}

function exact(term: Term): string {
  if (term.kind === 'word') return lexeme(term.word, isPrefix(term.word));
  return `(${term.words.map((word, index) => lexeme(word, goesOn(term, index))).join(' <-> ')})`;
}

function withoutPlaces(term: Term): string {
  if (term.kind === 'word') return exact(term);
  return all(term.words.map((word, index) => lexeme(word, goesOn(term, index))));
}

function goesOn(term: Term & { readonly kind: 'phrase' }, index: number): boolean {
  return term.isUnspaced && index === term.words.length - 1;
}

function nearForms(term: Term, nearWords: ReadonlyMap<string, readonly string[]>): string[] {
  if (term.kind === 'word') return (nearWords.get(term.word) ?? []).map((word) => lexeme(word, false));
  return term.isUnspaced ? [all(pairsOf(term.words).map((pair) => lexeme(`~${pair}`, false)))] : [];
}

/** Words contain letters, marks and digits only, so nothing has to be escaped. */
function lexeme(word: string, mayGoOn: boolean): string {
  return `'${word}'${mayGoOn ? ':*' : ''}`;
}

function all(queries: readonly string[]): string {
  return `(${queries.join(' & ')})`;
}

function any(queries: readonly string[]): string {
  return `(${queries.join(' | ')})`;
}
