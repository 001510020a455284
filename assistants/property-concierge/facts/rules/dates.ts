/** Dates of moving in, relative to the time of the message in the customer's time zone. */

import { MONTHS, RELATIVE, type Relative, TIME_UNITS } from './date-words.ts';
import { type Message, range } from './message.ts';
import { plainForm } from './tokens.ts';
import { MOVE_WORDS } from './words.ts';

export interface DateFound {
  /** YYYY-MM or YYYY-MM-DD. */
  readonly value: string;
  readonly first: number;
  readonly end: number;
}

const IN = new Set(['in', 'within', 'after', 'بعد', 'خلال', 'كمان']);
const COUNTS: ReadonlyMap<string, number> = new Map(
  'two:2 three:3 four:4 five:5 six:6 a:1 one:1 تلات:3 تلاته:3 ثلاث:3 ثلاثه:3 اربع:4 خمس:5 سته:6 ست:6'
    .split(' ')
    .map((entry) => [plainForm(entry.split(':')[0] ?? ''), Number(entry.split(':')[1])] as const),
);

/** The first date of the message. */
export function dateIn(message: Message, at: number, timeZone: string): DateFound | undefined {
  const today = localDay(at, timeZone);
  const free = (found: { readonly first: number }): boolean =>
    !message.isTaken(found.first) && !message.isElsewhere(found.first) && !message.isNegated(found.first);
  const relative = message.all(RELATIVE).find(free);
  if (relative !== undefined) return { value: relativeDate(relative.value, today), first: relative.first, end: relative.end };
  const later = laterIn(message, today);
  if (later !== undefined) return later;
  const month = message.all(MONTHS).find((found) => free(found) && isMonth(message, found.first));
  return month === undefined ? yearIn(message) : namedMonth(message, month, today);
}

/** "may" is a verb too, and short forms need a day or a year beside them. */
function isMonth(message: Message, at: number): boolean {
  const word = message.at(at);
  const isSure = !/^(?:may|mar|march|dec|nov|jan|feb|apr|jun|jul|aug|sept|october|اكتوبر)$/.test(word);
  const beside = `${message.at(at - 1)} ${message.at(at + 1)}`;
  return (
    isSure ||
    (/\d|\b(?:in|by|from|until|of|since)\b|شهر/.test(beside) && !/^(?:october|اكتوبر)$/.test(word)) ||
    (/^(?:october|اكتوبر)$/.test(word) && /شهر|\d{4}/.test(beside))
  );
}

/** "Delivery 2028". */
function yearIn(message: Message): DateFound | undefined {
  const moves = message.all(MOVE_WORDS);
  const at = message.tokens.findIndex(
    ({ text }, index) => /^20[2-4]\d$/.test(text) && moves.some(({ end }) => index - end <= 1 && index >= end),
  );
  return at < 0 || message.isElsewhere(at) ? undefined : { value: message.at(at), first: at, end: at + 1 };
}

function namedMonth(
  message: Message,
  { value: month, first, end }: { readonly value: string; readonly first: number; readonly end: number },
  today: Day,
): DateFound {
  const year = /^20\d\d$/.test(message.at(end)) ? Number(message.at(end)) : today.month > Number(month) ? today.year + 1 : today.year;
  const last = /^20\d\d$/.test(message.at(end)) ? end + 1 : end;
  const before = dayNumber(message.at(first - 1)) ?? (message.at(first - 1) === 'of' ? dayNumber(message.at(first - 2)) : undefined);
  const from = message.at(first - 1) === 'of' ? first - 2 : first - 1;
  if (before !== undefined) return { value: `${year}-${month}-${two(before)}`, first: from, end: last };
  const after = dayNumber(message.at(end));
  if (after !== undefined && last === end) return { value: `${year}-${month}-${two(after)}`, first, end: end + 1 };
  return { value: `${year}-${month}`, first, end: last };
}

function laterIn(message: Message, today: Day): DateFound | undefined {
  for (const { value: unit, first, end } of message.all(TIME_UNITS)) {
    const word = message.at(first - 1);
    const count = /^\d{1,2}$/.test(word) ? Number(word) : COUNTS.get(word);
    if (count === undefined || !IN.has(message.at(first - 2)) || message.isTaken(first)) continue;
    const value = unit === 'months' ? addMonths(today, count) : addDays(today, unit === 'weeks' ? count * 7 : count);
    return { value, first: first - 2, end };
  }
  return undefined;
}

function relativeDate(relative: Relative, today: Day): string {
  switch (relative) {
    case 'tomorrow':
      return addDays(today, 1);
    case 'day after tomorrow':
      return addDays(today, 2);
    case 'next week':
    case 'week':
      return addDays(today, 7);
    case 'two weeks':
      return addDays(today, 14);
    case 'next month':
    case 'month':
      return addMonths(today, 1);
    case 'two months':
      return addMonths(today, 2);
    case 'two years':
      return `${today.year + 2}-${two(today.month)}`;
    case 'next year':
      return `${today.year + 1}-01`;
    case 'end of year':
      return `${today.year}-12-31`;
    case 'end of month':
      return dayOf(new Date(Date.UTC(today.year, today.month, 0)));
    case 'summer':
      return `${today.month > 8 ? today.year + 1 : today.year}-06`;
  }
}

export interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export function localDay(at: number, timeZone: string): Day {
  const [year = 0, month = 1, day = 1] = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    .format(at)
    .split('-')
    .map(Number);
  return { year, month, day };
}

export function addDays({ year, month, day }: Day, days: number): string {
  return dayOf(new Date(Date.UTC(year, month - 1, day + days)));
}

/** Minutes since midnight. */
export function localMinutes(at: number, timeZone: string): number {
  const [hour = 0, minute = 0] = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    .format(at)
    .split(':')
    .map(Number);
  return hour * 60 + minute;
}

/** The next such day, today included. */
export function dayOfMonth({ year, month, day }: Day, named: number, dayNamed: number): string {
  const isOver = named < month || (named === month && dayNamed < day);
  return `${isOver ? year + 1 : year}-${two(named)}-${two(dayNamed)}`;
}

function addMonths({ year, month }: Day, months: number): string {
  const date = new Date(Date.UTC(year, month - 1 + months, 1));
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}`;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function dayNumber(word: string): number | undefined {
  const day = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(word)?.[1];
  return day !== undefined && Number(day) >= 1 && Number(day) <= 31 ? Number(day) : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Words beside a date that leave it the point of the message. */
const FILLER = new Set(
  "if possible you can please from by within on the in of for at around maybe or so we i'd like to would لو ينفع سمحت ممكن يا ريت علي كده خليها خلينا في من ان شاء الله اول"
    .split(' ')
    .map(plainForm),
);

/** Whether the message says nothing beside the date. */
export function isAllDate(message: Message, { first, end }: DateFound): boolean {
  return range(0, message.tokens.length).every(
    (at) => (at >= first && at < end) || FILLER.has(message.at(at)) || /^\P{L}$/u.test(message.at(at)),
  );
}
