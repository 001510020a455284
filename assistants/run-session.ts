/**
 * Facts of a session that go to the agent service with each run. Budgets and approvals use them.
 * The model never sees them.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { type Address, parseAddress } from '#machines/ids.ts';

export const runSession = z.object({
  address: z.string().transform((address): Address => parseAddress(address)),
  assistant: z.string(),
  /** The customer's language, BCP 47. */
  locale: z.string(),
});

export function sessionOf({ address, assistant, locale }: { address: string; assistant: string; locale: string }): Json {
  return { address, assistant, locale };
}
