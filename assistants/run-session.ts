/** What a session tells the agent service of itself with each run: for whoever pays and allows, never for the model. */
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
