/** Days, times and sizes as the visitor writes them, in the visitor's time zone. */
import type { Strings } from './strings.ts';

export interface Formats {
  readonly time: (at: number) => string;
  readonly full: (at: number) => string;
  readonly day: (at: number, now: number) => string;
  /** Calendar day as a key, `2026-03-01` in the visitor's zone. */
  readonly dayKey: (at: number) => string;
  /** How long ago it was, "3 minutes ago". A time ahead of the visitor's clock is now. */
  readonly ago: (at: number, now: number) => string;
  /** Size of a file in bytes, to two figures. */
  readonly size: (bytes: number) => string;
  readonly number: (value: number) => string;
  /** US dollars. Small amounts keep four places. */
  readonly money: (dollars: number) => string;
}

export function formats(locale: string, strings: Pick<Strings, 'justNow' | 'today' | 'yesterday'>, timeZone?: string): Formats {
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short', ...zone });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', ...zone });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', ...zone });
  const dayAndYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', ...zone });
  // The Swedish order is ISO 8601.
  const key = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone });
  const relative = new Intl.RelativeTimeFormat(locale);
  const sizes = ['byte', 'kilobyte', 'megabyte'].map(
    (unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumSignificantDigits: 2 }),
  );
  const number = new Intl.NumberFormat(locale);
  const money = [4, 2].map(
    (maximumFractionDigits) => new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', maximumFractionDigits }),
  );
  const dayKey = (at: number): string => key.format(at);
  return {
    time: (at) => time.format(at),
    full: (at) => full.format(at),
    dayKey,
    ago: (at, now) => {
      const minutes = Math.floor((now - at) / 60_000);
      if (minutes < 1) return strings.justNow;
      if (minutes < 60) return relative.format(-minutes, 'minute');
      return minutes < 1_440 ? relative.format(-Math.floor(minutes / 60), 'hour') : relative.format(-Math.floor(minutes / 1_440), 'day');
    },
    size: (bytes) => {
      const power = bytes < 1_000 ? 0 : bytes < 995_000 ? 1 : 2;
      return sizes[power]?.format(bytes / 1_000 ** power) ?? '';
    },
    number: (value) => number.format(value),
    money: (dollars) => money[dollars > 0 && dollars < 1 ? 0 : 1]?.format(dollars) ?? '',
    day: (at, now) => {
      const [then, today] = [dayKey(at), dayKey(now)];
      if (then === today) return strings.today;
      // Noon to noon is a day whatever the clocks do in between.
      const yesterday = new Date(`${today}T12:00:00Z`);
      yesterday.setUTCDate(yesterday.getUTCDate() - 1);
      if (then === yesterday.toISOString().slice(0, 10)) return strings.yesterday;
      return then.slice(0, 4) === today.slice(0, 4) ? day.format(at) : dayAndYear.format(at);
    },
  };
}
