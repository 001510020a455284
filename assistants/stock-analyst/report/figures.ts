/**
 * Figures and dates in readable form, in each language of the reports. Digits are western in all of
 * them.
 */
import type { Language } from '../language.ts';

export interface Figures {
  /** `USD 1.20B`, or a dash for null. */
  readonly money: (value: number | null, currency: string) => string;
  /** `USD 123.45`. */
  readonly price: (value: number, currency: string) => string;
  readonly amount: (value: number | null) => string;
  readonly percent: (fraction: number | null, digits?: number) => string;
  /** With its sign, plus too. */
  readonly change: (fraction: number) => string;
  readonly multiple: (value: number | null) => string;
  /** Of an ISO day. */
  readonly day: (day: string) => string;
  /** Of milliseconds since 1970, in UTC, so that it does not depend on where the program runs. */
  readonly date: (at: number) => string;
  /** Common unit for the amounts of one table. */
  readonly unitOf: (values: readonly number[], currency: string) => Unit;
}

export interface Unit {
  /** `USD billion`. */
  readonly name: string;
  readonly format: (value: number) => string;
  /** For axes, whose values are round. */
  readonly tick: (value: number) => string;
}

const NONE = '–';

/**
 * Left-to-right mark. A figure keeps its sign in front and its per cent sign behind in
 * right-to-left text.
 */
const LTR = '\u200E';

/** Three digits. Sums visibly add up, and all have the same width. */
const THREE_DIGITS = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 } as const;

const SCALES = [1e12, 1e9, 1e6, 1e3] as const;
type Scale = (typeof SCALES)[number] | 1;

const ENGLISH_UNITS: Readonly<Record<Scale, string>> = { 1e12: 'trillion', 1e9: 'billion', 1e6: 'million', 1e3: 'thousand', 1: '' };
const ARABIC_UNITS: Readonly<Record<Scale, string>> = { 1e12: 'ترليون', 1e9: 'مليار', 1e6: 'مليون', 1e3: 'ألف', 1: '' };

function english(): Figures {
  const compact = new Intl.NumberFormat('en', { notation: 'compact', ...THREE_DIGITS });
  const amount = amountBy((value) => compact.format(value));
  const percent = percentBy((digits) => `${digits}\u00A0%`);
  return {
    money: (value, currency) => (value === null ? NONE : `${currency}\u00A0${amount(value)}`),
    price: (value, currency) => `${currency}\u00A0${decimal(value, 2)}`,
    amount,
    percent,
    change: (fraction) => `${fraction >= 0 ? '+' : ''}${percent(fraction)}`,
    multiple,
    ...datesBy('en-GB'),
    unitOf: unitBy(ENGLISH_UNITS, (currency, unit) => `${currency} ${unit}`.trimEnd()),
  };
}

function arabic(): Figures {
  const compact = new Intl.NumberFormat('ar-u-nu-latn', { notation: 'compact', compactDisplay: 'long', ...THREE_DIGITS });
  const amount = amountBy((value) => compact.format(value));
  const percent = percentBy((digits) => `${LTR}${digits}%`);
  return {
    // The currency follows the figure. In front, it would be separated from it at the end of a
    // line.
    money: (value, currency) => (value === null ? NONE : `${amount(value)}\u00A0${currency}`),
    price: (value, currency) => `${decimal(value, 2)}\u00A0${currency}`,
    amount,
    percent,
    change: (fraction) => (fraction >= 0 ? percent(fraction).replace(LTR, `${LTR}+`) : percent(fraction)),
    multiple,
    ...datesBy('ar-u-nu-latn'),
    unitOf: unitBy(ARABIC_UNITS, (currency, unit) => `${unit} ${currency}`.trimStart()),
  };
}

export const FIGURES: Readonly<Record<Language, Figures>> = { en: english(), ar: arabic() };

function amountBy(format: (value: number) => string): Figures['amount'] {
  return (value) => (value === null ? NONE : value === 0 ? '0' : format(value));
}

function percentBy(sign: (digits: string) => string): Figures['percent'] {
  return (fraction, digits = 1) => (fraction === null ? NONE : sign((fraction * 100).toFixed(digits)));
}

function multiple(value: number | null): string {
  return value === null ? NONE : `${value.toFixed(1)}×`;
}

function datesBy(locale: string): Pick<Figures, 'day' | 'date'> {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  return { day: (day) => format.format(Date.parse(day)), date: (at) => format.format(at) };
}

function unitBy(units: Readonly<Record<Scale, string>>, name: (currency: string, unit: string) => string): Figures['unitOf'] {
  return (values, currency) => {
    const greatest = Math.max(0, ...values.map(Math.abs));
    // At least two digits before the point, so that small lines of a statement stay readable.
    const scale = SCALES.find((one) => greatest >= 10 * one) ?? 1;
    const digits = greatest < 100 * scale ? 2 : greatest < 1_000 * scale ? 1 : 0;
    return {
      name: name(currency, units[scale]),
      format: (value) => decimal(value / scale, digits),
      tick: (value) => (value / scale).toLocaleString('en', { maximumFractionDigits: 2 }),
    };
  };
}

function decimal(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
