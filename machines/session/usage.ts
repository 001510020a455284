/** Cost of a run, as a session counts it. */
import * as z from 'zod';

const count = z.number().int().nonnegative();

export const usageSchema = z.object({
  /** All that went in, from the provider's cache or not. */
  tokensIn: count.default(0),
  tokensOut: count.default(0),
  /** Millionths of a US dollar. */
  costMicros: count.default(0),
  toolCalls: count.default(0),
  /** The provider's, and those of tools. */
  cacheHits: count.default(0),
});
export type RunUsage = z.output<typeof usageSchema>;
