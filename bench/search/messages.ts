/**
 * Made-up messages in four languages. Words are made of syllables, and some are far more frequent
 * than others, as in any language (Zipf's law). The same seed gives the same messages.
 */

interface Language {
  readonly name: string;
  /** Beginnings and endings of syllables. */
  readonly syllables: readonly [readonly string[], readonly string[]];
  readonly space: string;
}

const LANGUAGES: readonly Language[] = [
  { name: 'English', syllables: [[...'bcdfghklmnprstvw'], ['a', 'e', 'i', 'o', 'u', 'an', 'er', 'in', 'on', 'ay', 'ea']], space: ' ' },
  { name: 'Arabic', syllables: [[...'بتجحدرسشصطعفقكلمنه'], ['ا', 'و', 'ي', '', 'ة', 'ال']], space: ' ' },
  { name: 'Chinese', syllables: [[...'我你他们的是在有不了这个大人国时来去说'], [...'包裹退款订单公寓发票地址电话客服价格']], space: '' },
  { name: 'Russian', syllables: [[...'бвгдзклмнпрст'], ['а', 'е', 'и', 'о', 'у', 'ов', 'ск', 'ть']], space: ' ' },
];

/** Different words of each language. */
const WORDS = 50_000;

export class Messages {
  readonly #vocabularies = LANGUAGES.map(({ syllables }) => vocabulary(syllables));
  #seed = 7;

  /** Of the language with that number, which is taken round. */
  message(number: number): string {
    const at = number % LANGUAGES.length;
    const words = this.#vocabularies[at] ?? [];
    const length = 4 + Math.floor(this.#random() * 16);
    return Array.from({ length }, () => words[this.#rank(words.length)] ?? '').join(LANGUAGES[at]?.space);
  }

  /** The word of a language at a rank. 0 is the most frequent. */
  word(language: number, rank: number): string {
    return this.#vocabularies[language]?.[rank] ?? '';
  }

  #rank(count: number): number {
    return Math.floor(count ** this.#random()) - 1;
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }
}

function vocabulary([beginnings, endings]: Language['syllables']): readonly string[] {
  const words = new Set<string>();
  for (let number = 1; words.size < WORDS; number += 1) words.add(wordOf(number * 7_919, beginnings, endings));
  return [...words];
}

function wordOf(number: number, beginnings: readonly string[], endings: readonly string[]): string {
  let [word, left] = ['', number];
  while (left > 0) {
    word += (beginnings[left % beginnings.length] ?? '') + (endings[Math.floor(left / beginnings.length) % endings.length] ?? '');
    left = Math.floor(left / (beginnings.length * endings.length));
  }
  return word;
}
