/**
 * Tool by which a model hands its conversation over to a human. Calling it changes nothing by
 * itself. The session escalates with the answer of the run that called it.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { clip } from '#machines/text.ts';
import { defineTool } from './tools.ts';

const handOverInput = z.object({
  reason: z.string().min(1).max(200).describe('Why, in a few words of English, such as "wants to negotiate the price"'),
  summary: z.string().max(300).describe('What the customer wants and what was done, in one or two sentences of English').optional(),
});

export const handOver = defineTool({
  name: 'hand_over',
  description:
    'Hands the conversation over to a human colleague, who reads all of it. Call it if the customer wants a person, is angry, asks for what you cannot do, or if you have failed them twice. Then answer the customer in one sentence, without a word about the hand-over: the program announces the colleague right after your answer.',
  input: handOverInput,
  run: async () => ({ handedOver: true }),
});

/** Longest reason that an escalation has. */
const MAX_REASON = 500;

/** What the agents read of it. */
export function handOverReason(input: Json): string {
  const { reason = 'the assistant handed over', summary } = handOverInput.safeParse(input).data ?? {};
  return clip(summary === undefined ? reason : `${reason}. ${summary}`, MAX_REASON);
}
