/**
 * Words of a message in one plain form, each with its place in the original. Arabic letters lose
 * their variants and signs, digits become Western ones. So a rule matches the plain form and quotes
 * the original.
 */

export interface Token {
  readonly text: string;
  /** In the plain text. */
  readonly from: number;
  readonly to: number;
  /** Number of its clause. */
  readonly clause: number;
}

export interface PlainText {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The original between two places of the plain text. */
  readonly original: (from: number, to: number) => string;
}

const LETTERS: Readonly<Record<string, string>> = {
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ئ: 'ي',
  ؤ: 'و',
  ة: 'ه',
  گ: 'ك',
  '٫': '.',
  '٬': ',',
  '’': "'",
  '–': '-',
  '—': '-',
  '٪': '%',
  '،': ',',
  '؛': ';',
  '؟': '?',
};
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u0640\u064B-\u0652\u0670]/u;

/** Arabic written in Latin letters and digits, which no other rule keeps together. */
const LATIN_ARABIC = '3ay[ei]z(?:a|een)?|3ayz(?:a|een)|3aw[ei]z|sha2[aq]|shaqqa|tagamo3|ma3adi|ta2[sz]e?e?t';
const WORD = new RegExp(
  `(?:${LATIN_ARABIC})(?![a-z0-9])|\\d+(?:st|nd|rd|th)(?![a-z])|m2(?![a-z0-9])|\\d+(?:[.,]\\d+)*|[a-z]+(?:'[a-z]+)?|[\\u0621-\\u064a]+|\\S`,
  'gu',
);
/** Ends a clause. */
const STOP = /^[.,;!?\n()]$/;
const CONTRAST: ReadonlySet<string> = new Set(['but', 'however', 'now', 'بس', 'لكن', 'ولكن', 'دلوقتي', 'والباقي', 'rest']);

export function plainText(message: string): PlainText {
  let text = '';
  const places: number[] = [];
  let last = '';
  let run = 0;
  for (let at = 0; at < message.length; at += 1) {
    const letter = plainLetter(message[at] ?? '');
    if (letter === '') continue;
    run = letter === last ? run + 1 : 1;
    last = letter;
    // "ايجااار" is "ايجار".
    if (run > 2 && /\p{L}/u.test(letter)) continue;
    text += letter;
    places.push(at);
  }
  const original = (from: number, to: number): string => message.slice(places[from] ?? 0, (places[to - 1] ?? message.length - 1) + 1);
  let clause = 0;
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    const lines = text.slice(tokens.at(-1)?.to ?? 0, match.index).includes('\n');
    if (lines || STOP.test(word) || CONTRAST.has(word)) clause += 1;
    tokens.push({ text: word, from: match.index, to: match.index + word.length, clause });
  }
  return { text, tokens, original };
}

/** The plain form of a text alone. */
export function plainForm(text: string): string {
  return Array.from(text, plainLetter).join('');
}

function plainLetter(letter: string): string {
  if (UNSEEN.test(letter)) return '';
  const western = /[٠-٩]/.test(letter)
    ? String(letter.charCodeAt(0) - 0x660)
    : /[۰-۹]/.test(letter)
      ? String(letter.charCodeAt(0) - 0x6f0)
      : letter;
  const folded = western.normalize('NFKC');
  const one = (folded.length === 1 ? folded : western).toLowerCase().charAt(0);
  return LETTERS[one] ?? one;
}
