/** Figures as people read them. */
/** Three digits: enough for sums to be seen to add up, as wide as each other. */
const compact = new Intl.NumberFormat('en', { notation: 'compact', minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const NONE = '–';

/** `USD 1.2B`. */
export function money(value: number | null, currency: string): string {
  return value === null ? NONE : `${currency}\u00A0${amount(value)}`;
}

/** `USD 123.45`. */
export function price(value: number, currency: string): string {
  return `${currency}\u00A0${plain.format(value)}`;
}

export function amount(value: number | null): string {
  if (value === null) return NONE;
  return value === 0 ? '0' : compact.format(value);
}

export function percent(fraction: number | null, digits = 1): string {
  return fraction === null ? NONE : `${(fraction * 100).toFixed(digits)}\u00A0%`;
}

export function multiple(value: number | null): string {
  return value === null ? NONE : `${value.toFixed(1)}×`;
}

/** For axes, whose values are round. */
export function tick(value: number): string {
  return short.format(value);
}
