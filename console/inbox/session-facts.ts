/** What only the whole session has of it, as the API gives it: entities, and messages for later. */
import * as z from 'zod/mini';

const scheduled = z.object({
  id: z.string(),
  text: z.string(),
  agent: z.object({ id: z.string(), name: z.string() }),
  at: z.number(),
  /** The message that it answers. */
  replyTo: z.optional(z.string()),
  returned: z.optional(z.enum(['customer', 'phone', 'holder', 'closed', 'window'])),
});
export type Scheduled = z.infer<typeof scheduled>;
/** Why a message was not sent. */
export type ReturnReason = NonNullable<Scheduled['returned']>;

/** Where an entity comes from. `words` are the customer's own. */
const source = z.object({
  by: z.enum(['model', 'rules', 'agent']),
  agent: z.optional(z.string()),
  words: z.optional(z.string()),
  confidence: z.optional(z.number()),
});
export type FactSource = z.infer<typeof source>;

const facts = z.object({
  intent: z.nullable(z.string()),
  entities: z.record(z.string(), z.json()),
  sources: z.optional(z.record(z.string(), source)),
  scheduled: z._default(z.array(scheduled), []),
  /** Until when the channel takes free text. Absent where it always does. */
  windowUntil: z.optional(z.number()),
});
export type SessionFacts = z.infer<typeof facts>;
export type EntityValue = SessionFacts['entities'][string];

const whole = z.object({ snapshot: z.object({ context: facts }) });

/** Undefined for the session of an assistant's own machine, which has none of it. */
export function factsIn(snapshot: unknown): SessionFacts | undefined {
  return whole.safeParse(snapshot).data?.snapshot.context;
}

/** Those that wait for their time, the next one first. */
export function waitingIn(known: SessionFacts | undefined): readonly Scheduled[] {
  return (known?.scheduled ?? []).filter(({ returned }) => returned === undefined).toSorted((a, b) => a.at - b.at);
}

/** What an agent reads and changes in a field. Lists and objects are their JSON. */
export function fieldOf(value: EntityValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The value that a field means. It stays a number or a list if it was one and still reads as one.
 */
export function valueIn(text: string, was: EntityValue | undefined): EntityValue | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (was === undefined || typeof was === 'string') return trimmed;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    const value = z.json().parse(parsed);
    return typeof value === typeof was && Array.isArray(value) === Array.isArray(was) ? value : trimmed;
  } catch {
    return trimmed;
  }
}
