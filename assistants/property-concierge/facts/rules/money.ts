/** Budget, currency, the period of a rent, and the down payment. */

import type { Currency } from '../schema.ts';
import type { Found } from './lexicon.ts';
import type { Message } from './message.ts';
import { type Amount, amountsIn, rangeEnd } from './numbers.ts';
import { comparatorAround, type PropertyFinding } from './quantities.ts';
import { plainForm } from './tokens.ts';
import { BUDGET_WORDS, CURRENCY_WORDS, DOWN_WORDS, PERIODS } from './words.ts';

/** A smaller number after "budget" is no price. */
const LEAST_PRICE = 1_000;
/** What may stand between an amount and "max". */
const BESIDE = new Set('a per month year the egp le dollars usd $ جنيه دولار شهريا في الشهر مصري'.split(' ').map(plainForm));

export function moneyIn(message: Message, isAskedFor: boolean, isRent: boolean): readonly PropertyFinding[] {
  const currencies = message.find(CURRENCY_WORDS);
  const periods = message.find(PERIODS);
  const downs = message.all(DOWN_WORDS);
  const hasCue = message.all(BUDGET_WORDS).length > 0 || periods.length > 0;
  const found: PropertyFinding[] = [];
  const amounts = amountsIn(message);
  const isBare = isAskedFor && isOnlyNumber(message);
  let scale = 1;
  let budget: { readonly first: number; readonly end: number } | undefined;
  for (let index = 0; index < amounts.length; index += 1) {
    const [amount, next] = [amounts[index], amounts[index + 1]];
    if (amount === undefined || message.isElsewhere(amount.first)) continue;
    const isBetween = /^bet/.test(message.at(amount.first - 1)) || /^بين/.test(message.at(amount.first - 1));
    const to = rangeEnd(message, amount, next, isBetween) ? next : undefined;
    const last = to ?? amount;
    const currency = currencyOf(message, currencies, amount, last);
    const comparator = comparatorAround(message, amount.first, last.end, BESIDE);
    if (message.isNegated(amount.first) && comparator !== 'max') continue;
    const value = { amount, last, scale: Math.max(last.scale, amount.scale) };
    if (value.scale === 1) {
      const isInherited = scale > 1 && comparator !== undefined && comparator !== 'about' && amount.value < 1_000;
      const isGuess = isBare && last.value < 1_000;
      const isMoney = currency !== undefined || (last.value >= LEAST_PRICE && (hasCue || isBare));
      if (isInherited) value.scale = scale;
      else if (isGuess) value.scale = isRent ? 1_000 : 1_000_000;
      else if (!isMoney) continue;
    }
    scale = value.scale;
    const words = message.words(amount.first, last.end);
    const most = priceOf(last, value.scale);
    if (isDown(downs, amount, last)) {
      found.push({ field: 'downPayment', value: most, words, confidence: 0.9 });
      continue;
    }
    if (to !== undefined) {
      index += 1;
      const least = priceOf(amount, amount.value < last.value || amount.scale > 1 ? value.scale : 1);
      found.push({ field: 'budgetMin', value: least, words, confidence: 0.9 }, { field: 'budgetMax', value: most, words, confidence: 0.9 });
    } else
      found.push({
        field: comparator === 'min' ? 'budgetMin' : 'budgetMax',
        value: most,
        words,
        confidence: comparator === undefined ? 0.8 : 0.9,
      });
    budget = { first: amount.first, end: last.end };
    const named = currency ?? (currencies.length === 1 ? currencies[0] : undefined);
    if (named !== undefined)
      found.push({ field: 'currency', value: named.value, words: message.words(named.first, named.end), confidence: 0.95 });
  }
  const period = periods[0];
  if (budget !== undefined && period !== undefined) {
    found.push({ field: 'rentPeriod', value: period.value, words: message.words(period.first, period.end), confidence: 0.9 });
  }
  return found;
}

function priceOf({ value, scale }: Amount, of: number): number {
  return Math.round(scale === 1 ? value * of : value);
}

function currencyOf(message: Message, currencies: readonly Found<Currency>[], amount: Amount, last: Amount): Found<Currency> | undefined {
  return currencies.find(
    ({ first, end }) => end === amount.first || first === last.end || (first === last.end + 1 && message.at(last.end) === 'of'),
  );
}

function isDown(downs: readonly Found<'down'>[], amount: Amount, last: Amount): boolean {
  return downs.some(({ first, end }) => (first >= last.end && first - last.end <= 1) || (end <= amount.first && amount.first - end <= 2));
}

/** Nothing but numbers and words that round them. */
export function isOnlyNumber(message: Message): boolean {
  const numbers = amountsIn(message);
  return (
    numbers.length > 0 &&
    message.tokens.every(
      ({ text }, at) =>
        numbers.some(({ first, end }) => at >= first && at < end) ||
        /^\P{L}$/u.test(text) ||
        /^(?:about|around|maybe|to|or|approximately|max|حوالي|تقريبا|ممكن|او|ل|الي|لحد)$/.test(text),
    )
  );
}
