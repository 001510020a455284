/**
 * Protocol of the console's gateway, `/console/ws`. Each message is one JSON text. The gateway and
 * its clients share these schemas. `docs/reference/gateway.md` is the description for people.
 *
 * A client sends `auth` first. Commands have a `requestId` of the client's own, and are answered by
 * `ack` or `error`. A command that is sent again with the same `requestId`, as after a lost
 * connection, is done once.
 *
 * Readers ignore types and fields that they do not know, so later versions may add some.
 */
import * as z from 'zod/mini';

export const PROTOCOL = 1;

/**
 * Bytes of one message of a client. A text of the greatest length fits in its longest JSON form.
 */
export const MAX_MESSAGE_BYTES = 262_144;

/** What one connection may do. The gateway ends a connection that sends more. */
export const LIMITS = {
  /** Messages that a client may send at once, and each second from then on. */
  burst: 100,
  perSecond: 20,
  /** Commands whose answer is missing. */
  waiting: 100,
  /** Lists and sessions that are followed. */
  followed: 50,
} as const;

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));
const requestId = z.string().check(z.regex(/^[\w-]{8,64}$/));
const sessionId = text(100);
const seq = z.int().check(z.minimum(0), z.maximum(2_147_483_647));
const command = { requestId, sessionId };
const time = z.int().check(z.minimum(0));
const tags = z.array(text(50)).check(z.maxLength(20));

export const inboxFilter = z.strictObject({
  assistant: z.optional(text(100)),
  state: z.optional(text(100)),
  handler: z.optional(z.enum(['bot', 'human', 'none'])),
  channel: z.optional(text(32)),
  agent: z.optional(text(100)),
  queue: z.optional(text(100)),
  tag: z.optional(text(100)),
  open: z.optional(z.boolean()),
});
export type InboxFilter = z.infer<typeof inboxFilter>;

export const clientMessage = z.discriminatedUnion('type', [
  /** First, and again with a new token before the old one expires. */
  z.strictObject({ type: z.literal('auth'), token: text(4_096) }),
  /** Answered by `ack` with the `topic` under which the events come, then by an `inbox`. */
  z.strictObject({ type: z.literal('subscribe'), requestId, topic: z.literal('inbox'), filter: inboxFilter }),
  /**
   * `after` is the last seq that the client has. Without it the snapshot has the latest entries.
   */
  z.strictObject({ type: z.literal('watch'), ...command, after: z.optional(seq) }),
  /** The sessions of a list after those that came. `after` is the `next` of the last `inbox`. */
  z.strictObject({ type: z.literal('more'), requestId, topic: text(100), after: text(100) }),
  z.strictObject({ type: z.literal('unsubscribe'), requestId, topic: text(100) }),
  z.strictObject({ type: z.literal('unwatch'), ...command }),
  /** Older entries, those just before `before`. The answer may have fewer than `limit`. */
  z.strictObject({ type: z.literal('history'), ...command, before: seq, limit: z.int().check(z.minimum(1), z.maximum(500)) }),
  z.strictObject({ type: z.literal('claim'), ...command }),
  /**
   * `seen` is the last seq that the writer saw. The answer is held back if somebody wrote after it.
   */
  z.strictObject({
    type: z.literal('send'),
    ...command,
    /** May be empty beside files, and beside a card that says enough. */
    text: z.string().check(z.maxLength(32_768)),
    /** Shown below the text. The operation checks what it says. */
    card: z.optional(z.looseObject({ kind: text(50) })),
    /** Ids of uploaded files, which follow the text in this order. */
    files: z.optional(z.array(text(200)).check(z.maxLength(10))),
    /** Sends it as this template of the channel. `text` is what the customer reads of it. */
    template: z.optional(z.strictObject({ name: text(512), language: text(35), parameters: z.array(text(1_024)).check(z.maxLength(20)) })),
    /**
     * The message that it answers. One of the customer is named as its entry has it in
     * `payload.stimulus.event.id`, and one of ours by the `delivery.ref` of its entry.
     */
    replyTo: z.optional(text(300)),
    seen: seq,
  }),
  /**
   * Reacts to the message of the customer with this id, which its entry has in
   * `payload.stimulus.event.id`. Null takes the reaction back.
   */
  z.strictObject({ type: z.literal('react'), ...command, id: text(300), emoji: z.nullable(text(32)) }),
  /** `mentions` has the ids of agents whose attention it asks for. */
  z.strictObject({
    type: z.literal('note'),
    ...command,
    text: text(32_768),
    mentions: z.optional(z.array(text(100)).check(z.maxLength(20))),
  }),
  z.strictObject({ type: z.literal('release'), ...command }),
  z.strictObject({
    type: z.literal('transfer'),
    ...command,
    to: z.optional(z.strictObject({ id: text(100), name: text(200) })),
    queue: z.optional(text(100)),
  }),
  z.strictObject({ type: z.literal('close'), ...command, reason: z.optional(text(500)) }),
  /** Changes facts of a session, whoever holds it. The operation checks what it says. */
  z.strictObject({
    type: z.literal('update'),
    ...command,
    tags: z.optional(z.strictObject({ add: z.optional(tags), remove: z.optional(tags) })),
    priority: z.optional(z.enum(['low', 'normal', 'high', 'urgent'])),
    /** Null removes it. */
    intent: z.optional(z.nullable(text(200))),
    /**
     * A value of null removes it. Nothing is changed if `was` is given and is not the value of now.
     */
    entities: z.optional(z.record(z.string(), z.strictObject({ value: z.unknown(), was: z.optional(z.unknown()) }))),
  }),
  /** Times are milliseconds since the epoch, at most 24 days ahead. */
  z.strictObject({ type: z.literal('snooze'), ...command, until: time }),
  z.strictObject({ type: z.literal('unsnooze'), ...command }),
  /**
   * A message that is sent at `at`, or `inMs` milliseconds from now, unless somebody writes before.
   * One with the `id` of another replaces it.
   */
  z.strictObject({
    type: z.literal('schedule'),
    ...command,
    id: requestId,
    text: text(32_768),
    seen: seq,
    at: z.optional(time),
    inMs: z.optional(time),
    /** As `send` has it. */
    replyTo: z.optional(text(300)),
  }),
  /** Cancels it, or takes note of one that came back. */
  z.strictObject({ type: z.literal('unschedule'), ...command, id: requestId }),
  z.strictObject({
    type: z.literal('approve'),
    requestId,
    approvalId: text(200),
    decision: z.enum(['approve', 'deny']),
    comment: z.optional(text(2_000)),
  }),
  /** The session that the agent views. It is not answered. Null is no session. */
  z.strictObject({ type: z.literal('presence'), sessionId: z.nullable(sessionId), typing: z.boolean() }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;
export type Command = Extract<ClientMessage, { readonly requestId: string }>;

const handler = z.enum(['bot', 'human', 'none']);
const author = z.enum(['customer', 'assistant', 'agent', 'system']);
const agent = z.object({ id: z.string(), name: z.string() });
const delivery = z.object({
  status: z.enum(['pending', 'sent', 'delivered', 'read', 'failed']),
  at: z.number(),
  ref: z.optional(z.string()),
  reason: z.optional(z.string()),
});

/** A session as lists show it. Times are milliseconds since the epoch. */
const sessionCard = z.object({
  id: z.string(),
  address: z.string(),
  assistant: z.string(),
  version: z.number(),
  state: z.string(),
  handler,
  agentId: z.nullable(z.string()),
  queue: z.nullable(z.string()),
  waitingSince: z.nullable(z.number()),
  tags: z.array(z.string()),
  open: z.boolean(),
  openedAt: z.number(),
  lastActivityAt: z.number(),
  preview: z.nullable(
    z.object({
      customer: z.nullable(z.string()),
      last: z.nullable(z.object({ author, text: z.string(), at: z.number() })),
      unanswered: z.number(),
      priority: z.enum(['low', 'normal', 'high', 'urgent']),
      /** When its holder looks at it again. */
      snoozedUntil: z.optional(z.number()),
      /** How many messages of the customer and notes there were, ever. */
      news: z.optional(z.number()),
    }),
  ),
  /**
   * Service levels that are counted now. A clock is due soon from `soonAt` on, and late after
   * `due`. Null for a moment that the business hours never reach.
   */
  clocks: z.optional(
    z.array(
      z.object({
        target: z.enum(['firstResponse', 'nextResponse', 'resolution']),
        since: z.number(),
        soonAt: z.nullable(z.number()),
        due: z.nullable(z.number()),
      }),
    ),
  ),
});

export type SessionCard = z.infer<typeof sessionCard>;

const entry = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  author: z.nullable(z.string()),
  text: z.nullable(z.string()),
  eventId: z.nullable(z.string()),
  payload: z.unknown(),
  delivery: z.nullable(delivery),
});

/** One window of an agent that views a session. It is repeated every 15 seconds. */
const presence = z.object({ sessionId: z.string(), viewer: z.string(), agent, viewing: z.boolean(), typing: z.boolean() });
export type PresenceMessage = z.infer<typeof presence>;

/** Milliseconds of silence after which a viewer has left. */
export const PRESENCE_MS = 40_000;

export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    protocol: z.number(),
    agent,
    role: z.enum(['agent', 'supervisor', 'admin']),
    /** Viewer id of this connection in `presence`. */
    viewer: z.string(),
    /** Silence after which the connection is dead, in milliseconds. */
    silenceMs: z.number(),
    at: z.number(),
  }),
  z.object({
    type: z.literal('ack'),
    requestId: z.string(),
    version: z.optional(z.number()),
    /** The command was done before. */
    duplicate: z.optional(z.boolean()),
    /** Why it changed nothing. */
    ignored: z.optional(z.string()),
    /** The session that a template opened, after the closed one that was named. */
    sessionId: z.optional(z.string()),
    topic: z.optional(z.string()),
    entries: z.optional(z.array(entry)),
  }),
  z.object({
    type: z.literal('error'),
    requestId: z.optional(z.string()),
    /** The inbox topic whose list could not be loaded. The gateway loads it again by itself. */
    topic: z.optional(z.string()),
    code: z.string(),
    message: z.string(),
    /** Name of the agent who holds the session, for `held`. */
    holder: z.optional(z.string()),
    /** First entry that the writer has not seen, for `unseen`. */
    seq: z.optional(z.number()),
    /** The session that has it, if it follows the closed one that was named. */
    sessionId: z.optional(z.string()),
    /** Set if the same may succeed later, in so many milliseconds. */
    retryAfterMs: z.optional(z.number()),
  }),
  /**
   * Sessions of a list. With `after` null they replace the list that the client has, otherwise they
   * continue it. `next` is null at its end.
   */
  z.object({
    type: z.literal('inbox'),
    topic: z.string(),
    after: z.nullable(z.string()),
    sessions: z.array(sessionCard),
    next: z.nullable(z.string()),
    presence: z.array(presence),
  }),
  /** Sessions of a list after their latest turns, and sessions that match no more. */
  z.object({
    type: z.literal('changes'),
    topic: z.string(),
    sessions: z.array(sessionCard),
    left: z.array(z.object({ sessionId: z.string(), version: z.number() })),
  }),
  /** Entries `from` on. If `from` is not the next one of the client's, it begins anew. */
  z.object({
    type: z.literal('transcript'),
    session: sessionCard,
    from: z.number(),
    entries: z.array(entry),
    partial: z.nullable(z.object({ runId: z.string(), text: z.string() })),
    presence: z.array(presence),
  }),
  z.object({ type: z.literal('entry'), sessionId: z.string(), entry }),
  z.object({
    type: z.literal('state'),
    sessionId: z.string(),
    state: z.string(),
    handler,
    open: z.boolean(),
    version: z.number(),
  }),
  z.object({ type: z.literal('delta'), sessionId: z.string(), runId: z.string(), offset: z.number(), text: z.string() }),
  z.object({ type: z.literal('run'), sessionId: z.string(), runId: z.string(), phase: z.string() }),
  z.object({ type: z.literal('delivery'), sessionId: z.string(), seq: z.number(), delivery }),
  z.object({ type: z.literal('typing'), sessionId: z.string(), at: z.number() }),
  z.object({ type: z.literal('moved'), sessionId: z.string(), address: z.string() }),
  z.extend(presence, { type: z.literal('presence') }),
  /** A session needs an agent. Sent with each inbox topic that has the session. */
  z.object({
    type: z.literal('attention'),
    topic: z.string(),
    sessionId: z.string(),
    reason: z.string(),
    queue: z.optional(z.string()),
    agentId: z.optional(z.string()),
  }),
  z.object({ type: z.literal('heartbeat'), at: z.number() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;

/** Codes with which the gateway closes a connection. */
export const CLOSE = {
  /** The program stops. Connect again, to another instance if there is one. */
  restart: 1012,
  /** The token is missing, wrong, expired or revoked. Get a new one. */
  unauthorized: 4401,
  /** No `auth` came in time. */
  late: 4408,
  /** Too many connections or messages. Wait before the next attempt. */
  tooMany: 4429,
  /** The client reads too slowly. */
  slow: 4409,
} as const;
