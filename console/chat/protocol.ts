/**
 * Events of the server's stream, validated at the edge. The shapes are those of
 * channels/feed.ts.
 */
import * as z from 'zod/mini';
import { shownCard } from '../media/card-schema.ts';

const status = z.enum(['pending', 'sent', 'delivered', 'read', 'failed']);

const sentFile = z.object({ id: z.string(), name: z.string(), mimeType: z.string(), size: z.number() });
export type SentFile = z.infer<typeof sentFile>;

/** What is known of the bytes of what the visitor sent, once they are kept or lost. */
const news = {
  file: z.optional(z.string()),
  thumbnail: z.optional(z.string()),
  mimeType: z.optional(z.string()),
  size: z.optional(z.number()),
  width: z.optional(z.number()),
  height: z.optional(z.number()),
  seconds: z.optional(z.number()),
  pages: z.optional(z.number()),
  lost: z.optional(z.enum(['gone', 'too_large', 'type', 'empty', 'unreachable'])),
};
const sentMedia = z.object({
  kind: z.enum(['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact']),
  fileName: z.optional(z.string()),
  latitude: z.optional(z.number()),
  longitude: z.optional(z.number()),
  ...news,
});
/** What came with a message of the visitor. */
export type SentMedia = z.infer<typeof sentMedia>;

/** A reply by one press. `text` is what is sent for it. */
const reply = z.object({ label: z.string(), text: z.string() });
export type Reply = z.infer<typeof reply>;

const feedEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: z.string(),
    author: z.enum(['customer', 'assistant', 'agent', 'system']),
    name: z.optional(z.string()),
    text: z.string(),
    file: z.optional(sentFile),
    replies: z.optional(z.array(reply)),
    /** A kind of card that this version does not know leaves the text, which has it as words. */
    card: z.catch(z.optional(shownCard), undefined),
    caption: z.optional(z.string()),
    media: z.optional(z.array(sentMedia)),
    /** By which `replyTo` names a message of ours. */
    ref: z.optional(z.string()),
    /** The message that it answers, by its `clientId` or `ref`. */
    replyTo: z.optional(z.string()),
    at: z.number(),
    clientId: z.optional(z.string()),
    delivery: z.optional(z.object({ status })),
    runId: z.optional(z.string()),
  }),
  z.object({ type: z.literal('media'), sessionId: z.string(), clientId: z.string(), index: z.number(), ...news }),
  z.object({
    type: z.literal('reaction'),
    sessionId: z.string(),
    clientId: z.string(),
    seq: z.number(),
    emoji: z.nullable(z.string()),
    author: z.enum(['assistant', 'agent']),
    name: z.optional(z.string()),
  }),
  z.object({ type: z.literal('live') }),
  z.object({ type: z.literal('delivery'), sessionId: z.string(), seq: z.number(), status }),
  z.object({ type: z.literal('delta'), runId: z.string(), offset: z.number(), text: z.string() }),
  z.object({ type: z.literal('typing'), who: z.enum(['assistant', 'agent']), on: z.boolean() }),
  z.object({ type: z.literal('approval'), since: z.optional(z.number()) }),
  z.object({
    type: z.literal('state'),
    state: z.string(),
    handler: z.string(),
    sessionId: z.string(),
    open: z.boolean(),
    name: z.optional(z.string()),
    waitingSince: z.optional(z.number()),
    seq: z.optional(z.number()),
  }),
]);

export type FeedEvent = z.infer<typeof feedEvent>;
export type FeedMessage = Extract<FeedEvent, { type: 'message' }>;
/** Our reaction to a message of the visitor. */
export type Reaction = Omit<Extract<FeedEvent, { type: 'reaction' }>, 'type' | 'sessionId' | 'clientId'>;
export type ReceiptStatus = z.infer<typeof status>;

/**
 * Undefined for events that this version of the page does not know, which a newer server may send.
 */
export function decodeFeedEvent(data: string): FeedEvent | undefined {
  try {
    return feedEvent.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

const problem = z.object({ code: z.string(), detail: z.string() });
const visitor = z.object({ visitor: z.string(), token: z.string() });

export type Credentials = z.infer<typeof visitor>;

export function decodeProblem(body: unknown): { readonly code: string; readonly detail: string } {
  return problem.safeParse(body).data ?? { code: 'unknown', detail: '' };
}

export function decodeCredentials(body: unknown): Credentials | undefined {
  return visitor.safeParse(body).data;
}

const limits = z.object({ maxBytes: z.number(), maxFiles: z.number(), types: z.array(z.string()) });
/** What the server takes. `image/*` stands for all types that begin with `image/`. */
export type UploadLimits = z.infer<typeof limits>;

export function decodeLimits(body: unknown): UploadLimits | undefined {
  return limits.safeParse(body).data;
}
