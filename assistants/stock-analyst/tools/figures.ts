/** Figures for a model, with no more digits than are significant, because each costs tokens. */
const MILLION = 1_000_000;

/** To millions, of four digits at least. */
export function millions(value: number): number {
  return significant(value / MILLION, 4);
}

export function millionsOrNull(value: number | null): number | null {
  return value === null ? null : millions(value);
}

/** Rate, share or change, to a hundredth of a per cent. */
export function fraction(value: number): number {
  return Number(value.toFixed(4));
}

export function fractionOrNull(value: number | null): number | null {
  return value === null ? null : fraction(value);
}

/** Prices, and values per share. */
export function perShare(value: number): number {
  return Math.abs(value) >= 1 ? Number(value.toFixed(2)) : Number(value.toPrecision(4));
}

export function multiple(value: number | null): number | null {
  return value === null ? null : significant(value, 3);
}

/** Whole numbers keep all their digits. */
function significant(value: number, digits: number): number {
  return Math.abs(value) >= 10 ** (digits - 1) ? Math.round(value) : Number(value.toPrecision(digits));
}
