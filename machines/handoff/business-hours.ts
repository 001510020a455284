/**
 * When humans answer. A schedule has intervals for each day of the week and exceptions for single
 * dates, in the local time of one zone. `BusinessHours` counts with it.
 *
 * Owns what is open when, over breaks, holidays and daylight saving. Does not own the current
 * time, which is an argument, and what follows from it (sla.ts, the notices of the session).
 */
import * as z from 'zod';
import { isTimeZone, ZoneClock } from './zone-clock.ts';

const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** A schedule whose exceptions close it for longer does not open again. Two years, in days. */
const MAX_CLOSED_DAYS = 731;
/** Days whose intervals are kept, some 500 KB. Eleven years of one schedule. */
const MAX_KEPT_DAYS = 4_096;

/** By the number that `Date.prototype.getUTCDay` gives. */
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Minutes since midnight. `until` is after `from`, and beyond 1,440 it is on the next day. */
interface Interval {
  readonly from: number;
  readonly until: number;
}

const INTERVAL = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/**
 * `09:00-12:30`. One that ends at or before its start, such as `22:00-06:00`, ends on the next day.
 */
const interval = z.string().transform((text, context): Interval => {
  const found = INTERVAL.exec(text);
  const [, hour, minute, untilHour = '24', untilMinute = '00'] = found ?? [];
  const from = Number(hour) * 60 + Number(minute);
  const until = Number(untilHour) * 60 + Number(untilMinute);
  const issue = (message: string) => context.addIssue({ code: 'custom', message });
  if (found === null) issue(`"${text}" is not an interval such as 09:00-12:30, in 24 hours`);
  else if (from === until) issue(`"${text}" is empty. Write 00:00-24:00 for the whole day`);
  return { from, until: until > from ? until : until + DAY_MINUTES };
});

const intervals = z
  .array(interval)
  .max(24, 'expected at most 24 intervals a day')
  .transform((list, context): readonly Interval[] => {
    const sorted = list.toSorted((a, b) => a.from - b.from);
    const overlaps = sorted.some(({ from }, index) => from < (sorted[index - 1]?.until ?? 0));
    if (overlaps) context.addIssue({ code: 'custom', message: 'the intervals of a day overlap. Join them to one' });
    return sorted;
  });

/** `2026-12-25`, or `12-25` for that day of every year. */
const date = z
  .string()
  .refine((text) => isDate(text), { error: ({ input }) => `"${String(input)}" is not a date such as 2026-12-25, or 12-25 for every year` });

const exception = z
  .strictObject({
    date,
    /** Last date of several. */
    until: date.optional(),
    /** For people, such as the name of a holiday. */
    name: z.string().max(100).optional(),
    /** In place of those of the week. Without any it is closed. */
    hours: intervals.default([]),
  })
  .refine(({ date: first, until }) => until === undefined || (until.length === 10 && first.length === 10 && first <= until), {
    error: '"until" must be a date with its year that does not come before "date", which then needs its year too',
  });

export const scheduleSchema = z
  .strictObject({
    /** Name in the IANA time zone database. */
    timeZone: z.string().refine(isTimeZone, {
      error: ({ input }) => `"${String(input)}" is not the name of a time zone such as Africa/Cairo or Europe/Berlin`,
    }),
    /** A day that is not named is closed. */
    week: z.strictObject(
      {
        sunday: intervals.default([]),
        monday: intervals.default([]),
        tuesday: intervals.default([]),
        wednesday: intervals.default([]),
        thursday: intervals.default([]),
        friday: intervals.default([]),
        saturday: intervals.default([]),
      },
      {
        error: ({ code, keys }) =>
          code === 'unrecognized_keys' ? `there is no day "${keys?.join('", "')}". The days are ${WEEKDAYS.join(', ')}` : undefined,
      },
    ),
    /** Holidays and other days that differ. The first that has a date counts. */
    exceptions: z.array(exception).max(1_000).default([]),
  })
  .refine(({ week }) => WEEKDAYS.some((day) => week[day].length > 0), {
    path: ['week'],
    error: 'no day has an interval. Name at least one',
  });

/** A schedule, read. */
export type Schedule = z.output<typeof scheduleSchema>;

/** A schedule that never closes. */
export const ALWAYS_OPEN: Schedule = scheduleSchema.parse({
  timeZone: 'UTC',
  week: Object.fromEntries(WEEKDAYS.map((day) => [day, ['00:00-24:00']])),
});

/** Milliseconds since the epoch, `end` exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Counts open time of a schedule. An interval opens when the clock of the zone reaches its start
 * and closes when the clock reaches its end, so an hour that the clock skips is not open time, and
 * one that it repeats counts twice within an interval. An overnight interval belongs to the day on
 * which it begins. All times are milliseconds since the epoch.
 *
 * @example
 * const week = { sunday: ['09:00-13:00', '14:00-17:00'] };
 * const schedule = scheduleSchema.parse({ timeZone: 'Africa/Cairo', week });
 * const hours = new BusinessHours(schedule);
 * // On a Sunday at 12:30, one hour of open time ends at 14:30, after the break.
 * hours.addOpenMs(at, 3_600_000);
 */
export class BusinessHours {
  readonly #schedule: Schedule;
  readonly #clock: ZoneClock;
  readonly #kept = new Map<number, readonly Span[]>();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#clock = new ZoneClock(schedule.timeZone);
  }

  isOpen(at: number): boolean {
    const next = this.#next(at, 0);
    return next !== undefined && next.start <= at;
  }

  /** `at` itself while it is open. Undefined if it does not open within two years. */
  nextOpening(at: number): number | undefined {
    const next = this.#next(at, MAX_CLOSED_DAYS);
    return next === undefined ? undefined : Math.max(at, next.start);
  }

  /** Open time from `from` until `until`. 0 if `until` is not later. */
  openMsBetween(from: number, until: number): number {
    let open = 0;
    for (let day = firstDay(from); day <= lastDay(until); day += 1) {
      for (const { start, end } of this.#spans(day)) open += Math.max(0, Math.min(end, until) - Math.max(start, from));
    }
    return open;
  }

  /**
   * Earliest moment by which `ms` of open time have passed since `at`. Undefined if the schedule
   * closes for two years before.
   */
  addOpenMs(at: number, ms: number): number | undefined {
    if (ms <= 0) return at;
    let left = ms;
    let reached = at;
    for (;;) {
      const next = this.#next(reached, MAX_CLOSED_DAYS);
      if (next === undefined) return undefined;
      const start = Math.max(reached, next.start);
      if (next.end - start >= left) return start + left;
      left -= next.end - start;
      reached = next.end;
    }
  }

  /** First span that ends after `at` and begins on one of the following days. */
  #next(at: number, withinDays: number): Span | undefined {
    for (let day = firstDay(at); day <= lastDay(at) + withinDays; day += 1) {
      const found = this.#spans(day).find(({ end }) => end > at);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** In order. The spans of all days in turn are in order too, and none overlaps another. */
  #spans(day: number): readonly Span[] {
    const kept = this.#kept.get(day);
    if (kept !== undefined) return kept;
    // An interval of the day before may go on into this one.
    const free = this.#asScheduled(day - 1).at(-1)?.end ?? Number.NEGATIVE_INFINITY;
    const spans = this.#asScheduled(day)
      .map(({ start, end }) => ({ start: Math.max(start, free), end }))
      .filter(({ start, end }) => start < end);
    if (this.#kept.size >= MAX_KEPT_DAYS) this.#kept.clear();
    this.#kept.set(day, spans);
    return spans;
  }

  #asScheduled(day: number): Span[] {
    return this.#intervals(day).map(({ from, until }) => ({ start: this.#clock.reached(day, from), end: this.#clock.reached(day, until) }));
  }

  #intervals(day: number): readonly Interval[] {
    const date = new Date(day * DAY_MS);
    const written = date.toISOString().slice(0, 10);
    const { week, exceptions } = this.#schedule;
    const found = exceptions.find(({ date: first, until }) =>
      first.length === 5 ? written.endsWith(first) : written >= first && written <= (until ?? first),
    );
    const weekday = WEEKDAYS[date.getUTCDay()];
    return found?.hours ?? (weekday === undefined ? [] : week[weekday]);
  }
}

/** No zone is a day away from UTC, and an overnight interval is at most a day long. */
const firstDay = (at: number): number => Math.floor(at / DAY_MS) - 2;
const lastDay = (at: number): number => Math.floor(at / DAY_MS) + 1;

function isDate(text: string): boolean {
  // 29 February is a date of some years, so it may be one of every year.
  const whole = /^\d\d-\d\d$/.test(text) ? `2000-${text}` : text;
  if (!/^\d{4}-\d\d-\d\d$/.test(whole)) return false;
  const read = new Date(`${whole}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(whole);
}
