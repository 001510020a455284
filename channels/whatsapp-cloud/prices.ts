/**
 * What a message costs. A status names the category that WhatsApp charges it under, and whether it
 * is free, but no amount. The amounts are a setting, because they depend on the country and on the
 * contract.
 */
import * as z from 'zod';
import type { pricingSchema } from './payload.ts';

/** Millionths of a US dollar for each category, and for each `CC.category` of a country. */
export type Prices = ReadonlyMap<string, number>;

/** USD. A message of WhatsApp costs some cents. */
const MAX_PRICE = 10;
const EXPECTED = 'expected prices in USD such as marketing=0.0643,utility=0.0036,EG.utility=0.004';

/**
 * `category=USD`, separated by commas, with categories as WhatsApp writes them. A country of two
 * letters and a point may stand before the category.
 */
export const pricesSchema = z
  .string()
  .regex(/^\s*(?:(?:[A-Z]{2}\.)?[a-z_]{1,40}\s*=\s*\d{1,3}(?:\.\d{1,8})?\s*(?:,\s*|$))+$/, EXPECTED)
  .transform((text): Prices => {
    const pairs = text.split(',').filter((pair) => pair.trim() !== '');
    return new Map(pairs.map((pair) => pricePair(pair)));
  })
  .refine((prices) => [...prices.values()].every((micros) => micros <= MAX_PRICE * 1_000_000), `${EXPECTED}, each at most ${MAX_PRICE}`);

function pricePair(pair: string): readonly [string, number] {
  const [category = '', usd = ''] = pair.split('=');
  return [category.trim(), Math.round(Number(usd) * 1_000_000)];
}

/** `unknown` names the category that has no price. */
export type Cost = { readonly costMicros: number } | { readonly unknown: string } | undefined;

/**
 * Undefined if the status says nothing of a price.
 * @param userId of the recipient. It begins with the country, whose price goes before the general.
 */
export function costOf(pricing: z.infer<typeof pricingSchema> | undefined, prices: Prices, userId = ''): Cost {
  if (pricing === undefined) return undefined;
  const { type, billable, category } = pricing;
  if (billable === false || type?.startsWith('free_') === true) return { costMicros: 0 };
  const costMicros = prices.get(`${userId.slice(0, 2)}.${category}`) ?? prices.get(category);
  return costMicros === undefined ? { unknown: category } : { costMicros };
}
