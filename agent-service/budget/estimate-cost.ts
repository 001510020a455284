/** What a call may come to, before it is made: what is reserved for it. */
import type { Amount } from '#storage/ledger.ts';
import { costOf, type ModelPrice } from './prices.ts';

/**
 * How much more the input may be than estimated: `estimateTokens` was off by up to 35 % for a single message, and the tokenizer of the
 * newest models makes 30 % more of a text than the one it was measured by.
 */
const MARGIN = 2;

/** At the dearest rate: nobody knows yet what the provider will find in its cache, or write to it. */
export function mostOf(estimate: { readonly inputTokens: number; readonly maxOutputTokens: number }, price: ModelPrice): Amount {
  const input = MARGIN * estimate.inputTokens;
  const output = estimate.maxOutputTokens;
  const read = { inputTokens: input, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: output };
  const written = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: input, outputTokens: output };
  return { tokens: input + output, microDollars: Math.max(costOf(price, read), costOf(price, written)) };
}
