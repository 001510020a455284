/** What an analysis finds of a price against the value. */
export const RATINGS = ['undervalued', 'fairly_valued', 'overvalued', 'not_rated'] as const;
export type Rating = (typeof RATINGS)[number];
