/**
 * Protocol between the program and the child process that runs the browser.
 *
 * Owns every message that crosses the process boundary, and the parsers of both directions. Does
 * not own what an event means to a session (decode.ts).
 *
 * The child is the client of one browser page. It reports what happens (`qr`, `ready`, `event`),
 * and answers calls. It keeps an event until the program has answered it with an `outcome`, and
 * offers it again after `again`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';

/** What became of an event. `taken` and `refused` are final, `again` is offered once more. */
const outcome = z.enum(['taken', 'again', 'refused']);
export type Outcome = z.infer<typeof outcome>;

const request = z.number().int().positive();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');

/** How the child is to start. It is the first message of the program. */
const openSchema = z.strictObject({
  type: z.literal('open'),
  /** Names the session folder. */
  session: z.string().regex(/^[\w-]{1,40}$/),
  dataDir: z.string().min(1),
  chromium: z.string().min(1),
  /** The session is kept in the program's store too, so that another instance can continue it. */
  remote: z.boolean(),
  /** The folder is newer than the store, because this instance has used it last. */
  keepLocal: z.boolean(),
  /** In international form, digits only. Without it a QR code is shown. */
  pairingPhone: z
    .string()
    .regex(/^\d{5,20}$/)
    .optional(),
  browserArgs: z.array(z.string()),
  /** A page that stands for WhatsApp's, `{version}.html` in the folder. */
  page: z.strictObject({ version: z.string(), folder: z.string() }).optional(),
});
export type OpenChild = z.infer<typeof openSchema>;

/** The page's id of the message that it answers. */
const replyTo = z.string().optional();

const callSchema = z.discriminatedUnion('op', [
  /** Answered by `sentSchema` once WhatsApp's server has the message. */
  z.strictObject({ op: z.literal('sendText'), chat: z.string(), text: z.string(), replyTo }),
  z.strictObject({
    op: z.literal('sendFile'),
    chat: z.string(),
    name: z.string(),
    mimeType: z.string(),
    bytes,
    /** Empty for a sticker. */
    caption: z.string(),
    isSticker: z.boolean(),
    replyTo,
  }),
  z.strictObject({
    op: z.literal('sendLocation'),
    chat: z.string(),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    street: z.string().optional(),
    replyTo,
  }),
  /** `name` is what the chat shows of the vCard. */
  z.strictObject({ op: z.literal('sendContact'), chat: z.string(), name: z.string(), vcard: z.string(), replyTo }),
  /** Answered by `sentSchema` with the id of the message that was reacted to. */
  z.strictObject({ op: z.literal('react'), chat: z.string(), message: z.string(), emoji: z.string() }),
  z.strictObject({ op: z.literal('typing'), chat: z.string() }),
  z.strictObject({ op: z.literal('seen'), chat: z.string() }),
  /** Answered by `fileSchema`. `message` is the whole id of the message. */
  z.strictObject({ op: z.literal('download'), message: z.string(), mostBytes: z.number().int() }),
  /** Answered by `healthSchema`, which shows that the page still works. */
  z.strictObject({ op: z.literal('probe') }),
  /**
   * Offers what arrived since then (milliseconds), oldest first, and after it what arrives.
   * Answered by `caughtUpSchema` once all of the former is final.
   */
  z.strictObject({ op: z.literal('resume'), since: z.number().int(), groups: z.boolean() }),
  /** Writes the session to the program's store, where it is remote. */
  z.strictObject({ op: z.literal('save') }),
  /** Closes the browser in order and exits. */
  z.strictObject({ op: z.literal('close') }),
]);
export type ChildCall = z.infer<typeof callSchema>;

export const sentSchema = z.object({ id: z.string().min(1) });
export const fileSchema = z.object({ bytes: bytes.optional(), tooLarge: z.boolean().optional() });
export const healthSchema = z.object({ state: z.string(), memoryBytes: z.number() });
export const caughtUpSchema = z.object({ offered: z.number().int() });
export const doneSchema = z.object({});

/** Bytes in the program's store under a name, or none. */
const storeReply = z.strictObject({
  type: z.literal('stored'),
  request,
  bytes: bytes.optional(),
  fault: z.string().optional(),
});

const toChild = z.discriminatedUnion('type', [
  openSchema,
  z.strictObject({ type: z.literal('call'), request, call: callSchema }),
  z.strictObject({ type: z.literal('outcome'), seq: request, outcome }),
  storeReply,
]);
export type ToChild = z.infer<typeof toChild>;

const storeCall = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get') }),
  z.strictObject({ op: z.literal('put'), bytes }),
  z.strictObject({ op: z.literal('delete') }),
]);
export type StoreCall = z.infer<typeof storeCall>;

/** Why a call failed. The same call may succeed later unless it was `refused`. */
const failure = z.enum(['refused', 'unavailable']);

/**
 * Why a child ends by itself. `setup` needs a person, because the library is not there.
 * `loggedOut` says that the phone or WhatsApp removed the device.
 */
const endSchema = z.enum(['setup', 'loggedOut', 'blocked', 'lost']);
export type ChildEnd = z.infer<typeof endSchema>;

const fromChild = z.discriminatedUnion('type', [
  /** The browser's page is there. */
  z.object({ type: z.literal('launched') }),
  z.object({ type: z.literal('qr'), qr: z.string().min(1).max(2_000) }),
  z.object({ type: z.literal('code'), code: z.string().min(1).max(40) }),
  z.object({ type: z.literal('authenticated') }),
  /** `me` is the id of the number that is paired. Events come after `resume`. */
  z.object({ type: z.literal('ready'), me: z.string().min(1).max(100), version: z.string().optional() }),
  z.object({ type: z.literal('event'), seq: request, event: z.unknown() }),
  z.object({ type: z.literal('result'), request, value: z.unknown() }),
  z.object({ type: z.literal('failed'), request, failure, reason: z.string() }),
  z.object({ type: z.literal('store'), request, call: storeCall }),
  z.object({ type: z.literal('ending'), end: endSchema, reason: z.string() }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn']), text: z.string() }),
]);
export type FromChild = z.infer<typeof fromChild>;

export const parseToChild = (raw: unknown): ToChild => parsed(toChild, raw, 'program');
export const parseFromChild = (raw: unknown): FromChild => parsed(fromChild, raw, 'child');

function parsed<T>(schema: z.ZodType<T>, raw: unknown, from: string): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new InvalidInput(`the ${from} sent what is no message of the protocol: ${z.prettifyError(result.error)}`, {}, result.error);
}

/** An id of the page, which is an object that has its text. */
const wid = z.union([z.string(), z.object({ _serialized: z.string() }).transform((id) => id._serialized)]);
const messageKey = z.object({
  fromMe: z.boolean(),
  remote: wid,
  /** The same for all devices, whatever the chat is called. */
  id: z.string().min(1).max(200),
  _serialized: z.string().min(1).max(400),
});
const count = z.number().nonnegative();

/** Fields that decode.ts reads of a message, as the page has them. The child drops all others. */
export const pageMessageSchema = z.object({
  id: messageKey,
  type: z.string(),
  subtype: z.string().nullish(),
  /** Seconds since the epoch. */
  t: count,
  from: wid.nullish(),
  to: wid.nullish(),
  author: wid.nullish(),
  notifyName: z.string().nullish(),
  body: z.string().nullish(),
  caption: z.string().nullish(),
  directPath: z.string().nullish(),
  mimetype: z.string().nullish(),
  filename: z.string().nullish(),
  size: count.nullish(),
  lat: z.number().nullish(),
  lng: z.number().nullish(),
  loc: z.string().nullish(),
  vcardList: z.array(z.object({ vcard: z.string() })).nullish(),
  pollName: z.string().nullish(),
  pollOptions: z.array(z.object({ name: z.string() })).nullish(),
  eventName: z.string().nullish(),
  title: z.string().nullish(),
  /** Milliseconds. */
  latestEditSenderTimestampMs: count.nullish(),
  /**
   * The id of the message that it answers, without its chat. What cannot be read of it costs the
   * quote, not the message.
   */
  quotedStanzaID: z.string().max(200).nullish().catch(undefined),
  /** The message that was deleted. */
  protocolMessageKey: messageKey.nullish(),
});
export type PageMessage = z.infer<typeof pageMessageSchema>;

/** Both ids of a person, where WhatsApp itself says that they are one. */
const person = z.object({ lid: z.string().optional(), phone: z.string().optional() }).optional();

/** An event of the page. What is none of these becomes a dead letter. */
export const pageEventSchema = z.discriminatedUnion('kind', [
  /** `missed` arrived while the page was away. */
  z.object({ kind: z.literal('message'), message: pageMessageSchema, person, missed: z.boolean() }),
  z.object({ kind: z.literal('edit'), message: pageMessageSchema, text: z.string(), person }),
  z.object({ kind: z.literal('revoke'), message: pageMessageSchema, person }),
  /** A message that the page could not decrypt, and will not any more. */
  z.object({ kind: z.literal('undecryptable'), message: pageMessageSchema }),
  z.object({
    kind: z.literal('reaction'),
    id: messageKey,
    target: messageKey,
    sender: wid,
    /** Empty if the reaction was taken back. */
    emoji: z.string().max(100),
    /** Seconds since the epoch. */
    at: count,
    person,
  }),
  /** -1 failed, 0 pending, 1 server, 2 device, 3 read, 4 played. */
  z.object({ kind: z.literal('ack'), message: pageMessageSchema, ack: z.number().int().min(-1).max(10) }),
  z.object({
    kind: z.literal('call'),
    id: z.string().min(1).max(200),
    from: wid,
    outgoing: z.boolean(),
    group: z.boolean(),
    person,
  }),
  /** WhatsApp says that a customer has another number now. */
  z.object({ kind: z.literal('renumbered'), message: pageMessageSchema, from: wid, to: wid }),
]);
export type PageEvent = z.infer<typeof pageEventSchema>;
