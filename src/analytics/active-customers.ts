/**
 * Counts customers by the days on which they wrote. Each count is the difference between what the
 * days of a customer amount to before and after, so days may be learnt in any order.
 *
 * Days, weeks and months are those of UTC, weeks from Monday on. A count is put at noon of the
 * first day of its period, which is in the same day of every zone from UTC−12 to UTC+11:45.
 */
import { BUCKET_MS, type RolledCustomer, type RollupCount } from '#storage/rollups.ts';

const DAY_MS = 86_400_000;
/** The first Monday since the epoch was its fifth day. */
const FIRST_MONDAY = 4;

export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

function weekOf(day: number): number {
  return day - ((((day - FIRST_MONDAY) % 7) + 7) % 7);
}

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / DAY_MS;
}

type Place = Pick<RollupCount, 'measure' | 'bucket' | 'key'>;

function placesOf(days: readonly number[]): readonly Place[] {
  const [first] = days;
  if (first === undefined) return [];
  const place = (measure: string, day: number, key = ''): Place => ({ measure, bucket: (day * DAY_MS + DAY_MS / 2) / BUCKET_MS, key });
  const weeks = [...new Set(days.map(weekOf))];
  return [
    place('new_customers', first),
    ...days.map((day) => place('active_days', day)),
    ...weeks.map((week) => place('active_weeks', week)),
    ...[...new Set(days.map(monthOf))].map((month) => place('active_months', month)),
    // How many weeks after the first one.
    ...weeks.map((week) => place('cohorts', weekOf(first), String((week - weekOf(first)) / 7))),
  ];
}

export interface Activity {
  readonly customer: RolledCustomer;
  readonly counts: readonly RollupCount[];
}

/** The customer with further days, and what that changes. Undefined if no day is new. */
export function withDays(
  before: RolledCustomer,
  more: Iterable<number>,
  { assistant, channel }: Pick<RollupCount, 'assistant' | 'channel'>,
): Activity | undefined {
  const days = [...new Set([...before.days, ...more])].sort((a, b) => a - b);
  if (days.length === before.days.length) return undefined;
  const counted =
    (n: number) =>
    (place: Place): RollupCount => ({ ...place, assistant, channel, queue: '', agent: '', n, total: 0 });
  return {
    customer: { key: before.key, days },
    counts: [...placesOf(days).map(counted(1)), ...placesOf(before.days).map(counted(-1))],
  };
}
