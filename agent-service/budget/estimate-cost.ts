/** Estimated cost of a call before it is made. The gate reserves this amount. */
import type { Amount } from '#storage/ledger.ts';
import { costOf, type ModelPrice } from './prices.ts';

/**
 * Factor by which the input may exceed the estimate. `estimateTokens` was off by up to 35 % for a
 * single message, and the tokenizer of the newest models makes 30 % more tokens than the one it was
 * measured against.
 */
const MARGIN = 2;

/** Uses the highest rate, because the provider's cache hits and writes are not known yet. */
export function mostOf(estimate: { readonly inputTokens: number; readonly maxOutputTokens: number }, price: ModelPrice): Amount {
  const input = MARGIN * estimate.inputTokens;
  const output = estimate.maxOutputTokens;
  const read = { inputTokens: input, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: output };
  const written = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: input, outputTokens: output };
  return { tokens: input + output, microDollars: Math.max(costOf(price, read), costOf(price, written)) };
}
