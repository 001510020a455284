/**
 * Reads the facts of one message without a model. Terms are found first and take their words, so
 * that a number belongs to one fact only. What is negated is left out or excluded.
 */
import type { MessageToRead } from '../../../index.ts';
import type { Feature, PropertyFacts, PropertyType } from '../schema.ts';
import { appointmentsIn } from './appointments.ts';
import { type Askable, askedIn } from './asked.ts';
import { contactIn, nameAlone } from './contact.ts';
import { dateIn, isAllDate } from './dates.ts';
import type { Found, Term } from './lexicon.ts';
import { Message } from './message.ts';
import { isOnlyNumber, moneyIn } from './money.ts';
import { WORDS } from './number-words.ts';
import { amountsIn, rangeEnd } from './numbers.ts';
import { OCTOBER, OCTOBER_ALONE, PLACES } from './places.ts';
import { type PropertyFinding, quantitiesIn } from './quantities.ts';
import {
  ALSO,
  COMPARATORS,
  DOWN_WORDS,
  FEATURE_WORDS,
  FINISHINGS,
  FLOORS,
  FURNISHINGS,
  MOVE_WORDS,
  PAYMENTS,
  PURPOSES,
  READINESS,
  TYPES,
  URGENCY,
} from './words.ts';

/** Phrases whose negation belongs to them. */
const WHOLE: readonly Term<string>[] = [...URGENCY, ...FURNISHINGS, ...COMPARATORS].filter(({ words }) => words.length > 1);
const OVER_YEARS = /^(?:over|علي|خلال)$/;

type Read = MessageToRead<PropertyFacts>;

export function readFacts({ text, at, timeZone, known, before }: Read): readonly PropertyFinding[] {
  const message = new Message(text, WHOLE);
  const asked = askedIn(before);
  const found: PropertyFinding[] = [...contactIn(message, text)];
  const appointments = appointmentsIn(message, at, timeZone, asked.has('viewing'));
  found.push(...appointments.found);
  const isMore = message.all(ALSO).length > 0;

  found.push(...conditions(message));
  found.push(...placesIn(message, known, isMore));
  found.push(...typesIn(message, known, isMore, appointments.clauses));
  found.push(...featuresIn(message, known));
  const floor = floorIn(message);
  if (floor !== undefined) found.push(floor);

  const hasPayment =
    found.some(({ field }) => field === 'payment') ||
    message.all(DOWN_WORDS).length > 0 ||
    message.tokens.some(
      ({ text: word }, index) => OVER_YEARS.test(word) && (/^\d/.test(message.at(index + 1)) || WORDS.has(message.at(index + 1))),
    );
  const date = dateIn(message, at, timeZone);
  if (date !== undefined) message.take(date.first, date.end);
  const isOther = date !== undefined && appointments.clauses.has(message.tokens[date.first]?.clause ?? -1);
  found.push(...quantitiesIn(message, hasPayment));
  const isRent = found.some(({ field, value }) => field === 'purpose' && value === 'rent') || known.purpose === 'rent';
  found.push(...moneyIn(message, asked.has('budget'), isRent));
  found.push(...answersIn(message, asked, found));

  const city = octoberIn(message, asked, found, known, isMore);
  const all = city === undefined ? found : [...found.filter(({ field }) => field !== city.field), city];
  const isDate =
    date !== undefined &&
    !isOther &&
    (asked.has('moveIn') || all.length > 0 || isAllDate(message, date) || message.all(MOVE_WORDS).length > 0);
  if (date !== undefined && isDate)
    all.push({ field: 'moveIn', value: date.value, words: message.words(date.first, date.end), confidence: 0.85 });
  const name = asked.has('name') && all.length === 0 ? nameAlone(text) : undefined;
  return name === undefined ? all : [name];
}

/** Fields with one of a few values. */
function conditions(message: Message): readonly PropertyFinding[] {
  const found: PropertyFinding[] = [];
  const purpose = sole(message, PURPOSES);
  if (purpose) found.push({ field: 'purpose', value: purpose.value, ...shown(message, purpose, 0.9) });
  const finishing = sole(message, FINISHINGS);
  if (finishing) found.push({ field: 'finishing', value: finishing.value, ...shown(message, finishing, 0.9) });
  const readiness = sole(message, READINESS);
  if (readiness) found.push({ field: 'readiness', value: readiness.value, ...shown(message, readiness, 0.85) });
  const urgency = message.find(URGENCY)[0];
  if (urgency) {
    message.take(urgency.first, urgency.end);
    found.push({ field: 'urgency', value: urgency.value, ...shown(message, urgency, 0.8) });
  }
  const payment = message.find(PAYMENTS).find((one) => !message.isNegated(one.first) && !/^me$/.test(message.at(one.end)));
  const others = message.find(PAYMENTS).filter((one) => !message.isNegated(one.first));
  const isSaving = /^(?:have|معايا)$/.test(message.at(0)) || /\bin$/.test(message.at((payment?.first ?? 0) - 1));
  const chosen =
    payment?.value === 'cash' && others.length > 1 && (isSaving || others.some(({ value }) => value === 'installments'))
      ? others.at(-1)
      : payment;
  if (chosen) found.push({ field: 'payment', value: chosen.value, ...shown(message, chosen, 0.85) });
  for (const one of others) message.take(one.first, one.end);
  const furnishing = message.find(FURNISHINGS)[0];
  if (furnishing) {
    message.take(furnishing.first, furnishing.end);
    const isNot = message.isNegated(furnishing.first);
    if (!isNot || furnishing.value === 'furnished')
      found.push({ field: 'furnished', value: isNot ? 'unfurnished' : furnishing.value, ...shown(message, furnishing, 0.9) });
  }
  return found;
}

/** The value, if the message has one that is not negated. */
function sole<V>(message: Message, lexicon: readonly Term<V>[]): Found<V> | undefined {
  const all = message.find(lexicon).filter(({ first }) => !message.isNegated(first));
  for (const { first, end } of all) message.take(first, end);
  return new Set(all.map(({ value }) => value)).size === 1 ? all[0] : undefined;
}

function shown(message: Message, { first, end }: { readonly first: number; readonly end: number }, confidence: number) {
  return { words: message.words(first, end), confidence };
}

function placesIn(message: Message, known: PropertyFacts, isMore: boolean): readonly PropertyFinding[] {
  const all = message.find(PLACES);
  const wanted = all.filter(({ first }) => !message.isNegated(first));
  const excluded = all.filter(({ first }) => message.isNegated(first));
  for (const { first, end } of all) message.take(first, end);
  const found: PropertyFinding[] = [];
  const list = listed(message, wanted);
  if (list) found.push({ field: 'locations', value: isMore ? union(known.locations, list.values) : list.values, ...list.shown });
  const not = listed(message, excluded);
  if (not) {
    found.push({ field: 'excludedLocations', value: union(known.excludedLocations, not.values), ...not.shown });
    const left = known.locations?.filter((place) => !not.values.some((one) => one === place));
    if (!list && known.locations && left && left.length < known.locations.length)
      found.push({ field: 'locations', value: left.length === 0 ? null : left, ...not.shown });
  }
  return found;
}

/** October is a month unless something else of the message makes it the city. */
function octoberIn(
  message: Message,
  asked: ReadonlySet<Askable>,
  found: readonly PropertyFinding[],
  known: PropertyFacts,
  isMore: boolean,
): PropertyFinding | undefined {
  const city = message.find(OCTOBER_ALONE)[0];
  if (city === undefined) return undefined;
  const isNot = message.isNegated(city.first);
  const isAlone = message.tokens.length === 1 && asked.size === 0;
  if (!isNot && !asked.has('locations') && (isAlone || found.every(({ field }) => field === 'name' || field === 'phone'))) return undefined;
  message.take(city.first, city.end);
  const field = isNot ? 'excludedLocations' : 'locations';
  const said = found.find((one) => one.field === field);
  const before =
    said && Array.isArray(said.value) ? said.value.filter((one) => typeof one === 'string') : isMore || isNot ? known[field] : undefined;
  return { field, value: union(before, [OCTOBER]), ...shown(message, city, 0.8) };
}

function typesIn(message: Message, known: PropertyFacts, isMore: boolean, appointments: ReadonlySet<number>): readonly PropertyFinding[] {
  const all = message.find(TYPES).filter((one) => !isAboutOne(message, one, appointments));
  const wanted = listed(
    message,
    all.filter(({ first }) => !message.isNegated(first)),
  );
  const excluded = listed(
    message,
    all.filter(({ first }) => message.isNegated(first)),
  );
  for (const { first, end } of all) message.take(first, end);
  const found: PropertyFinding[] = [];
  if (wanted) found.push({ field: 'types', value: isMore ? union(known.types, wanted.values) : wanted.values, ...wanted.shown });
  if (excluded) {
    found.push({ field: 'excludedTypes', value: union(known.excludedTypes, excluded.values), ...excluded.shown });
    const left = known.types?.filter((type) => !excluded.values.includes(type));
    if (!wanted && known.types && left && left.length < known.types.length)
      found.push({ field: 'types', value: left.length === 0 ? null : left, ...excluded.shown });
  }
  return found;
}

const DEFINITE = /^(?:the|this|that|your|my|our)$/;
const THIS_ONE = /^(?:دي|ده|بكام|كام)$/;

/** "How much is the villa?" and "may I visit the villa?" are about one that was shown. */
function isAboutOne(message: Message, { first, end, particle }: Found<PropertyType>, appointments: ReadonlySet<number>): boolean {
  if (DEFINITE.test(message.at(first - 1))) return true;
  if (!particle.endsWith('ال')) return false;
  if (appointments.has(message.tokens[first]?.clause ?? -1)) return true;
  return THIS_ONE.test(message.at(end)) || THIS_ONE.test(message.at(end + 1));
}

function featuresIn(message: Message, known: PropertyFacts): readonly PropertyFinding[] {
  const all = message.find(FEATURE_WORDS).filter(({ first, end }) => !message.isNegated(first) && message.at(end) !== 'of');
  for (const { first, end } of all) message.take(first, end);
  const list = listed<Feature>(message, all);
  return list ? [{ field: 'features', value: union(known.features, list.values), ...list.shown }] : [];
}

/** Distinct values in their order, with the words from the first to the last. */
function listed<V>(message: Message, all: readonly Found<V>[]) {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { values: [...new Set(all.map(({ value }) => value))], shown: shown(message, { first: first.first, end: last.end }, 0.9) };
}

function union<V>(known: readonly V[] | undefined, values: readonly V[]): V[] {
  return [...new Set([...(known ?? []), ...values])];
}

const FLOOR = /^(?:ال|ب|و|في)?(?:دور|طابق)$|^floor$/;

function floorIn(message: Message): PropertyFinding | undefined {
  const ordinals = message.all(FLOORS);
  for (const [at, { text }] of message.tokens.entries()) {
    if (message.isTaken(at) || message.isNegated(at) || message.isElsewhere(at) || !FLOOR.test(text)) continue;
    const ordinal = ordinals.find(({ first, end }) => (text === 'floor' ? end === at : first === at + 1));
    if (ordinal !== undefined) {
      const [first, end] = [Math.min(at, ordinal.first), Math.max(at + 1, ordinal.end)];
      message.take(first, end);
      return { field: 'floor', value: Number(ordinal.value), ...shown(message, { first, end }, 0.9) };
    }
    const next = message.at(at + 1) === 'ال' ? at + 2 : at + 1;
    const number = /^\d{1,2}$/.exec(message.at(next))?.[0];
    if (number === undefined) continue;
    message.take(at, next + 1);
    return { field: 'floor', value: Number(number), ...shown(message, { first: at, end: next + 1 }, 0.9) };
  }
  return undefined;
}

/** A bare number or word after our question. */
function answersIn(message: Message, asked: ReadonlySet<Askable>, found: readonly PropertyFinding[]): readonly PropertyFinding[] {
  if (!asked.has('bedrooms') || found.length > 0 || !isOnlyNumber(message)) return [];
  const [from, to] = amountsIn(message);
  const last = from && rangeEnd(message, from, to) ? to : from;
  if (from === undefined || last === undefined || !Number.isInteger(last.value) || last.value > 12) return [];
  const words = message.words(from.first, last.end);
  if (last === from || from.value >= last.value) return [{ field: 'bedrooms', value: last.value, words, confidence: 0.85 }];
  return [
    { field: 'bedrooms', value: from.value, words, confidence: 0.85 },
    { field: 'bedroomsMax', value: last.value, words, confidence: 0.85 },
  ];
}
