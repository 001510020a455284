/** Fields that the inputs and outputs of lists have in common. */
import * as z from 'zod';

export function wholeNumber(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.number(expected).int(expected).min(min, expected).max(max, expected);
}

export function pageInput(options: { readonly mostItems: number; readonly items: number }) {
  return {
    limit: wholeNumber(1, options.mostItems).default(options.items),
    cursor: z.string().min(1).max(500).exactOptional().describe('`next` of the page before.'),
  };
}

export const pageOutput = { next: z.string().nullable().describe('The cursor of the following page. Null: this was the last one.') };
