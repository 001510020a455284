/** What a call may come to, before it is made: what is reserved for it. */
import type { Amount } from '#storage/ledger.ts';
import { estimateTokens } from '../estimate.ts';
import { costOf, type ModelPrice } from './prices.ts';

/** A request to a model, in whatever shape its provider takes it. */
export interface CallRequest {
  readonly model: string;
  /** The most that it may write, thinking included. */
  readonly maxTokens: number;
}

export interface CallEstimate {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * How much more the input may be than estimated: `estimateTokens` was off by up to 35 % for a single message, and the tokenizer of the
 * newest models makes 30 % more of a text than the one it was measured by.
 */
const MARGIN = 2;

/** All that is sent counts, prompts, tools and what frames them; and all that may be written. */
export function estimateCall<R extends CallRequest>({ model, maxTokens, ...sent }: R): CallEstimate {
  return { model, inputTokens: MARGIN * estimateTokens(JSON.stringify(sent)), outputTokens: maxTokens };
}

/** At the dearest rate: nobody knows yet what the provider will find in its cache, or write to it. */
export function amountOf({ inputTokens, outputTokens }: CallEstimate, price: ModelPrice): Amount {
  const read = { inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens };
  const written = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: inputTokens, outputTokens };
  return { tokens: inputTokens + outputTokens, microDollars: Math.max(costOf(price, read), costOf(price, written)) };
}
