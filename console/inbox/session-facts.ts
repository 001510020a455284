/** What only the whole session has of it, as the API gives it: entities, and messages for later. */
import * as z from 'zod/mini';

const scheduled = z.object({
  id: z.string(),
  text: z.string(),
  agent: z.object({ id: z.string(), name: z.string() }),
  at: z.number(),
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

/** `budgetMax` as "budget max". What is no name of a field stays as it is. */
export function factName(name: string): string {
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(name)) return name;
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$/;

/**
 * A value as people write it, with grouped numbers, lists by commas, and days by name.
 * `languageTag` is BCP 47.
 */
export function readable(value: EntityValue, languageTag: string): string {
  if (typeof value === 'number') return new Intl.NumberFormat(languageTag, { maximumFractionDigits: 6 }).format(value);
  if (Array.isArray(value))
    return new Intl.ListFormat(languageTag, { type: 'unit', style: 'short' }).format(value.map((one) => readable(one, languageTag)));
  if (typeof value !== 'string') return JSON.stringify(value);
  if (LOCAL_TIME.test(value)) {
    const [, time] = value.split('T');
    const at = new Date(`${value}${time === undefined ? 'T00:00' : ''}:00Z`);
    const options: Intl.DateTimeFormatOptions = { timeZone: 'UTC', dateStyle: 'full' };
    if (time !== undefined) options.timeStyle = 'short';
    if (!Number.isNaN(at.getTime())) return new Intl.DateTimeFormat(languageTag, options).format(at);
  }
  // A word of a list of values.
  return /^[a-z]+(?:_[a-z]+)+$/.test(value) ? value.replaceAll('_', ' ') : value;
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
