/** One message as the rules see it, with its words, what was taken of them, and what is negated. */
import { type Found, find, type Term, type Word, type Words, wordsOf } from './lexicon.ts';
import { type PlainText, plainText } from './tokens.ts';
import { VOCABULARY } from './vocabulary.ts';
import { COMPARATORS, type Comparator, ELSEWHERE, NEGATIONS, WANTS } from './words.ts';

/** Tokens after a negation that it may reach. */
const REACH = 6;

export class Message {
  readonly tokens: readonly Word[];
  readonly text: string;
  /** "At most" and the like. */
  readonly comparators: readonly Found<Comparator>[];
  readonly #plain: PlainText;
  readonly #words: Words;
  readonly #taken = new Set<number>();
  readonly #negated = new Set<number>();
  readonly #elsewhere: ReadonlySet<number>;

  constructor(text: string, phrases: readonly Term<string>[]) {
    this.#plain = plainText(text);
    this.text = this.#plain.text;
    this.#words = wordsOf(this.#plain.tokens, VOCABULARY);
    this.tokens = this.#words.all;
    this.comparators = find(this.#words, COMPARATORS);
    // "no rush" and "not more than" negate nothing.
    const whole = new Set(find(this.#words, phrases).flatMap(({ first, end }) => range(first, end)));
    const wants = new Set(find(this.#words, WANTS, whole).map(({ first }) => first));
    for (const { end } of find(this.#words, NEGATIONS, whole)) {
      const clause = this.tokens[end]?.clause;
      for (let at = end; at < Math.min(end + REACH, this.tokens.length); at += 1) {
        if (this.tokens[at]?.clause !== clause || (wants.has(at) && at > end)) break;
        this.#negated.add(at);
      }
    }
    this.#elsewhere = new Set(find(this.#words, ELSEWHERE).map(({ first }) => this.tokens[first]?.clause ?? -1));
  }

  /** Terms in what is not taken yet, apart from what is about somebody else or the past. */
  find<V>(lexicon: readonly Term<V>[]): readonly Found<V>[] {
    return find(this.#words, lexicon, this.#taken).filter(({ first }) => !this.isElsewhere(first));
  }

  /** Terms in the whole message, also in what is taken. */
  all<V>(lexicon: readonly Term<V>[]): readonly Found<V>[] {
    return find(this.#words, lexicon);
  }

  take(first: number, end: number): void {
    for (const at of range(first, end)) this.#taken.add(at);
  }

  /** Without what stands in a place of the plain text, such as a telephone number. */
  takeText(from: number, to: number): void {
    for (const [at, token] of this.tokens.entries()) if (token.from < to && token.to > from) this.#taken.add(at);
  }

  isTaken(at: number): boolean {
    return this.#taken.has(at);
  }

  isNegated(at: number): boolean {
    return this.#negated.has(at);
  }

  isElsewhere(at: number): boolean {
    return this.#elsewhere.has(this.tokens[at]?.clause ?? -1);
  }

  /** Plain text of a token. Empty beyond the ends. */
  at(index: number): string {
    return this.tokens[index]?.text ?? '';
  }

  /** The customer's own words of some tokens. */
  words(first: number, end: number): string {
    const from = this.tokens[first]?.from ?? 0;
    return this.original(from, this.tokens[end - 1]?.to ?? from + 1);
  }

  /** The same of places in the plain text. */
  original(from: number, to: number): string {
    return this.#plain.original(from, to);
  }
}

export function range(first: number, end: number): readonly number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
}
