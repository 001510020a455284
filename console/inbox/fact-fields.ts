/** How an assistant's facts are shown, as the API gives it (`machines/session/fact-fields.ts`). */
import * as z from 'zod/mini';

const words = z.object({ en: z.string(), ar: z.string() });

export const factFields = z.record(
  z.string(),
  z.object({
    label: words,
    currency: z.optional(z.string()),
    range: z.optional(z.object({ to: z.string(), label: words })),
    unit: z.optional(words),
    values: z.optional(z.record(z.string(), words)),
  }),
);
export type FactFields = z.infer<typeof factFields>;
