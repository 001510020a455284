/** Rooms, areas, floors, years and percentages, which are numbers with a unit. */
import type { Finding } from '../../../index.ts';
import type { PropertyFacts } from '../schema.ts';
import type { Found } from './lexicon.ts';
import type { Message } from './message.ts';
import { type Amount, amountsIn, rangeEnd } from './numbers.ts';
import { plainForm } from './tokens.ts';
import { type Comparator, DUALS, UNITS, type Unit } from './words.ts';

export type PropertyFinding = Finding<PropertyFacts>;

const SQUARE_METRES_OF_FOOT = 0.092903;
/** Outside of these a number with "m" is something else. */
const AREAS = { least: 15, most: 100_000 };

/** Takes the words of what it finds. */
export function quantitiesIn(message: Message, hasPayment: boolean): readonly PropertyFinding[] {
  const found: PropertyFinding[] = [];
  for (const { value, first, end } of message.find(DUALS)) {
    if (message.isNegated(first)) continue;
    message.take(first, end);
    const words = message.words(first, end);
    found.push({ field: value === 'years' ? 'installmentYears' : value, value: 2, words, confidence: 0.9 });
  }
  const amounts = amountsIn(message);
  const units = message.find(UNITS);
  for (const [index, amount] of amounts.entries()) {
    if (message.isTaken(amount.first) || amount.scale !== 1) continue;
    const unit = unitAfter(message, units, amount) ?? unitBefore(message, units, amount, amounts);
    if (unit === undefined) continue;
    const previous = amounts[index - 1];
    const isBetween = /^bet/.test(message.at((previous?.first ?? 0) - 1));
    const from =
      previous !== undefined && previous.scale === 1 && !message.isTaken(previous.first) && rangeEnd(message, previous, amount, isBetween)
        ? previous
        : undefined;
    const first = Math.min(from?.first ?? amount.first, unit.first);
    const end = Math.max(amount.end, unit.end);
    const isWanted = !message.isNegated(amount.first) && !message.isElsewhere(amount.first);
    const quantity = { value: amount.value, from: from?.value, first, end };
    const read = isWanted ? readUnit(message, unit.value, quantity, hasPayment) : [];
    if (read.length > 0 || !isWanted) message.take(first, end);
    found.push(...read);
  }
  return [...found, ...lonely(message, found, amounts)];
}

interface Quantity {
  readonly value: number;
  /** The beginning of a range. */
  readonly from: number | undefined;
  readonly first: number;
  readonly end: number;
}

function readUnit(message: Message, unit: Unit, { value, from, first, end }: Quantity, hasPayment: boolean): readonly PropertyFinding[] {
  const words = message.words(first, end);
  const isCount = Number.isInteger(value) && value <= 12;
  switch (unit) {
    case 'bedrooms': {
      if (!isCount) return [];
      if (from === undefined || from >= value) return [{ field: 'bedrooms', value, words, confidence: 0.95 }];
      return [
        { field: 'bedrooms', value: from, words, confidence: 0.9 },
        { field: 'bedroomsMax', value, words, confidence: 0.9 },
      ];
    }
    case 'bathrooms':
      return isCount && value > 0 ? [{ field: 'bathrooms', value: from ?? value, words, confidence: 0.95 }] : [];
    case 'metres':
    case 'feet':
      return areaOf(message, unit, { value, from, first, end });
    case 'years':
      return hasPayment && value <= 40 ? [{ field: 'installmentYears', value, words, confidence: 0.85 }] : [];
    case 'percent':
      return hasPayment && value <= 100 ? [{ field: 'downPaymentPercent', value, words, confidence: 0.85 }] : [];
  }
}

function areaOf(message: Message, unit: 'metres' | 'feet', { value, from, first, end }: Quantity): readonly PropertyFinding[] {
  const metres = (area: number): number => (unit === 'feet' ? Math.round(area * SQUARE_METRES_OF_FOOT) : area);
  const area = metres(value);
  if (area < AREAS.least || area > AREAS.most) return [];
  const words = message.words(first, end);
  if (from !== undefined && metres(from) < area) {
    return [
      { field: 'areaMin', value: metres(from), words, confidence: 0.95 },
      { field: 'areaMax', value: area, words, confidence: 0.95 },
    ];
  }
  const isMost = comparatorAround(message, first, end) === 'max';
  return [{ field: isMost ? 'areaMax' : 'areaMin', value: area, words, confidence: 0.9 }];
}

/** "Not more than" before it, or "at most" after it. */
export function comparatorAround(
  message: Message,
  first: number,
  end: number,
  skipped: ReadonlySet<string> = new Set(),
): Comparator | undefined {
  const all = message.comparators;
  const clause = message.tokens[first]?.clause;
  const near = (found: Found<Comparator>): boolean => message.tokens[found.first]?.clause === clause;
  const before = all.findLast(
    (found) => near(found) && found.end <= first && first - found.end <= 2 && !hasNumber(message, found.end, first),
  );
  // "Can't do more than" is a maximum.
  if (before?.value === 'min' && message.isNegated(before.first)) return 'max';
  if (before !== undefined && before.value !== 'about') return before.value;
  let next = end;
  while (skipped.has(message.at(next))) next += 1;
  const after = all.find((found) => near(found) && found.first >= end && found.first <= next && !/^\d/.test(message.at(found.end)));
  return after?.value ?? before?.value;
}

function hasNumber(message: Message, first: number, end: number): boolean {
  return message.tokens.slice(first, end).some(({ text }) => /^\d/.test(text));
}

function unitAfter(message: Message, units: readonly Found<Unit>[], amount: Amount): Found<Unit> | undefined {
  const at = message.at(amount.end) === '-' ? amount.end + 1 : amount.end;
  const unit = units.find(({ first }) => first === at);
  if (unit !== undefined) return unit;
  // "three nice bedrooms"
  const isWord = /^\p{L}+$/u.test(message.at(at)) && message.tokens[at]?.clause === message.tokens[amount.first]?.clause;
  const apart = isWord ? units.find(({ first, value }) => first === at + 1 && value === 'bedrooms' && amount.value <= 9) : undefined;
  return apart !== undefined && /^(?:separate|nice|big|large|master|spacious|full|كبار|كبيره)$/.test(message.at(at)) ? apart : undefined;
}

/** "Bedrooms: 3", "مساحة 150" has no unit, "اوضة واحدة". */
function unitBefore(message: Message, units: readonly Found<Unit>[], amount: Amount, amounts: readonly Amount[]): Found<Unit> | undefined {
  const isLabelled = /^[:=]$/.test(message.at(amount.first - 1));
  const isOne = amount.value === 1 && /^واحد/.test(message.at(amount.first));
  const at = isLabelled ? amount.first - 1 : isOne ? amount.first : -1;
  const unit = units.find(({ end }) => end === at);
  return unit !== undefined && amounts.every(({ end }) => end !== unit.first) ? unit : undefined;
}

const AREA_WORDS = new Set(['مساحه', 'مساحتها', 'المساحه', 'area', 'size'].map(plainForm));

/** An area after "area", and a bathroom beside bedrooms. */
function lonely(message: Message, found: readonly PropertyFinding[], amounts: readonly Amount[]): readonly PropertyFinding[] {
  const has = (field: string): boolean => found.some((one) => one.field === field);
  const read: PropertyFinding[] = [];
  for (const [at, { text }] of message.tokens.entries()) {
    if (AREA_WORDS.has(text) && !has('areaMin') && !has('areaMax')) {
      const amount = amounts.find(({ first, scale, value }) => first > at && first - at <= 4 && scale === 1 && value >= AREAS.least);
      if (amount !== undefined) {
        read.push(...areaOf(message, 'metres', { value: amount.value, from: undefined, first: amount.first, end: amount.end }));
        message.take(amount.first, amount.end);
      }
    }
    if (/^وحمامم?$/.test(text) && has('bedrooms') && !has('bathrooms')) {
      read.push({ field: 'bathrooms', value: 1, words: message.words(at, at + 1), confidence: 0.7 });
    }
  }
  return read;
}
