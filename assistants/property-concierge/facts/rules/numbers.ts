/** Numbers in digits and words, with their scale, in English and Arabic. */
import { type Message, range } from './message.ts';
import { FRACTIONS, SCALES, WORDS } from './number-words.ts';
import { plainForm } from './tokens.ts';

export interface Amount {
  readonly value: number;
  /** 1 for a plain number. A number with a scale is money. */
  readonly scale: number;
  readonly first: number;
  readonly end: number;
}

const TWO_MILLION = plainForm('مليونين');
const TWO_THOUSAND = plainForm('ألفين');
/** `m` after a larger number means metres. */
const MOST_MILLIONS = 30;
const AND = new Set(['and', 'و', '&']);
/** In the order of the message. */
export function amountsIn(message: Message): readonly Amount[] {
  const amounts: Amount[] = [];
  for (let at = 0; at < message.tokens.length; at += 1) {
    if (message.isTaken(at)) continue;
    const amount = amountAt(message, at);
    if (amount === undefined) continue;
    amounts.push(amount);
    at = amount.end - 1;
  }
  return amounts;
}

function amountAt(message: Message, at: number): Amount | undefined {
  const word = bare(message.at(at));
  // A scale alone is one of it: "مليون ونص".
  const alone = word === TWO_MILLION ? 2_000_000 : word === TWO_THOUSAND ? 2_000 : /^[a-z]/.test(word) ? undefined : SCALES.get(word);
  if (alone !== undefined)
    return withRest(message, { value: alone, scale: alone >= 1_000_000 ? 1_000_000 : 1_000, first: at, end: at + 1 });
  const part = FRACTIONS.get(word);
  if (part !== undefined) {
    const next = message.at(at + 1) === 'a' ? at + 2 : at + 1;
    const scale = SCALES.get(bare(message.at(next)));
    return scale === undefined ? undefined : { value: scale * part, scale, first: at, end: next + 1 };
  }
  const digits = /^\d/.test(word) ? parsed(word) : undefined;
  const value = digits ?? WORDS.get(message.at(at)) ?? WORDS.get(word);
  if (value === undefined || /^\d+(?:st|nd|rd|th)$/.test(word)) return undefined;
  // "one and a half million"
  const fraction = fractionAfter(message, at + 1);
  const next = fraction === undefined ? at + 1 : fraction.end;
  const scale = scaleAt(message, next, value);
  if (scale !== undefined) return withRest(message, { value: (value + (fraction?.value ?? 0)) * scale, scale, first: at, end: next + 1 });
  if (word === 'a') return undefined;
  return { value, scale: 1, first: at, end: at + 1 };
}

/** "and a half", "ونص", "و ٧٠٠ الف" after a scale. */
function withRest(message: Message, amount: Amount): Amount {
  const { scale } = amount;
  const fraction = fractionAfter(message, amount.end);
  if (fraction !== undefined) return { ...amount, value: amount.value + fraction.value * scale, end: fraction.end };
  const joined = AND.has(message.at(amount.end)) ? amount.end + 1 : amount.end;
  if (scale === 1_000_000 && joined > amount.end && /^\d/.test(message.at(joined))) {
    const rest = amountAt(message, joined);
    if (rest?.scale === 1_000) return { ...amount, value: amount.value + rest.value, end: rest.end };
  }
  return amount;
}

function fractionAfter(message: Message, at: number): { readonly value: number; readonly end: number } | undefined {
  const word = message.at(at);
  if (word.startsWith('و') && FRACTIONS.has(word.slice(1))) return { value: FRACTIONS.get(word.slice(1)) ?? 0, end: at + 1 };
  if (!AND.has(word)) return undefined;
  const next = message.at(at + 1) === 'a' ? at + 2 : at + 1;
  const value = FRACTIONS.get(message.at(next));
  return value === undefined ? undefined : { value, end: next + 1 };
}

function scaleAt(message: Message, at: number, value: number): number | undefined {
  const word = message.at(at);
  if (word === 'm' || word === 'م') return value < MOST_MILLIONS ? 1_000_000 : undefined;
  // Close together, as in "25k".
  if (word === 'k') return message.tokens[at]?.from === message.tokens[at - 1]?.to || value < 1_000 ? 1_000 : undefined;
  return SCALES.get(bare(word));
}

/** Without the Arabic particles that numbers stand behind. */
function bare(word: string): string {
  return word.replace(/^(?:وال|بال|لل|ال|[وبل])(?=\p{Script=Arabic}{3})/u, (particle) =>
    WORDS.has(word) || SCALES.has(word) ? particle : '',
  );
}

/** "3,500,000", "3.5", "3,5", "2.500.000". */
function parsed(word: string): number | undefined {
  const digits = word.replace(/[a-z]+$/, '');
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(digits)) return Number(digits.replaceAll(',', ''));
  if (/^\d{1,3}(?:\.\d{3}){2,}$/.test(digits)) return Number(digits.replaceAll('.', ''));
  const number = Number(digits.replace(',', '.'));
  return Number.isFinite(number) ? number : undefined;
}

const TO = new Set(['to', '-', 'until', 'till', 'ل', 'الي', 'لحد', 'حتي', 'or', 'او']);

/** Index of the amount that ends a range which begins with this one. */
export function rangeEnd(message: Message, from: Amount, to: Amount | undefined, isBetween = false): boolean {
  if (to === undefined || to.value < 0) return false;
  const between = range(from.end, to.first).map((at) => message.at(at));
  const joined = between.length === 0 && /^ل/.test(message.at(to.first)) && from.end === to.first;
  return joined || (between.length === 1 && between.every((word) => TO.has(word) || (isBetween && (AND.has(word) || word === 'an'))));
}
