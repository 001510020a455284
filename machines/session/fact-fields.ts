/** How the facts of a session are shown to people, by field. An assistant says it as data. */
import * as z from 'zod';

const words = z.strictObject({ en: z.string().min(1).max(100), ar: z.string().min(1).max(100) });

export const factField = z.strictObject({
  label: words.describe('Name of the field.'),
  currency: z.string().optional().describe('The field with the currency (ISO 4217) of this amount.'),
  range: z
    .strictObject({ to: z.string(), label: words })
    .optional()
    .describe('The field with the upper end. If both are known, they are shown as one under this label.'),
  unit: words.optional().describe('Follows the number.'),
  values: z.record(z.string(), words).optional().describe('Words for values, and for items of a list.'),
});
export type FactField = z.output<typeof factField>;

export const factFields = z.record(z.string(), factField);
export type FactFields = Readonly<Record<string, FactField>>;
