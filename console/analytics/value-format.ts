/** Figures as people read them, in the digits of their language. */
import type { Measured } from './analytics-api.ts';

export interface ValueFormat {
  readonly value: (unit: Measured['unit'], value: number | null) => string;
  /** On an axis, where there is little room. */
  readonly short: (unit: Measured['unit'], value: number) => string;
  readonly count: (value: number) => string;
  /** By how much it is more or less, such as +12 %. Of shares in points, such as +1.5. */
  readonly change: (unit: Measured['unit'], now: number | null, before: number | null) => string | undefined;
  readonly day: (at: number) => string;
  readonly step: (at: number, step: string) => string;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** @param points says a number of percentage points. */
export function valueFormat(locale: string, timeZone: string, points: (number: string) => string): ValueFormat {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  const signedPoints = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', maximumSignificantDigits: 4 });
  const shortMoney = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 2 });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone });
  const month = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone });
  const hour = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', timeZone });

  const part = (ms: number, unit: string, length: number): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: 0 }).format(Math.floor(ms / length));
  const duration = (ms: number, parts: number): string => {
    const at = UNITS.findIndex(([, length]) => ms >= length);
    if (at < 0)
      return new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', unitDisplay: 'narrow', maximumFractionDigits: 0 }).format(
        ms,
      );
    const [unit, length] = UNITS[at] ?? ['second', 1_000];
    const rest = UNITS[at + 1];
    const second = parts > 1 && rest !== undefined && ms % length >= rest[1] ? ` ${part(ms % length, rest[0], rest[1])}` : '';
    return part(ms, unit, length) + second;
  };

  return {
    value(unit, value) {
      if (value === null) return '–';
      if (unit === 'milliseconds') return duration(value, 2);
      if (unit === 'share') return share.format(value);
      if (unit === 'micros') return money.format(value / 1_000_000);
      return unit === 'score' || !Number.isInteger(value)
        ? fine.format(value)
        : value >= 100_000
          ? compact.format(value)
          : whole.format(value);
    },
    short(unit, value) {
      if (value === 0 && unit !== 'share') return whole.format(0);
      if (unit === 'milliseconds') return duration(value, 1);
      if (unit === 'share') return share.format(value);
      return unit === 'micros' ? shortMoney.format(value / 1_000_000) : compact.format(value);
    },
    count: (value) => whole.format(value),
    change(unit, now, before) {
      if (now === null || before === null) return undefined;
      if (unit === 'share') return points(signedPoints.format((now - before) * 100));
      return before === 0 ? undefined : signed.format(now / before - 1);
    },
    day: (at) => day.format(at),
    step: (at, step) => (step === 'hour' ? hour : step === 'month' ? month : day).format(at),
  };
}
