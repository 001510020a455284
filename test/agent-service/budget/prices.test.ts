import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_MODEL } from '#agent-service/anthropic/adapter.ts';
import { mostOf } from '#agent-service/budget/estimate-cost.ts';
import { costOf, LIST_PRICES, priceOf, rates } from '#agent-service/budget/prices.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';

const usage = (inputTokens: number, outputTokens: number, cacheReadTokens = 0, cacheWriteTokens = 0) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  cacheWriteTokens,
});

describe('prices', () => {
  test('are known for the models that are used by default', () => {
    expect(costOf(priceOf(DEFAULT_MODEL, LIST_PRICES), usage(1_000_000, 1_000_000, 1_000_000, 1_000_000))).toBe(14_600_000);
    expect(costOf(priceOf(createOfflineProvider().defaultModel, LIST_PRICES), usage(9_999, 9_999))).toBe(0);
  });

  test('of a dated snapshot are its model’s; an unknown one is an error that says what to do', () => {
    expect(priceOf('claude-haiku-4-5-20251001', LIST_PRICES)).toBe(LIST_PRICES['claude-haiku-4-5']);
    for (const model of ['claude-next', 'claude-haiku', 'toString', 'claude-haiku-4-5-2025'])
      expect(() => priceOf(model, LIST_PRICES)).toThrow(
        expect.objectContaining({ code: 'unknown_price', message: expect.stringContaining(`STATECHAT_MODEL_PRICES=${model}=`) }),
      );
  });

  test('a call costs whole micro-dollars, rounded up', () => {
    const price = rates(3, 15, 0.3, 3.75);
    expect(costOf(price, usage(0, 0))).toBe(0);
    expect(costOf(price, usage(1, 0))).toBe(3);
    expect(costOf(price, usage(0, 0, 1))).toBe(1);
    expect(costOf(price, usage(0, 0, 0, 1))).toBe(4);
    expect(costOf(price, usage(1_234, 567, 89_000, 10))).toBe(3_702 + 8_505 + 26_700 + 38);
  });

  test('a long prompt costs all its tokens at the higher rates, and what is cached counts to its length', () => {
    const price = priceOf('claude-haiku-5-5', LIST_PRICES);
    expect(costOf(price, usage(100_000, 1_000))).toBe(10_000 + 500);
    expect(costOf(price, usage(100_001, 1_000))).toBe(50_001 + 2_500);
    expect(costOf(price, usage(1, 0, 60_000, 40_000))).toBe(Math.ceil(0.5 + 3_000 + 25_000));
  });

  test('what is reserved is never less than what the estimated tokens can cost, however much of them is cached', () => {
    const models = fc.constantFrom(...Object.keys(LIST_PRICES));
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(
        models,
        fc.nat(900_000),
        fc.nat(128_000),
        share,
        share,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (model, input, output, a, b, less) => {
          const price = priceOf(model, LIST_PRICES);
          const used = Math.floor(input * less);
          const cacheReadTokens = Math.floor((used * a) / 100);
          const cacheWriteTokens = Math.floor(((used - cacheReadTokens) * b) / 100);
          const real = usage(used - cacheReadTokens - cacheWriteTokens, Math.floor(output * less), cacheReadTokens, cacheWriteTokens);
          const { tokens, microDollars } = mostOf({ inputTokens: input, maxOutputTokens: output }, price);
          expect(costOf(price, real)).toBeLessThanOrEqual(microDollars);
          expect(used + real.outputTokens).toBeLessThanOrEqual(tokens);
        },
      ),
    );
  });

  test('twice the estimated input is reserved: estimates are off', () => {
    expect(mostOf({ inputTokens: 1_000, maxOutputTokens: 100 }, rates(1, 10, 0.1, 1.25))).toEqual({ tokens: 2_100, microDollars: 3_500 });
  });
});
