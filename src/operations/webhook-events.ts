/**
 * The bodies of webhooks, which receivers parse. Each event is made of one entry of a journal
 * (src/webhooks/events.ts).
 */
import * as z from 'zod';
import { ratingSchema } from '#machines/session/rating.ts';

export const stateSchema = z.strictObject({ state: z.string(), handler: z.string() });

/** The session that an event is of. */
const session = z.strictObject({
  id: z.string(),
  address: z.string().describe('Where the customer is, `{channel}:{account}:{peer}`.'),
  channel: z.string(),
  assistant: z.string(),
  seq: z.int().describe('The number of the journal entry. Events of one session come in this order.'),
});

export const webhookMedia = z.object({
  kind: z.string(),
  mimeType: z.string().optional(),
  fileName: z.string().optional(),
  size: z.number().optional(),
});

/** Beginning of the message that a customer answers. */
export const webhookQuote = z.object({ author: z.enum(['customer', 'assistant', 'agent', 'system']), text: z.string() });

const replyTo = z.string().nullable().describe('The message that it answers, by its name at the channel. Null for none.');
const text = z.string().describe('Empty if there was none, as with an image alone.');
const key = z.string().nullable().describe('Names the message, also in `message.failed`. Null for one that was sent by hand elsewhere.');

/** What `data` holds beside `session`, by type. */
export const webhookData = {
  'session.opened': z.strictObject({
    session,
    previousSessionId: z.string().nullable().describe('The session before it at the same address.'),
  }),
  'session.state_changed': z.strictObject({ session, from: stateSchema, to: stateSchema }),
  'session.escalated': z.strictObject({ session, from: stateSchema }),
  'session.closed': z.strictObject({ session, from: stateSchema }),
  'message.received': z.strictObject({
    session,
    text,
    media: z.array(webhookMedia),
    messageId: z.string().nullable(),
    replyTo,
    quoted: webhookQuote.nullable().describe('What that message says. Null also if it is not known any more.'),
  }),
  'message.sent': z.strictObject({
    session,
    key,
    by: z.enum(['assistant', 'agent', 'system']),
    author: z.string(),
    text,
    replyTo,
  }),
  'message.failed': z.strictObject({ session, key: z.string(), code: z.string(), reason: z.string() }),
  'rating.given': z.strictObject({ session, rating: ratingSchema }),
} as const;

export type SessionEventType = keyof typeof webhookData;
export const SESSION_EVENT_TYPES = Object.keys(webhookData) as readonly SessionEventType[];

/** Sent by `webhooks.ping` alone. */
export const PING = 'webhook.ping';

const envelope = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({ type: z.literal(type), timestamp: z.iso.datetime().describe('When it happened.'), data });

/** The body of each event. docs/reference/webhooks.md is checked against it. */
export const webhookBodies = {
  'session.opened': envelope('session.opened', webhookData['session.opened']),
  'session.state_changed': envelope('session.state_changed', webhookData['session.state_changed']),
  'session.escalated': envelope('session.escalated', webhookData['session.escalated']),
  'session.closed': envelope('session.closed', webhookData['session.closed']),
  'message.received': envelope('message.received', webhookData['message.received']),
  'message.sent': envelope('message.sent', webhookData['message.sent']),
  'message.failed': envelope('message.failed', webhookData['message.failed']),
  'rating.given': envelope('rating.given', webhookData['rating.given']),
  'webhook.ping': envelope(PING, z.strictObject({ endpointId: z.string() })),
} as const;
