/**
 * Wishes for a viewing or a call, with their day and time in the customer's time zone. What they
 * take of a message is no date of moving in, and no amount. "See", "come" and "call" alone are no
 * wish, so one needs a day or a time beside it.
 */
import { MONTHS } from './date-words.ts';
import { addDays, type Day, dayOfMonth, localDay, localMinutes } from './dates.ts';
import { type Message, range } from './message.ts';
import { SCALES, WORDS } from './number-words.ts';
import type { PropertyFinding } from './quantities.ts';
import { MOVE_WORDS, UNITS } from './words.ts';

type Field = 'viewing' | 'callBack';

/** A verb that means a home that is known. A vague date beside it belongs to the viewing too. */
const VIEWING =
  /\b(?:viewings?|visit|appointment|tour|inspect)\b|\b(?:view|see|check out|look at|have a look at|show (?:me|us)) (?:it|one|them|this|that|these|those|the)\b|\b(?:can|could|may|might|will|would|should|to|'ll) (?:also |maybe )?(?:come|drop|pass|stop|swing)(?: (?:by|over|in|along))?\b(?! back)|\b(?:drop|pass|stop|swing) by\b|\bmeet\b|\bwalk (?:through|around)\b|\b(?:take|show) (?:me|us) (?:a?round|over)\b/gu;
const SEEING =
  /\b(?:view|see|look at|show (?:me|us)) (?:an?|any|some|[a-z]{2}-\d+|apartments?|flats?|villas?|homes?|houses?|properties|units?|places?)(?![a-z])/gu;
const CALL = /\b(?:call|phone|ring|contact|text) (?:me|us)\b|\b(?:give|drop) (?:me|us) a (?:call|ring)\b/gu;
const ARABIC_VIEWING =
  /^(?:و|ف|ل|ال|لل|وال|بال)?(?:معاينه|[ان]عاين(?:ها|ه|هم)?|زياره|[ان]زور(?:ها|ه|هم|كم|كو)?|[ان]شوف(?:ها|ه|هم)?|[ان]تفرج|ميعاد|موعد|ه?[ان]?اجي|ه?ا?نيجي|[ان]عدي|نتقابل|[ان]قابل(?:كم|كو|ك)?)$/u;
const ARABIC_CALL = /^(?:و|ف)?(?:[تي]?كلم(?:ني|وني|نا|ونا)|[تي]?رن(?:و|وا)?|[تي]?ا?تصل(?:و|وا)?)$/u;
/** "The date of delivery" is no appointment. */
const DATE_OF = /^(?:ميعاد|موعد)$/u;

interface Wish {
  readonly field: Field;
  readonly at: number;
  readonly isSure: boolean;
}

export interface Appointments {
  readonly found: readonly PropertyFinding[];
  /** Clauses whose dates belong to an appointment. */
  readonly clauses: ReadonlySet<number>;
}

/** @param isAsked our message asked for a time to see a home. */
export function appointmentsIn(message: Message, at: number, timeZone: string, isAsked: boolean): Appointments {
  const found: PropertyFinding[] = [];
  const clauses = new Set<number>();
  const wishes = wishesIn(message);
  // "Sunday 2pm, SC-110."
  const named = message.tokens.findIndex(({ text }, index) => /^[a-z]{2}$/.test(text) && /^-$/.test(message.at(index + 1)));
  if (wishes.length === 0 && named >= 0 && /^\d{3,6}$/.test(message.at(named + 2)))
    wishes.push({ field: 'viewing', at: named, isSure: false });
  if (isAsked && wishes.length === 0) wishes.push({ field: 'viewing', at: 0, isSure: true });
  for (const wish of wishes) {
    if (found.some(({ field }) => field === wish.field)) continue;
    const moment = momentNear(message, wish, wishes, at, timeZone);
    const clause = message.tokens[wish.at]?.clause ?? 0;
    if ((wish.isSure || moment !== undefined) && !moves(message, clause)) clauses.add(clause);
    if (moment === undefined) continue;
    for (const index of moment.tokens) message.take(index, index + 1);
    const [first, last] = [Math.min(...moment.tokens), Math.max(...moment.tokens)];
    found.push({ field: wish.field, value: moment.value, words: message.words(first, last + 1), confidence: 0.85 });
  }
  return { found, clauses };
}

function wishesIn(message: Message): Wish[] {
  const matched = (pattern: RegExp, field: Field, isSure: boolean): readonly Wish[] =>
    [...message.text.matchAll(pattern)].map(({ index }) => ({
      field,
      at: message.tokens.findIndex(({ to }) => to > index),
      isSure,
    }));
  const arabic = message.tokens.flatMap(({ text }, index): readonly Wish[] => {
    if (ARABIC_CALL.test(text)) return [{ field: 'callBack', at: index, isSure: true }];
    const isOther = DATE_OF.test(text) && moves(message, message.tokens[index]?.clause ?? 0);
    return ARABIC_VIEWING.test(text) && !isOther
      ? [{ field: 'viewing', at: index, isSure: /(?:ها|ه|هم)$|^(?:ال)?م|زيار/u.test(text) }]
      : [];
  });
  return [...matched(VIEWING, 'viewing', true), ...matched(SEEING, 'viewing', false), ...matched(CALL, 'callBack', true), ...arabic]
    .filter((wish) => wish.at >= 0 && !message.isNegated(wish.at) && !message.isElsewhere(wish.at))
    .toSorted((a, b) => a.at - b.at);
}

function moves(message: Message, clause: number): boolean {
  return message.all(MOVE_WORDS).some(({ first }) => message.tokens[first]?.clause === clause);
}

interface Moment {
  readonly value: string;
  readonly tokens: readonly number[];
}

/**
 * In the clause of the wish, after it rather than before, else in the next one or the one before.
 */
function momentNear(message: Message, { at: verb }: Wish, wishes: readonly Wish[], at: number, timeZone: string): Moment | undefined {
  const own = message.tokens[verb]?.clause ?? 0;
  const isOthers = (clause: number): boolean => wishes.some((wish) => message.tokens[wish.at]?.clause === clause);
  const near = (clause: number): readonly number[] =>
    range(0, message.tokens.length).filter((index) => message.tokens[index]?.clause === clause && !message.isNegated(index));
  const beside = [own + 1, own - 1].filter((clause) => !isOthers(clause) && !moves(message, clause)).flatMap(near);
  const mine = near(own);
  const places = [...mine.filter((index) => index >= verb), ...mine.filter((index) => index < verb), ...beside].filter(
    (index) => !message.isTaken(index),
  );
  const today = localDay(at, timeZone);
  const day = firstOf(places, (index) => dayAt(message, index, today));
  const time = firstOf(places, (index) => (day?.tokens.includes(index) ? undefined : timeAt(message, index)));
  if (day === undefined && time === undefined) return undefined;
  const tokens = [...(day?.tokens ?? []), ...(time?.tokens ?? [])];
  if (time === undefined) return { value: day?.value ?? '', tokens };
  const isOver = day === undefined && time.minutes <= localMinutes(at, timeZone);
  const date = day?.value ?? addDays(today, isOver ? 1 : 0);
  return { value: `${date}T${two(Math.floor(time.minutes / 60))}:${two(time.minutes % 60)}`, tokens };
}

function firstOf<T>(places: readonly number[], read: (index: number) => T | undefined): T | undefined {
  for (const index of places) {
    const found = read(index);
    if (found !== undefined) return found;
  }
  return undefined;
}

const TODAY = /^(?:today|tonight|ال?نهارده|انهارده|اليوم)$/u;
const TOMORROW = /^(?:tomorrow|tomorow|tommorow|tommorrow|tmrw|tmr|tmw|بكره|بكرا|غدا)$/u;
/** From Sunday. The short forms that are words themselves need another word before them. */
const WEEKDAYS: readonly (readonly [sure: RegExp, named: RegExp])[] = [
  [/^(?:sunday|الاحد)$/, /^(?:sun|الحد)$/],
  [/^(?:monday|mon|الاثنين)$/, /^الاتنين$/],
  [/^(?:tuesday|tues?|الثلاثاء)$/, /^(?:التلات|الثلاث)$/],
  [/^(?:wednesday|weds|الاربعاء)$/, /^(?:wed|الاربع)$/],
  [/^(?:thursday|thu|thurs?|الخميس)$/, /^خميس$/],
  [/^(?:friday|fri|الجمعه)$/, /^جمعه$/],
  [/^(?:saturday|السبت)$/, /^(?:sat|سبت)$/],
];
const NAMES_DAY = /^(?:on|next|this|coming|يوم)$/;
const PAST = /^(?:last|الماضي|اللي|فات)$/;

interface DayFound {
  readonly value: string;
  readonly tokens: readonly number[];
}

function dayAt(message: Message, index: number, today: Day): DayFound | undefined {
  const word = message.at(index);
  const before = message.at(index - 1);
  if (TODAY.test(word)) return { value: addDays(today, 0), tokens: [index] };
  if (TOMORROW.test(word)) {
    if (before === 'بعد') return { value: addDays(today, 2), tokens: [index - 1, index] };
    if (before === 'after' && message.at(index - 2) === 'day') return { value: addDays(today, 2), tokens: range(index - 2, index + 1) };
    return { value: addDays(today, 1), tokens: [index] };
  }
  const bare = word.replace(/^(?:و|ل(?=ل?[^ا]))/u, '');
  const weekday = WEEKDAYS.findIndex(
    ([sure, named]) =>
      sure.test(word) || sure.test(bare) || (named.test(word) && (NAMES_DAY.test(before) || /^(?:\d|الساعه)/u.test(message.at(index + 1)))),
  );
  if (weekday >= 0) {
    if (PAST.test(before) || PAST.test(message.at(index + 1))) return undefined;
    const now = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay();
    return { value: addDays(today, ((weekday - now + 6) % 7) + 1), tokens: [index] };
  }
  return numberedDay(message, index, today);
}

/** "5 December", "December 5th" and "6/12". */
function numberedDay(message: Message, index: number, today: Day): DayFound | undefined {
  const day = numberIn(/^(\d{1,2})(?:st|nd|rd|th)?$/, message.at(index), 31);
  if (day === undefined) return undefined;
  const isSlashed = /^[/-]$/.test(message.at(index + 1));
  const slashed = isSlashed ? numberIn(/^(\d{1,2})$/, message.at(index + 2), 12) : undefined;
  if (slashed !== undefined) return { value: dayOfMonth(today, slashed, day), tokens: range(index, index + 3) };
  const months = message.all(MONTHS);
  const after = months.find(({ first }) => first === index + 1 || (first === index + 2 && message.at(index + 1) === 'of'));
  const month = after ?? months.find(({ end }) => end === index);
  if (month === undefined) return undefined;
  const [first, end] = [Math.min(index, month.first), Math.max(index + 1, month.end)];
  return { value: dayOfMonth(today, Number(month.value), day), tokens: range(first, end) };
}

const BEFORE_TIME = /^(?:at|around|about|after|by|before|from|@|الساعه|ساعه|للساعه|س)$/u;
const SPOKEN_TIME = /^(?:at|الساعه|ساعه|للساعه)$/u;
const AFTERNOON = /^(?:pm|p|م|مساء|العصر|عصرا|المغرب|بالليل|ليلا|العشا)$/u;
const MORNING = /^(?:am|a|ص|صباحا|الصبح)$/u;
const NOON = /^(?:الضهر|الظهر|ظهرا)$/u;

interface TimeFound {
  /** Since midnight. */
  readonly minutes: number;
  readonly tokens: readonly number[];
}

function timeAt(message: Message, index: number): TimeFound | undefined {
  const word = message.at(index);
  if (/^(?:noon|midday)$/.test(word)) return { minutes: 12 * 60, tokens: [index] };
  if (word === 'half' && message.at(index + 1) === 'past') {
    const hour = hourIn(message.at(index + 2));
    return hour === undefined ? undefined : { minutes: likely(hour) * 60 + 30, tokens: range(index, index + 3) };
  }
  const before = message.at(index - 1);
  const isSpoken = SPOKEN_TIME.test(before);
  const hour = /^\d/.test(word) || isSpoken ? hourIn(word) : undefined;
  if (hour === undefined || message.isElsewhere(index)) return undefined;
  const exact = message.at(index + 1) === ':' ? numberIn(/^(\d{2})$/, message.at(index + 2), 59, 0) : undefined;
  let end = exact === undefined ? index + 1 : index + 3;
  let minutes = exact ?? 0;
  if (exact === undefined && /^(?:ونص|ونصف)$/.test(message.at(end))) {
    minutes = 30;
    end += 1;
  }
  const part = message.at(end);
  const isHalf = AFTERNOON.test(part) || MORNING.test(part) || NOON.test(part) || part === "o'clock";
  if (isHalf) {
    const hours = AFTERNOON.test(part) && hour < 12 ? hour + 12 : MORNING.test(part) ? hour % 12 : likely(hour);
    return { minutes: hours * 60 + minutes, tokens: range(index, end + 1) };
  }
  if (exact === undefined && (!BEFORE_TIME.test(before) || isAmount(message, end))) return undefined;
  const isEvening = message.tokens.some(({ text }) => text === 'tonight');
  const hours = isEvening && hour < 12 ? hour + 12 : likely(hour);
  return { minutes: hours * 60 + minutes, tokens: range(isSpoken ? index - 1 : index, end) };
}

/** People see homes by day. */
function likely(hour: number): number {
  return hour >= 1 && hour < 8 ? hour + 12 : hour;
}

function hourIn(word: string): number | undefined {
  const spoken = WORDS.get(word);
  return spoken !== undefined && word !== 'a' && spoken <= 12 ? spoken : numberIn(/^(\d{1,2})$/, word, 23, 0);
}

/** "After 5 million" and "at 3 bedrooms". */
function isAmount(message: Message, index: number): boolean {
  const word = message.at(index);
  return SCALES.has(word) || /^[%$/-]$/.test(word) || message.all(UNITS).some(({ first }) => first === index);
}

function numberIn(pattern: RegExp, word: string, most: number, least = 1): number | undefined {
  const value = Number(pattern.exec(word)?.[1] ?? Number.NaN);
  return value >= least && value <= most ? value : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
