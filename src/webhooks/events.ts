/**
 * Events of webhooks, each made of one entry of a journal. Pure, so that a later attempt, a replay
 * and another instance make the same body of the same entry.
 */
import * as z from 'zod';
import { eventOf } from '#actors/session/journal-payload.ts';
import { addressParts } from '#machines/ids.ts';
import { RATING, ratingSchema } from '#machines/session/rating.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { type SessionEventType, stateSchema, type webhookData, webhookMedia, webhookQuote } from '../operations/webhook-events.ts';

export interface WebhookEvent {
  readonly type: SessionEventType;
  readonly body: { readonly type: SessionEventType; readonly timestamp: string; readonly data: object };
}

const transition = z.object({ from: stateSchema, to: stateSchema });
const failed = z.object({ failed: z.object({ effect: z.string(), serial: z.number(), code: z.string(), reason: z.string() }) });
const opened = z.object({ previousId: z.string().nullish() });
const received = z.object({
  id: z.string().optional(),
  media: z.array(webhookMedia).optional(),
  replyTo: z.string().optional(),
  quoted: webhookQuote.optional(),
});
const sent = z.object({ serial: z.number(), params: z.object({ replyTo: z.string().optional() }).catch({}) });
const rated = z.object({ rating: ratingSchema, late: z.literal(true).optional() });

/** Effects that send the customer something. */
const SENDS = new Set(['message.send', 'file.send']);
const SENT_BY = { 'assistant.message': 'assistant', 'agent.message': 'agent', 'system.message': 'system' } as const;
const WAITING = 'WAITING_AGENT';

type Facts = Pick<SessionRow, 'id' | 'address' | 'assistant' | 'open' | 'state' | 'closedAt'>;

/** The events of one entry, in the order in which they are sent. Most entries have none. */
export function eventsOf(entry: JournalEntry, row: Facts): readonly WebhookEvent[] {
  const { seq, at, kind } = entry;
  const place = { id: row.id, address: row.address, channel: addressParts(row.address).channel, assistant: row.assistant, seq };
  const events: WebhookEvent[] = [];
  const add = <T extends SessionEventType>(type: T, data: Omit<z.input<(typeof webhookData)[T]>, 'session'>): void => {
    events.push({ type, body: { type, timestamp: new Date(at).toISOString(), data: { session: place, ...data } } });
  };

  if (seq === 1) add('session.opened', { previousSessionId: opened.safeParse(entry.payload).data?.previousId ?? null });
  if (kind === 'customer.message') {
    const { id: messageId = null, media = [], replyTo = null, quoted = null } = received.safeParse(eventOf(entry.payload)).data ?? {};
    add('message.received', { text: entry.text ?? '', media, messageId, replyTo, quoted });
  }
  const by = isSender(kind) ? SENT_BY[kind] : undefined;
  if (by !== undefined) {
    const { data } = sent.safeParse(entry.payload);
    add('message.sent', {
      key: data === undefined ? null : `${row.id}.${data.serial}`,
      by,
      author: entry.author ?? by,
      text: entry.text ?? '',
      replyTo: data?.params.replyTo ?? null,
    });
  }
  const failure = failed.safeParse(entry.payload).data?.failed;
  if (kind === 'effect' && failure !== undefined && SENDS.has(failure.effect)) {
    const { serial, code, reason } = failure;
    add('message.failed', { key: `${row.id}.${serial}`, code, reason });
  }
  const change = kind === 'transition' ? transition.safeParse(entry.payload).data : undefined;
  if (change !== undefined) {
    const { from, to } = change;
    add('session.state_changed', { from, to });
    if (to.state === WAITING && from.state !== WAITING) add('session.escalated', { from });
    if (!row.open && to.state === row.state && at === row.closedAt) add('session.closed', { from });
  }
  const rating = kind === RATING ? rated.safeParse(entry.payload).data : undefined;
  if (rating !== undefined && rating.late !== true) add('rating.given', { rating: rating.rating });
  return events;
}

function isSender(kind: string): kind is keyof typeof SENT_BY {
  return kind in SENT_BY;
}

/**
 * Names an event for ever, so that a receiver knows a copy. It has no full stop, because
 * signatures join their parts with one.
 */
export function webhookIdOf(sessionId: string, seq: number, type: SessionEventType): string {
  return `evt_${sessionId}_${seq}_${type.replace('.', '-')}`;
}
