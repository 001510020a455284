/**
 * Facts of a session that go to the agent service with each run. Budgets and approvals use them.
 * The model never sees them.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { type Address, addressParts, parseAddress } from '#machines/ids.ts';

export const runSession = z.object({
  address: z.string().transform((address): Address => parseAddress(address)),
  assistant: z.string(),
  /** The customer's language, BCP 47. */
  locale: z.string(),
  /** The customer is on the program's own machine. */
  local: z.boolean().optional(),
});

/** @param alone visitors of the web channel can be on this machine only. */
export function sessionOf({ address, assistant, locale }: { address: string; assistant: string; locale: string }, alone: boolean): Json {
  const local = alone && addressParts(parseAddress(address)).channel === 'web';
  return { address, assistant, locale, ...(local ? { local } : {}) };
}
