/**
 * Direction of a text by the language that it is in. `dir="auto"` takes the first strong letter,
 * which in an Arabic text is often that of a command, a symbol or a name.
 */
export type Direction = 'ltr' | 'rtl';

const RTL =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}]/u;
const WORD = /\p{L}[\p{L}\p{M}\p{N}'’_-]*/gu;
/** What belongs to no language, such as code, addresses, commands, symbols and abbreviations. */
const NEUTRAL =
  /```.*?(?:```|$)|`[^`\n]*`|\bhttps?:\/\/\S+|\bwww\.\S+|\S+@\S+|(?<![\p{L}\p{N}])[/@#$][\p{L}\p{N}_]+|\b[A-Z][A-Z0-9.]+\b/gsu;
/**
 * Share of words above which a text runs from right to left. Names of other scripts are common
 * there, so it is less than half. Google's Closure library has the same share.
 */
const RTL_SHARE = 0.4;

/** Undefined without a letter. The surrounding text decides then. */
export function directionOf(text: string): Direction | undefined {
  const words = text.replace(NEUTRAL, ' ').match(WORD) ?? text.match(WORD) ?? [];
  const [first] = words;
  if (first === undefined) return undefined;
  const share = words.filter((word) => RTL.test(word)).length / words.length;
  // Between halves, the text is in the language that it begins in.
  return (share === 0.5 ? RTL.test(first) : share > RTL_SHARE) ? 'rtl' : 'ltr';
}

export function hasRightToLeft(text: string): boolean {
  return RTL.test(text);
}

/** Number of words in any script. */
export function wordsIn(text: string): number {
  return text.match(WORD)?.length ?? 0;
}

/** Commands with what they are about, numbers with a sign, and dates of ISO 8601. */
const LTR_PARTS =
  /(?<![\p{L}\p{N}/])(?:\/[a-z0-9_]{1,32}(?!\p{L})(?:[ ,]+[a-z0-9][a-z0-9.^=-]*)*(?<![.^=-])|[-+−]\d[\d.,]*%?|\d{4}-\d\d(?:-\d\d)?(?![\d-]))/giu;

interface BidiPart {
  /** Where it begins in the text. */
  readonly at: number;
  readonly text: string;
  /** It must be isolated, else `/help` reads `help/`, and `-5` reads `5-`. */
  readonly ltr: boolean;
}

/** Parts of a text that runs from right to left. */
export function bidiParts(text: string): readonly BidiPart[] {
  const parts: BidiPart[] = [];
  let at = 0;
  const add = (end: number, ltr: boolean): void => {
    if (end > at) parts.push({ at, text: text.slice(at, end), ltr });
    at = end;
  };
  for (const { 0: found, index } of text.matchAll(LTR_PARTS)) {
    add(index, false);
    add(index + found.length, true);
  }
  add(text.length, false);
  return parts;
}
