/**
 * Facts that a run reads in the customer's messages, each with its source. Schemas alone. What a
 * session makes of them is in reading.ts.
 */
import * as z from 'zod';

const time = z.number().int().nonnegative();

export const factSource = z.strictObject({
  by: z.enum(['model', 'rules', 'agent']),
  /** Time of the message, or of the agent's change. */
  at: time,
  /** The agent's name. */
  agent: z.string().optional(),
  /** Id of the customer's message. */
  message: z.string().optional(),
  /** The customer's own words in it. */
  words: z.string().max(1_000).optional(),
  /** How sure the reader was, 0 to 1. */
  confidence: z.number().min(0).max(1).optional(),
});
export type FactSource = z.infer<typeof factSource>;

/** Where a session keeps them. */
const store = z.enum(['entities', 'preferences']);

/** What a run read. */
export const factReading = z.object({
  into: store.default('entities'),
  /** Id of the last message that was read. The next run begins after it. Absent to read again. */
  through: z.string().optional(),
  /** By name. A `value` of null means that the customer took it back. */
  facts: z.record(z.string().min(1).max(100), factSource.extend({ value: z.json() })),
});
export type FactReading = z.input<typeof factReading>;
