/**
 * Events of a session. Each has a zod schema, and together they are one discriminated union. Every
 * edge parses with `sessionEvent`, and inside the types are plain. `at` is the time of the event in
 * milliseconds since the epoch. The host that takes the event in sets it. The machine never reads a
 * clock.
 */
import * as z from 'zod';
import type { MachineEvent } from '../definition.ts';
import { isVisible } from '../text.ts';
import { saysEnough } from './card-rules.ts';
import { type Card, cardSchema, providerForm } from './cards.ts';
import { emojiToSend } from './emoji.ts';
import { fileSchema } from './files.ts';
import { ASSIGNMENT_RULES } from './handoff-facts.ts';
import { keptFields, MAX_MEDIA, mediaEvents } from './media.ts';
import { MAX_QUOTE } from './quote-line.ts';
import { usageSchema } from './usage.ts';

/**
 * Longest text of any sender, 32,768 UTF-16 units. A longer one is refused at the edge, with this
 * number.
 */
export const MAX_TEXT = 32_768;

const text = z.string().min(1).max(MAX_TEXT);
const at = z.number().int().nonnegative();

export const customerSchema = z.strictObject({
  name: z.string().max(200).optional(),
  handle: z.string().max(200).optional(),
  phone: z.string().max(40).optional(),
  /** BCP 47, e.g. `ar-EG`. */
  locale: z.string().max(35).optional(),
});
export type Customer = z.infer<typeof customerSchema>;

export const agentSchema = z.strictObject({ id: z.string().min(1).max(100), name: z.string().min(1).max(200) });
export type Agent = z.infer<typeof agentSchema>;

/**
 * Media by reference. The bytes stay with the provider or in the file store, never in a snapshot.
 */
export const mediaSchema = z.strictObject({
  kind: z.enum(['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact']),
  /**
   * The channel's own id or URL of the file. Absent for locations and contacts. It may be useless
   * soon, so the bytes are read from it once, after the turn.
   */
  ref: z.string().max(2_000).optional(),
  mimeType: z.string().max(200).optional(),
  fileName: z.string().max(300).optional(),
  /** Bytes. */
  size: z.number().int().nonnegative().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  phone: z.string().max(40).optional(),
  name: z.string().max(200).optional(),
  ...keptFields,
});
export type Media = z.infer<typeof mediaSchema>;

/**
 * Only the agent who holds the session may do it, or anyone while nobody holds it. The host sets it
 * for agents who may not act for their colleagues. So the turn itself decides, whoever claims the
 * session at the same moment.
 */
const holderOnly = z.literal(true).optional();
/** Spaces at its ends would make two tags that look the same. */
const tag = z
  .string()
  .max(50)
  .regex(/^\S(?:.*\S)?$/u, 'expected a tag of one line, without spaces around it');
export const prioritySchema = z.enum(['low', 'normal', 'high', 'urgent']);
const simpleValue = z.union([z.string().max(2_000), z.number(), z.boolean()]);
/** What an agent may note as an entity. An assistant may extract other JSON. */
const entityValue = z.union([simpleValue, z.array(simpleValue).max(50)]);
const entityName = z.string().min(1).max(100);
/** Provider's id of a message. */
export const messageIdSchema = z.string().min(1).max(300);
/** Provider's id of the message that this one answers. */
const replyTo = messageIdSchema.optional();
/**
 * Beginning of the message that a customer answers, from the host. Absent if it is not there any
 * more.
 */
export const quotedSchema = z.strictObject({
  author: z.enum(['customer', 'assistant', 'agent', 'system']),
  text: z.string().min(1).max(MAX_QUOTE),
});
export type Quoted = z.infer<typeof quotedSchema>;
/** Until when the provider takes free text for the customer. Only where a channel has a window. */
const windowUntil = at.optional();

/** Message that the provider approved before. `parameters` fill its places in their order. */
export const templateSchema = z.strictObject({
  name: z.string().min(1).max(512),
  language: z.string().min(2).max(35),
  parameters: z.array(z.string().min(1).max(1_024)).max(20),
  /**
   * In place of `parameters`, in the form of the provider, for a template with a picture, a code, a
   * link or a name in it.
   */
  components: z.array(providerForm).max(20).optional(),
});
export type TemplateUse = z.infer<typeof templateSchema>;

const scheduledId = z.string().regex(/^[\w-]{8,64}$/, 'expected 8 to 64 letters, digits, "-" or "_"');

/** Files of one message of an agent, and agents that one note mentions. */
export const MAX_FILES = 10;
const MAX_MENTIONS = 20;

/** What a human agent does in a session, by what it is. Who acts is in the event. */
export const agentEvents = {
  escalate: z.strictObject({ type: z.literal('escalate'), at, reason: z.string().max(500), queue: z.string().max(100).optional() }),
  claim: z.strictObject({ type: z.literal('agent.claim'), at, agent: agentSchema }),
  message: z.strictObject({
    type: z.literal('agent.message'),
    at,
    agent: agentSchema,
    /** May be empty beside files, and beside a card that says enough. */
    text: z.string().max(MAX_TEXT),
    /** The customer gets it below the text. */
    card: cardSchema.optional(),
    /** The customer gets them after the text, in this order. */
    files: z.array(fileSchema).max(MAX_FILES).optional(),
    /** Sends it as this template. `text` is what the customer reads of it. */
    template: templateSchema.optional(),
    /** The customer sees what it answers, where the channel shows that. */
    replyTo,
  }),
  /** Reacts to a message of the customer. Null takes the reaction back. */
  reaction: z.strictObject({
    type: z.literal('agent.reaction'),
    at,
    agent: agentSchema,
    id: messageIdSchema,
    emoji: emojiToSend.nullable(),
  }),
  /** From the host. A rule gives a session that waits to an agent. */
  assign: z.strictObject({ type: z.literal('agent.assign'), at, agent: agentSchema, by: z.enum(ASSIGNMENT_RULES) }),
  /** From the host. The agent who holds the session, or should, has no console open any more. */
  offline: z.strictObject({ type: z.literal('agent.offline'), at, agent: agentSchema }),
  release: z.strictObject({ type: z.literal('agent.release'), at, agent: agentSchema, holderOnly }),
  transfer: z.strictObject({
    type: z.literal('agent.transfer'),
    at,
    agent: agentSchema,
    to: agentSchema.optional(),
    queue: z.string().max(100).optional(),
    holderOnly,
  }),
  note: z.strictObject({
    type: z.literal('note'),
    at,
    agent: agentSchema,
    text,
    /** Ids of the agents whose attention it asks for. */
    mentions: z.array(agentSchema.shape.id).max(MAX_MENTIONS).optional(),
  }),
  close: z.strictObject({ type: z.literal('close'), at, by: z.string().max(100), reason: z.string().max(500).optional(), holderOnly }),
  /** Any agent may change the facts of a session, also if a colleague holds it. */
  update: z.strictObject({
    type: z.literal('agent.update'),
    at,
    agent: agentSchema,
    /** Changes, not a whole list, so that two agents do not undo each other. */
    tags: z.strictObject({ add: z.array(tag).max(20).optional(), remove: z.array(tag).max(20).optional() }).optional(),
    priority: prioritySchema.optional(),
    /** Null removes it. */
    intent: z.string().min(1).max(200).nullable().optional(),
    /**
     * By name. A `value` of null removes it. With `was`, the value that the agent changed, nothing
     * is changed if it is another one by now. Null stands for none. The journal keeps both.
     */
    entities: z
      .record(entityName, z.strictObject({ value: entityValue.nullable(), was: z.json().optional() }))
      .refine((changes) => Object.keys(changes).length <= 50, 'expected at most 50')
      .optional(),
  }),
  /** The session forgets its messages, as on `/reset`, and the customer reads nothing of it. */
  clear: z.strictObject({ type: z.literal('agent.clear'), at, agent: agentSchema }),
  /** An idle session stays open until then at least. */
  extend: z.strictObject({ type: z.literal('agent.extend'), at, agent: agentSchema, until: at }),
  snooze: z.strictObject({ type: z.literal('agent.snooze'), at, agent: agentSchema, until: at }),
  unsnooze: z.strictObject({ type: z.literal('agent.unsnooze'), at, agent: agentSchema }),
  /**
   * A message that is sent at `sendAt`. One with the `id` of a message that is scheduled replaces
   * it. `seen` is the last entry that the writer saw.
   */
  schedule: z.strictObject({
    type: z.literal('agent.schedule'),
    at,
    agent: agentSchema,
    id: scheduledId,
    text: text.regex(/\S/, 'a message must say something'),
    sendAt: at,
    seen: z.number().int().nonnegative(),
    replyTo,
  }),
  /** Cancels a scheduled message, or takes note of one that came back. */
  unschedule: z.strictObject({ type: z.literal('agent.unschedule'), at, agent: agentSchema, id: scheduledId }),
};

interface Said {
  readonly text: string;
  readonly files?: readonly unknown[] | undefined;
  readonly card?: Card | undefined;
}

/** A message has a text, files, or a card that says enough without a text. */
function saysSomething({ text: said, files = [], card }: Said): boolean {
  return card === undefined ? /\S/.test(said) || files.length > 0 : isVisible(said) || saysEnough(card);
}

/** A provider that takes templates alone takes no card. */
export function hasBoth({ template, card }: { readonly template?: unknown; readonly card?: unknown }): boolean {
  return template !== undefined && card !== undefined;
}
export const ONE_OF_BOTH = 'a template has no card, which is sent once the customer has answered';

export const sessionEvent = z.discriminatedUnion('type', [
  /**
   * `id` is the provider's id of the message. `text` is the caption of media and may be empty then.
   */
  z.strictObject({
    type: z.literal('customer.message'),
    id: messageIdSchema,
    at,
    text: z.string().max(MAX_TEXT),
    media: z.array(mediaSchema).max(MAX_MEDIA).optional(),
    replyTo,
    quoted: quotedSchema.optional(),
    customer: customerSchema.optional(),
    windowUntil,
  }),
  /** The customer changed an earlier message. */
  z.strictObject({ type: z.literal('customer.edit'), id: messageIdSchema, at, text: z.string().max(MAX_TEXT) }),
  /** The customer deleted an earlier message. */
  z.strictObject({ type: z.literal('customer.revoke'), id: messageIdSchema, at }),
  /** The customer reacted to a message, ours or an own one. Null takes the reaction back. */
  z.strictObject({ type: z.literal('customer.reaction'), id: messageIdSchema, at, emoji: z.string().min(1).max(32).nullable() }),
  /** The customer called. Nobody answers calls here, but agents see them. */
  z.strictObject({
    type: z.literal('customer.call'),
    at,
    phase: z.enum(['started', 'ended']),
    seconds: z.number().int().nonnegative().optional(),
    customer: customerSchema.optional(),
    windowUntil,
  }),
  /**
   * `/name args`, or a pressed button. `name` without the slash, lower case. `media` is there if
   * the command was a caption.
   */
  z.strictObject({
    type: z.literal('customer.command'),
    id: messageIdSchema,
    at,
    name: z.string().regex(/^[a-z0-9_]{1,32}$/),
    args: z.string().max(4_000),
    media: z.array(mediaSchema).max(MAX_MEDIA).optional(),
    replyTo,
    quoted: quotedSchema.optional(),
    customer: customerSchema.optional(),
    windowUntil,
  }),
  agentEvents.escalate,
  agentEvents.claim,
  agentEvents.message.refine(saysSomething, 'a message must say something').refine((message) => !hasBoth(message), ONE_OF_BOTH),
  agentEvents.reaction,
  /** From a channel. Somebody of ours wrote in the provider's own app, so it is sent already. */
  z.strictObject({
    type: z.literal('agent.echo'),
    id: messageIdSchema,
    at,
    agent: agentSchema,
    text: z.string().max(MAX_TEXT),
    media: z.array(mediaSchema).max(MAX_MEDIA).optional(),
    replyTo,
  }),
  agentEvents.assign,
  agentEvents.offline,
  agentEvents.release,
  agentEvents.transfer,
  agentEvents.note,
  agentEvents.close,
  agentEvents.update,
  agentEvents.clear,
  agentEvents.extend,
  agentEvents.snooze,
  agentEvents.unsnooze,
  agentEvents.schedule,
  agentEvents.unschedule,
  /** From the host. The bytes of a file that came with a message are kept, or will never be. */
  mediaEvents.kept,
  mediaEvents.lost,
  /** From the machine's own timers. `at` is when they were due. */
  z.strictObject({ type: z.literal('snooze.due'), at }),
  z.strictObject({ type: z.literal('message.due'), at, id: scheduledId }),
  /**
   * From the host. Work of this session failed for good. `effect` is its type, `serial` its number.
   */
  z.strictObject({
    type: z.literal('effect.failed'),
    at,
    effect: z.string(),
    serial: z.number().int(),
    code: z.string(),
    reason: z.string(),
  }),
  /**
   * From the host. How a customer stands who waits for a human. `back` is a text in the customer's
   * language, because a machine reads no calendar.
   */
  z.strictObject({
    type: z.literal('wait.status'),
    at,
    /** Whether agents are there by the business hours. */
    open: z.boolean(),
    /** When they are back. Absent while they are there, and if that is not known. */
    back: z.string().min(1).max(200).optional(),
    /** 1 for the customer who is next. Absent if many wait. */
    place: z.number().int().positive().optional(),
    /** Whether one of them is online. Absent if that is not known. */
    online: z.boolean().optional(),
    /** Minutes that the customer will wait, from how long others have waited. Absent if unknown. */
    minutes: z.number().int().positive().optional(),
  }),
  /** From a channel. What the provider charges for a message, in millionths of a US dollar. */
  z.strictObject({ type: z.literal('message.cost'), at, serial: z.number().int(), costMicros: z.number().int().nonnegative() }),
  /** Usage of a run that gives no outcome, because it failed, was stopped or was started again. */
  z.strictObject({ type: z.literal('run.spent'), at, usage: usageSchema }),
  /** Progress of an analysis, from its run. */
  z.strictObject({ type: z.literal('analysis.progress'), at, phase: z.enum(['starting', 'thinking', 'tool', 'writing']) }),
]);

export type SessionEvent = z.infer<typeof sessionEvent>;
export type SessionEventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** Types of the events by which a customer changes what is to be answered. */
export const WRITTEN_BY_CUSTOMERS: ReadonlySet<string> = new Set([
  'customer.message',
  'customer.command',
  'customer.edit',
  'customer.revoke',
] satisfies SessionEvent['type'][]);

/**
 * Agent who holds a session after an event that took effect. Undefined if the event changes that
 * for nobody. `isHeld` means that somebody held it before.
 */
export function holderAfter(event: MachineEvent, isHeld: boolean): Agent | undefined {
  const { data } = sessionEvent.safeParse(event);
  // A colleague keeps a session in which somebody wrote on the phone.
  if (data?.type === 'agent.echo') return isHeld ? undefined : data.agent;
  if (data?.type === 'agent.claim' || data?.type === 'agent.assign' || data?.type === 'agent.message') return data.agent;
  return data?.type === 'agent.transfer' ? data.to : undefined;
}
