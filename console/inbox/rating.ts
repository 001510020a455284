/** The customer's rating, as the entries after the close have it. */
import * as z from 'zod/mini';
import type { Entry } from './transcript.ts';

const payload = z.object({
  rating: z.object({ score: z.nullable(z.number()), comment: z.nullable(z.string()) }),
  late: z.optional(z.boolean()),
});
const question = z.object({ params: z.object({ notice: z.literal('rateUs') }) });

export interface Rating {
  readonly score: number | null;
  readonly comment: string | null;
  readonly late: boolean;
}

export function ratingOf({ kind, payload: given }: Pick<Entry, 'kind' | 'payload'>): Rating | undefined {
  const { data } = kind === 'rating' ? payload.safeParse(given) : {};
  return data && { ...data.rating, late: data.late === true };
}

/**
 * The latest that counts. `asked` if there is none yet, undefined if the customer was not asked.
 */
export function ratingIn(entries: readonly Entry[]): Rating | 'asked' | undefined {
  const rating = entries.map(ratingOf).findLast((one) => one !== undefined && !one.late);
  return rating ?? (entries.some(({ payload: given }) => question.safeParse(given).success) ? 'asked' : undefined);
}
