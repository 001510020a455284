/**
 * Ranges of local days, and their steps. A step begins when the clock of the zone reaches midnight,
 * so a day on which the clock changes has 23 or 25 hours, and no hour is in two days.
 */
import { ZoneClock } from '#machines/handoff/zone-clock.ts';
import { BUCKET_MS } from '#storage/rollups.ts';

export const STEPS = ['hour', 'day', 'week', 'month'] as const;
export type StepName = (typeof STEPS)[number];

export const WEEK_STARTS = ['monday', 'saturday', 'sunday'] as const;
export type WeekStart = (typeof WEEK_STARTS)[number];

const DAY_MS = 86_400_000;

/** Days since the epoch of a date such as `2026-11-30`. Undefined if there is no such day. */
export function dayOfDate(date: string): number | undefined {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date ? undefined : at / DAY_MS;
}

export function dateOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export interface Range {
  readonly timeZone: string;
  /** The first day, and the day after the last one. Days since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** The same number of days before. A whole month is compared with the month before. */
export function rangeBefore({ timeZone, from, to }: Range): Range {
  const first = new Date(from * DAY_MS);
  const last = new Date(to * DAY_MS);
  if (first.getUTCDate() === 1 && last.getUTCDate() === 1) {
    const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
    return { timeZone, from: Date.UTC(first.getUTCFullYear(), first.getUTCMonth() - months) / DAY_MS, to: from };
  }
  return { timeZone, from: from - (to - from), to: from };
}

export interface Steps {
  /** When each step begins, and when the last one ends. Milliseconds since the epoch. */
  readonly times: readonly number[];
  /** The same in buckets of the roll-ups. */
  readonly edges: readonly number[];
}

/** Without a step the range is one. */
export function stepsOf({ timeZone, from, to }: Range, step: StepName | undefined, weekStart: WeekStart): Steps {
  const clock = new ZoneClock(timeZone);
  const days = startDays(from, to, step, weekStart);
  const starts = days.map((day) => clock.reached(day, 0));
  const end = clock.reached(to, 0);
  const times = [...new Set([...(step === 'hour' ? hours(starts, end) : starts), end])];
  return { times, edges: times.map((time) => Math.ceil(time / BUCKET_MS)) };
}

function startDays(from: number, to: number, step: StepName | undefined, weekStart: WeekStart): number[] {
  const all = Array.from({ length: to - from }, (_, index) => from + index);
  const begins = (day: number): boolean => {
    if (step === 'week') return (day + 4) % 7 === { sunday: 0, monday: 1, saturday: 6 }[weekStart];
    if (step === 'month') return new Date(day * DAY_MS).getUTCDate() === 1;
    return step !== undefined;
  };
  return all.filter((day) => day === from || begins(day));
}

function* hours(starts: readonly number[], end: number): Generator<number> {
  for (const [index, start] of starts.entries()) {
    const next = starts[index + 1] ?? end;
    for (let at = start; at < next; at += 3_600_000) yield at;
  }
}
