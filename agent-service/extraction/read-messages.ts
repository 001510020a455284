/**
 * What an extraction gets and gives, and how it is checked. A fact counts only if its value has the
 * type of its field and its words are in the message that it names. Everything else is dropped, so
 * a wrong value never fails a run. Pure.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { saysWords } from '#machines/session/reading.ts';
import type { FactReading } from '#machines/session/reading-facts.ts';

export const readingParams = z.object({
  /** The customer's messages to read, oldest first. */
  messages: z
    .array(
      z.object({
        id: z.string(),
        text: z.string(),
        /** Milliseconds since the epoch. Relative dates count from it. */
        at: z.number(),
      }),
    )
    .min(1)
    .max(200),
  /** What was said before them, oldest first. No fact is read in it. */
  before: z.array(z.object({ role: z.enum(['customer', 'assistant', 'agent', 'system']), text: z.string() })).default([]),
  /** Values known before, by the name of the field. */
  known: z.record(z.string(), z.json()).default({}),
});
export type ReadingParams = z.input<typeof readingParams>;

/** Types of the fields, by name. */
export type Fields = ReadonlyMap<string, z.core.$ZodType>;

/** One fact, as a reader gives it, before it is checked. */
export interface FoundFact {
  readonly field: string;
  /** Null if the customer took it back. */
  readonly value: Json;
  /** Index of its message. */
  readonly message: number;
  readonly words: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Later messages win over earlier ones. */
export function checkedFacts(
  found: readonly FoundFact[],
  { messages }: Pick<ReadingParams, 'messages'>,
  fields: Fields,
  by: 'model' | 'rules',
): FactReading['facts'] {
  const facts = new Map<string, { readonly index: number; readonly fact: FactReading['facts'][string] }>();
  for (const { field, value, message: index, words, confidence } of found) {
    const message = messages[index];
    const type = fields.get(field);
    const before = facts.get(field);
    if (message === undefined || type === undefined || !saysWords(message.text, words) || (before && before.index > index)) continue;
    const read = value === null ? null : z.json().safeParse(z.safeParse(type, value).data).data;
    if (read === undefined) continue;
    facts.set(field, { index, fact: { value: read, by, at: message.at, message: message.id, words: words.trim(), confidence } });
  }
  return Object.fromEntries([...facts].map(([name, { fact }]) => [name, fact]));
}
