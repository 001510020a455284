/**
 * Business hours, against a walk along the wall clock. The walk knows no offsets. It remembers the
 * latest time that the clock of the zone has shown, and compares it with the schedule as text.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { ALWAYS_OPEN, BusinessHours, scheduleSchema } from '#machines/handoff/business-hours.ts';

type Written = z.input<typeof scheduleSchema>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Every time of the schedules here, and every change of a zone's clock, is a multiple of it. */
const STEP = 5 * MINUTE;
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const hoursOf = (written: Written) => new BusinessHours(scheduleSchema.parse(written));
const utc = (text: string): number => Date.parse(`${text}Z`);
const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString().slice(0, 16));

const nextDate = (date: string): string => new Date(Date.parse(`${date}T00:00Z`) + DAY).toISOString().slice(0, 10);

/** First and last texts of the clock at which the interval is open. */
function openOn(date: string, interval: string): { from: string; until: string } {
  const [from = '', until = ''] = interval.split('-');
  if (until === '24:00') return { from: `${date} ${from}`, until: `${nextDate(date)} 00:00` };
  return { from: `${date} ${from}`, until: `${until > from ? date : nextDate(date)} ${until}` };
}

/** Whether it is open at each step from `from` until `until`. */
function walk({ timeZone, week, exceptions = [] }: Written, from: number, until: number): { at: number; open: boolean }[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const known = new Map<string, { from: string; until: string }[]>();
  const of = (date: string): { from: string; until: string }[] => {
    const found = known.get(date);
    if (found !== undefined) return found;
    const differs = exceptions.find((one) => (one.until === undefined ? date.endsWith(one.date) : one.date <= date && date <= one.until));
    const list = differs === undefined ? week[DAYS[new Date(`${date}T00:00Z`).getUTCDay()] ?? 'sunday'] : differs.hours;
    const spans = (list ?? []).map((interval) => openOn(date, interval));
    known.set(date, spans);
    return spans;
  };
  const steps: { at: number; open: boolean }[] = [];
  let latest = '';
  for (let at = from - 3 * DAY; at < until; at += STEP) {
    const shown = clock.format(at);
    if (shown > latest) latest = shown;
    if (at < from) continue;
    const date = latest.slice(0, 10);
    const before = new Date(Date.parse(`${date}T00:00Z`) - DAY).toISOString().slice(0, 10);
    steps.push({ at, open: [...of(before), ...of(date)].some((span) => span.from <= latest && latest < span.until) });
  }
  return steps;
}

/** A week of an office with lunch breaks, half days and a night shift. */
const OFFICE: Written['week'] = {
  sunday: ['09:00-13:00', '14:00-17:00'],
  monday: ['09:00-13:00', '14:00-17:00'],
  tuesday: ['00:00-03:00', '09:00-24:00'],
  wednesday: ['08:30-12:15', '12:45-18:00', '22:00-02:30'],
  thursday: ['02:00-10:00'],
  saturday: ['20:00-06:00'],
};
const HOLIDAYS: Written['exceptions'] = [
  { date: '2026-03-20', until: '2026-03-23', name: 'Eid al-Fitr' },
  { date: '12-25', name: 'Christmas' },
  { date: '2026-12-24', hours: ['09:00-12:00'] },
  { date: '2026-10-25', hours: ['00:00-04:00', '23:00-01:00'] },
  { date: '01-01' },
];

/** They change at midnight, by half an hour, in the south, backwards for Ramadan, or never. */
const ZONES = [
  'Africa/Cairo',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Apia',
  'America/Santiago',
] as const;

describe('a year, every five minutes', () => {
  test.each(ZONES)('in %s', (timeZone) => {
    const written = { timeZone, week: OFFICE, exceptions: HOLIDAYS };
    const hours = hoursOf(written);
    const steps = walk(written, utc('2026-01-01T00:00'), utc('2027-01-01T00:00'));
    expect(steps.filter(({ at, open }) => hours.isOpen(at) !== open).map(({ at }) => iso(at))).toEqual([]);

    let next: number | undefined;
    const wrong: (string | undefined)[] = [];
    for (const { at, open } of steps.toReversed()) {
      if (open) next = at;
      if (next !== undefined && hours.nextOpening(at) !== next) wrong.push(iso(at));
    }
    expect(wrong).toEqual([]);

    const begin = utc('2026-01-01T00:00');
    let open = 0;
    for (const [index, step] of steps.entries()) {
      if (index % 97 === 0 && hours.openMsBetween(begin, step.at) !== open) wrong.push(iso(step.at));
      if (step.open) open += STEP;
      if (step.open && index % 97 === 0 && hours.addOpenMs(begin, open) !== step.at + STEP) wrong.push(iso(step.at));
    }
    expect(wrong).toEqual([]);
    expect(open).toBeGreaterThan(2_000 * HOUR);
  });
});

const time = fc.integer({ min: 0, max: 287 }).map((step) => {
  const minutes = step * 5;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
});
/** Any number of intervals that do not overlap. The last may go over midnight. */
const dayHours = fc.uniqueArray(time, { maxLength: 7 }).map((times) => {
  const sorted = times.toSorted();
  const pairs = sorted.flatMap((from, index) => {
    const until = sorted[index + 1];
    return index % 2 === 1 || until === undefined ? [] : [`${from}-${until}`];
  });
  const [first = '', last] = [sorted[0], sorted.length % 2 === 1 ? sorted.at(-1) : undefined];
  return last === undefined || last === first ? pairs : [...pairs, `${last}-${first}`];
});
const week = fc.record(Object.fromEntries(DAYS.map((day) => [day, dayHours])) as Record<(typeof DAYS)[number], typeof dayHours>);
const begin = fc.integer({ min: utc('2011-01-01T00:00') / STEP, max: utc('2030-01-01T00:00') / STEP }).map((step) => step * STEP);
const written = (from: number) =>
  fc.record({
    timeZone: fc.constantFrom(...ZONES),
    week: week.filter((days) => Object.values(days).some((list) => list.length > 0)),
    exceptions: fc.array(
      fc.record({
        date: fc.integer({ min: -3, max: 14 }).map((day) => new Date(from + day * DAY).toISOString().slice(0, 10)),
        hours: dayHours,
      }),
      { maxLength: 4 },
    ),
  });
const given = begin.chain((from) => fc.record({ from: fc.constant(from), written: written(from) }));

describe('any schedule', () => {
  test('is open when the walk says so', () => {
    fc.assert(
      fc.property(given, ({ from, written }) => {
        const hours = hoursOf(written);
        const wrong = walk(written, from, from + 12 * DAY).filter(({ at, open }) => hours.isOpen(at) !== open);
        expect(wrong.map(({ at }) => iso(at))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('adds open time up, and finds the moment at which it has passed', () => {
    const ms = fc.integer({ min: 1, max: 60 * HOUR });
    fc.assert(
      fc.property(given, fc.nat(20 * DAY), fc.nat(20 * DAY), ms, ({ from, written }, first, second, wanted) => {
        const hours = hoursOf(written);
        const [middle, end] = [from + first, from + first + second];
        expect(hours.openMsBetween(from, middle) + hours.openMsBetween(middle, end)).toBe(hours.openMsBetween(from, end));

        const due = hours.addOpenMs(from, wanted) ?? Number.NaN;
        expect(hours.openMsBetween(from, due)).toBe(wanted);
        expect(hours.openMsBetween(from, due - 1)).toBe(wanted - 1);

        const opening = hours.nextOpening(from) ?? Number.NaN;
        expect(hours.isOpen(opening)).toBe(true);
        expect(hours.openMsBetween(from, opening)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a change of the clock', () => {
  test('skips an hour that is then no open time', () => {
    const hours = hoursOf({ timeZone: 'Europe/Berlin', week: { sunday: ['01:00-04:00', '04:30-05:00'] } });
    expect(hours.openMsBetween(utc('2026-03-29T00:00'), utc('2026-03-29T02:00'))).toBe(2 * HOUR);
  });

  test('skips the opening, so that it opens at the change', () => {
    const hours = hoursOf({ timeZone: 'Europe/Berlin', week: { sunday: ['02:30-05:00'] } });
    expect(iso(hours.nextOpening(utc('2026-03-28T12:00')))).toBe('2026-03-29T01:00');
  });

  test('repeats an hour within an interval, which counts twice', () => {
    const hours = hoursOf({ timeZone: 'Europe/Berlin', week: { sunday: ['01:00-04:00'] } });
    expect(hours.openMsBetween(utc('2026-10-24T00:00'), utc('2026-10-26T00:00'))).toBe(4 * HOUR);
  });

  test('repeats an hour that begins a shift and ends another, and neither is open twice', () => {
    const hours = hoursOf({ timeZone: 'Europe/Berlin', week: { saturday: ['22:00-02:30'], sunday: ['02:30-06:00'] } });
    expect(hours.openMsBetween(utc('2026-10-24T00:00'), utc('2026-10-26T00:00'))).toBe(9 * HOUR);
  });

  test('at midnight in Cairo moves no day', () => {
    const hours = hoursOf({ timeZone: 'Africa/Cairo', week: { thursday: ['20:00-24:00'], friday: ['00:00-02:00'] } });
    // On 24 April 2026 the clock goes from 00:00 to 01:00, on 30 October from 00:00 to 23:00.
    expect(hours.openMsBetween(utc('2026-04-23T12:00'), utc('2026-04-24T12:00'))).toBe(5 * HOUR);
    expect(hours.openMsBetween(utc('2026-10-29T12:00'), utc('2026-10-30T12:00'))).toBe(7 * HOUR);
  });

  test('skips a whole day in Samoa', () => {
    const hours = hoursOf({
      timeZone: 'Pacific/Apia',
      week: { thursday: ['09:00-17:00'], friday: ['09:00-17:00'], saturday: ['09:00-17:00'] },
    });
    // There was no 30 December 2011.
    expect(hours.openMsBetween(utc('2011-12-28T00:00'), utc('2012-01-01T12:00'))).toBe(16 * HOUR);
  });
});

describe('a schedule', () => {
  const cairo = hoursOf({ timeZone: 'Africa/Cairo', week: OFFICE, exceptions: HOLIDAYS });

  test('pauses for the break', () => {
    // Sunday 12:30 in Cairo.
    expect(iso(cairo.addOpenMs(utc('2026-02-01T10:30'), HOUR))).toBe('2026-02-01T12:30');
    expect(cairo.isOpen(utc('2026-02-01T11:00'))).toBe(false);
  });

  test('gives its end as due, and not the next opening', () => {
    expect(iso(cairo.addOpenMs(utc('2026-02-01T14:00'), HOUR))).toBe('2026-02-01T15:00');
    expect(iso(cairo.nextOpening(utc('2026-02-01T15:00')))).toBe('2026-02-02T07:00');
  });

  test('adds nothing at once, open or not', () => {
    const night = utc('2026-02-01T20:00');
    expect(cairo.addOpenMs(night, 0)).toBe(night);
    expect(cairo.openMsBetween(night, night - DAY)).toBe(0);
  });

  test('takes the first exception of a date', () => {
    const week = { monday: ['09:00-17:00'] };
    const hours = hoursOf({ timeZone: 'UTC', week, exceptions: [{ date: '2026-06-01', hours: ['12:00-13:00'] }, { date: '06-01' }] });
    expect(hours.openMsBetween(utc('2026-06-01T00:00'), utc('2026-06-02T00:00'))).toBe(HOUR);
    expect(hours.openMsBetween(utc('2027-06-01T00:00'), utc('2027-06-02T00:00'))).toBe(0);
  });

  test('that never opens again has no next opening, and no end is due', () => {
    const hours = hoursOf({
      timeZone: 'UTC',
      week: { monday: ['09:00-17:00'] },
      exceptions: [{ date: '2026-01-01', until: '2099-12-31' }],
    });
    expect(hours.nextOpening(utc('2026-06-01T00:00'))).toBeUndefined();
    expect(hours.addOpenMs(utc('2026-06-01T00:00'), 1)).toBeUndefined();
    expect(hours.openMsBetween(utc('2026-01-01T00:00'), utc('2028-01-01T00:00'))).toBe(0);
  });

  test('that never closes counts every millisecond', () => {
    const hours = new BusinessHours(ALWAYS_OPEN);
    expect(hours.openMsBetween(1_234, 90_000_000_001)).toBe(90_000_000_001 - 1_234);
    expect(hours.addOpenMs(1_234, 90_000_000_001)).toBe(90_000_001_235);
  });

  test.each([
    [{ timeZone: 'Mars/Base', week: OFFICE }, 'timeZone', 'is not the name of a time zone'],
    [{ timeZone: '+02:00', week: OFFICE }, 'timeZone', 'is not the name of a time zone'],
    [{ timeZone: 'UTC', week: {} }, 'week', 'Name at least one'],
    [{ timeZone: 'UTC', week: { monday: ['9:00-17:00'] } }, 'week.monday.0', 'is not an interval such as 09:00-12:30'],
    [{ timeZone: 'UTC', week: { monday: ['09:00-09:00'] } }, 'week.monday.0', 'is empty'],
    [{ timeZone: 'UTC', week: { monday: ['09:00-25:00'] } }, 'week.monday.0', 'is not an interval'],
    [{ timeZone: 'UTC', week: { monday: ['13:00-17:00', '09:00-13:01'] } }, 'week.monday', 'overlap'],
    [{ timeZone: 'UTC', week: { monday: ['22:00-06:00', '23:00-23:30'] } }, 'week.monday', 'overlap'],
    [{ timeZone: 'UTC', week: OFFICE, exceptions: [{ date: '2026-02-30' }] }, 'exceptions.0.date', 'is not a date'],
    [{ timeZone: 'UTC', week: OFFICE, exceptions: [{ date: '2026-03-02', until: '2026-03-01' }] }, 'exceptions.0', 'does not come before'],
    [{ timeZone: 'UTC', week: OFFICE, exceptions: [{ date: '12-24', until: '12-26' }] }, 'exceptions.0', 'needs its year'],
    [{ timeZone: 'UTC', week: { monday: ['09:00-17:00'], funday: [] } }, 'week', 'there is no day "funday"'],
  ])('%#: is refused with its mend', (written, path, message) => {
    const issues = scheduleSchema.safeParse(written).error?.issues ?? [];
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, expect.stringContaining(message)]]);
  });
});
