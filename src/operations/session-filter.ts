/**
 * Filters of the list of sessions. Each is a filter of the store, and a query parameter over HTTP,
 * under the same name.
 */
import * as z from 'zod';
import { type Address, parseAddress } from '#machines/ids.ts';
import type { SessionFilter } from '#storage/port.ts';

export const addressInput = z
  .string()
  .describe('`{channel}:{account}:{peer}`')
  .transform((text, context): Address => {
    try {
      return parseAddress(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'unreadable' });
      return z.NEVER;
    }
  });

export const sessionFilterInput = {
  address: addressInput.exactOptional(),
  assistant: z.string().min(1).max(100).exactOptional(),
  state: z.string().min(1).max(100).exactOptional(),
  handler: z.enum(['bot', 'human', 'none']).exactOptional(),
  channel: z.string().min(1).max(32).describe('The first part of its address.').exactOptional(),
  agent: z.string().min(1).max(100).describe('The id of the agent that has it.').exactOptional(),
  queue: z.string().min(1).max(100).describe('The queue in which it waits.').exactOptional(),
  tag: z.string().min(1).max(100).describe('One of its tags.').exactOptional(),
  open: z.boolean('expected true or false').exactOptional(),
} satisfies Record<keyof SessionFilter, z.ZodType>;
