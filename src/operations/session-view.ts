/** How callers see sessions and journal entries. Times are milliseconds since the epoch. */
import * as z from 'zod';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

/** Any JSON value. What is in it is the machine's or the tool's own. */
export const json: z.ZodType<unknown, unknown> = z.json();

const time = z.number();

export const handler = z.enum(['bot', 'human', 'none']);

/** A session as lists show it. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  address: z.string(),
  assistant: z.string(),
  version: z.number().describe('The number of its last journal entry.'),
  state: z.string(),
  handler: handler.describe('Who answers the customer.'),
  agentId: z.string().nullable().describe('The agent that holds it.'),
  tags: z.array(z.string()),
  queue: z.string().nullable().describe('The queue in which it waits for a human.'),
  waitingSince: time.nullable().describe('Since when it waits for a human.'),
  open: z.boolean(),
  openedAt: time,
  lastActivityAt: time,
  closedAt: time.nullable(),
  previousId: z.string().nullable().describe('The session before it at the same address.'),
  machine: z.strictObject({ id: z.string(), version: z.number() }),
});

export const wholeSessionSchema = sessionSchema.extend({
  wakeAt: time.nullable().describe('When its timers are read again.'),
  snapshot: json,
});

export const entrySchema = z.strictObject({
  seq: z.number(),
  at: time,
  kind: z.string(),
  author: z.string().nullable(),
  text: z.string().nullable(),
  eventId: z.string().nullable().describe("The inbound event's own id."),
  payload: json,
  delivery: z
    .strictObject({
      status: z.enum(['pending', 'sent', 'delivered', 'read', 'failed']),
      at: time,
      ref: z.string().describe("The provider's id of the message.").optional(),
      reason: z.string().optional(),
    })
    .nullable()
    .describe('Only for what is sent to the customer.'),
});

/** An entry that a search found, with the session that it is in. */
export const matchSchema = entrySchema
  .pick({ seq: true, at: true, kind: true, author: true, text: true })
  .extend({ sessionId: z.string() });

export function sessionView(row: SessionRow) {
  const { snapshot: _snapshot, wakeAt: _wakeAt, machineId, machineVersion, ...shown } = row;
  return { ...shown, machine: { id: machineId, version: machineVersion } };
}

export function wholeSessionView(row: SessionRow) {
  return { ...sessionView(row), wakeAt: row.wakeAt, snapshot: row.snapshot };
}

export function entryView({ sessionId: _sessionId, ...shown }: JournalEntry) {
  return shown;
}

export function matchView({ sessionId, seq, at, kind, author, text }: JournalEntry) {
  return { sessionId, seq, at, kind, author, text };
}
