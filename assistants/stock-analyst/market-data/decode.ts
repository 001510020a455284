/** Answers of providers as records, or an error that names what is missing. */
import * as z from 'zod';
import { incomplete } from './failures.ts';
import { QUARTERS } from './port.ts';
import type { Quarter } from './records.ts';

export function decodeFigures<T>(schema: z.ZodType<T>, value: unknown, provider: string, symbol: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'an object');
  throw incomplete(provider, symbol, [...new Set(fields)].slice(0, 5).join(', '));
}

/** A number in a text. Alpha Vantage writes "None" or "-" for a value that it does not have. */
export const writtenNumber = z
  .string()
  .regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/)
  .transform(Number);
export const perhapsWritten = z
  .union([writtenNumber, z.string().transform(() => null), z.null()])
  .optional()
  .transform((value) => value ?? null);

/** Normalises the ways in which sources express a missing value to null. */
export const perhapsNumber = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
export const perhapsText = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' || value === 'None' ? null : value));

/**
 * A quarter has 13 weeks, in some years 14. Fiscal years that end on a weekday shift by a few days.
 */
const LONGEST_QUARTER_DAYS = 106;

/**
 * Latest consecutive quarters, oldest first, at most eight. Quarters before a gap are left out,
 * because sums over a gap would be silently wrong.
 */
export function latestUnbroken(quarters: readonly Quarter[]): readonly Quarter[] {
  const newestFirst = quarters.toSorted((a, b) => b.end.localeCompare(a.end));
  const unbroken: Quarter[] = [];
  for (const quarter of newestFirst) {
    const next = unbroken.at(-1);
    if (next !== undefined && (Date.parse(next.end) - Date.parse(quarter.end)) / 86_400_000 > LONGEST_QUARTER_DAYS) break;
    if (next?.end !== quarter.end) unbroken.push(quarter);
  }
  return unbroken.slice(0, QUARTERS).reverse();
}
