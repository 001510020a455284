/**
 * Prices of models in whole micro-dollars per million tokens, so that sums have no rounding errors.
 *
 * A model without a price is refused (`unknown_price`). Counted as free, it would spend without a
 * limit.
 */
import { StatechatError } from '#machines/errors.ts';
import type { Usage } from '../provider.ts';

/** Micro-dollars per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface ModelPrice extends Rates {
  /** What all tokens of a request cost whose prompt, cached or not, has more tokens than this. */
  readonly longPrompt?: { readonly above: number; readonly rates: Rates };
}

/** By the id of the model. */
export type Prices = Readonly<Record<string, ModelPrice>>;

const DOLLAR = 1_000_000;

/** Dollars per million tokens, as price lists give them. */
export function rates(input: number, output: number, cacheRead: number, cacheWrite: number): Rates {
  const [a = 0, b = 0, c = 0, d = 0] = [input, output, cacheRead, cacheWrite].map((dollars) => Math.round(dollars * DOLLAR));
  return { input: a, output: b, cacheRead: c, cacheWrite: d };
}

const FABLE_5_1 = rates(10, 50, 0.25, 12.5);
const FABLE_5 = rates(10, 50, 1, 12.5);
const OPUS = rates(5, 25, 0.5, 6.25);
const SONNET_4 = rates(3, 15, 0.3, 3.75);

/** Rate for all tokens of a request whose prompt, cached or not, exceeds this many tokens. */
export const LIST_PRICES: Prices = {
  'claude-fable-5-1': FABLE_5_1,
  'claude-mythos-5-1': FABLE_5_1,
  'claude-fable-5': FABLE_5,
  'claude-mythos-5': FABLE_5,
  'claude-opus-5-5': rates(4, 20, 0.2, 5),
  'claude-opus-5': OPUS,
  'claude-opus-4-8': OPUS,
  'claude-opus-4-7': OPUS,
  'claude-opus-4-6': OPUS,
  'claude-opus-4-5': OPUS,
  'claude-sonnet-5-5': rates(2, 10, 0.1, 2.5),
  'claude-sonnet-5': rates(2, 10, 0.2, 2.5),
  'claude-sonnet-4-6': SONNET_4,
  'claude-sonnet-4-5': SONNET_4,
  'claude-haiku-5-5': { ...rates(0.1, 0.5, 0.01, 0.125), longPrompt: { above: 100_000, rates: rates(0.5, 2.5, 0.05, 0.625) } },
  'claude-haiku-4-5': rates(1, 5, 0.1, 1.25),
  // Anthropic's list prices (https://platform.claude.com/docs/en/about-claude/pricing), as of
  // 2026-10-24. Cache writes are those with a lifetime of five minutes, which requests here ask
  // for. Models of the SDK's list without a published price on that day are missing.
  'offline-1': rates(0, 0, 0, 0),
};

/** Throws `unknown_price`. A dated snapshot (`…-20251001`) costs what its model does. */
export function priceOf(model: string, prices: Prices): ModelPrice {
  const names = [model, model.replace(/-\d{8}$/, '')];
  const known = names.find((name) => Object.hasOwn(prices, name));
  const price = known === undefined ? undefined : prices[known];
  if (price !== undefined) return price;
  throw new StatechatError(
    'unknown_price',
    `The price of the model "${model}" is unknown, so it is not called. Set STATECHAT_MODEL_PRICES=${model}=input/output/cache read/cache write, in dollars per million tokens.`,
    { expose: false, facts: { model } },
  );
}

/** Whole micro-dollars, rounded up. */
export function costOf(
  price: ModelPrice,
  { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Omit<Usage, 'estimated'>,
): number {
  const { input, output, cacheRead, cacheWrite } = ratesFor(price, inputTokens + cacheReadTokens + cacheWriteTokens);
  const perMillion = inputTokens * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite;
  return Math.ceil(perMillion / 1_000_000);
}

function ratesFor({ longPrompt, ...price }: ModelPrice, promptTokens: number): Rates {
  return longPrompt !== undefined && promptTokens > longPrompt.above ? longPrompt.rates : price;
}
