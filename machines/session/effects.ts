/**
 * Effects of the session machine, by name. The machine only names them with their params. The host
 * registers an effect for each.
 */
import * as z from 'zod';
import type { EntryDescription } from '../definition.ts';
import { isVisible } from '../text.ts';
import { saysEnough } from './card-rules.ts';
import { cardSchema, withCard } from './cards.ts';
import { emojiToSend } from './emoji.ts';
import { agentSchema, hasBoth, mediaSchema, messageIdSchema, ONE_OF_BOTH, templateSchema } from './events.ts';
import { fileSchema } from './files.ts';
import { mediaEvents } from './media.ts';
import { noticeName } from './notices.ts';
import { sayingId } from './saying.ts';

/** Button below a message. `id` is the command that it sends, in the form of the channels. */
const buttonSchema = z.strictObject({ id: z.string().min(1).max(300), label: z.string().min(1).max(200) });

/** Buttons of replies that the customer writes by one press. Absent without any. */
export function replyButtons(replies: readonly string[]): Pick<MessageSendParams, 'buttons'> {
  return replies.length === 0 ? {} : { buttons: replies.map((reply) => ({ id: sayingId(reply), label: reply })) };
}

/** `message.send` sends the customer a text, a card or both. */
export const messageSendParams = z
  .strictObject({
    /** CommonMark. It may be empty beside a card that says enough. */
    text: z.string(),
    author: z.enum(['assistant', 'agent', 'system']),
    /** The agent that wrote it, if an agent did. */
    agent: agentSchema.optional(),
    /** Id under which it was scheduled, if it was. */
    scheduled: z.string().optional(),
    /** Channel's id of the message that showed the partial answer. It becomes the final one. */
    draft: z.string().nullable(),
    /** Sends it as this template of the provider. */
    template: templateSchema.optional(),
    /** Which of the machine's own notices this is. */
    notice: noticeName.optional(),
    /** What the customer may reply by one press. A channel without buttons shows them as a list. */
    buttons: z.array(buttonSchema).min(1).max(10).optional(),
    /** Shown below the text. A channel that has no such thing shows it as words. */
    card: cardSchema.optional(),
    /** The channel's id of the message that it answers. */
    replyTo: messageIdSchema.optional(),
  })
  .refine(({ text, card }) => (card === undefined ? text !== '' : isVisible(text) || saysEnough(card)), 'a message must say something')
  .refine((message) => !hasBoth(message), ONE_OF_BOTH)
  .refine(({ buttons, card }) => buttons === undefined || card === undefined, 'a message has either buttons or a card');
export type MessageSendParams = z.infer<typeof messageSendParams>;

/** `file.send` sends the customer a file. */
export const fileSendParams = z.strictObject({
  file: fileSchema,
  author: z.enum(['assistant', 'agent']),
  /** The agent that sent it, if an agent did. */
  agent: agentSchema.optional(),
  /** Text for the customer if the channel takes no files. */
  otherwise: z.string().min(1),
  /** The channel's id of the message that it answers. */
  replyTo: messageIdSchema.optional(),
});
export type FileSendParams = z.infer<typeof fileSendParams>;

/** `reaction.send` reacts to a message of the customer. */
export const reactionSendParams = z.strictObject({
  /** The channel's id of that message. */
  messageId: messageIdSchema,
  /** Null takes the reaction back. */
  emoji: emojiToSend.nullable(),
  author: z.enum(['assistant', 'agent']),
  /** The agent that reacted, if an agent did. */
  agent: agentSchema.optional(),
});
export type ReactionSendParams = z.infer<typeof reactionSendParams>;

/**
 * `media.keep` puts the bytes of one of the media of a message into the file store, and reports to
 * the session.
 */
export const mediaKeepParams = mediaEvents.lost.pick({ messageId: true, index: true }).extend({ media: mediaSchema });
export type MediaKeepParams = z.infer<typeof mediaKeepParams>;

/** `agents.notify` notifies the agents that a session needs one of them. */
export const agentsNotifyParams = z.strictObject({
  reason: z.string(),
  queue: z.string().optional(),
  /** Only this agent is meant. */
  agentId: z.string().optional(),
  /** The note that mentions this agent, by its author and time. */
  note: z.strictObject({ by: agentSchema, at: z.number().int().nonnegative() }).optional(),
});
export type AgentsNotifyParams = z.infer<typeof agentsNotifyParams>;

/** Journal form of a sent message, `assistant.message`, `agent.message` or `system.message`. */
export function describeMessageSend(params: MessageSendParams): EntryDescription & { readonly message: true } {
  const { author, agent, text, card } = params;
  return { kind: `${author}.message`, author: agent?.name ?? author, text: withCard(text, card), message: true };
}

/**
 * A file is journalled as a message with its name as text. The entry's payload has its reference.
 */
export function describeFileSend(params: Pick<FileSendParams, 'file' | 'author' | 'agent'>): EntryDescription & { readonly message: true } {
  const { file, author, agent } = params;
  return { kind: `${author}.message`, author: agent?.name ?? author, text: file.name, message: true };
}

/** A reaction is no message. Its entry has the emoji as text, and none if it is taken back. */
export function describeReactionSend({ author, agent, emoji }: ReactionSendParams): EntryDescription {
  return { kind: `${author}.reaction`, author: agent?.name ?? author, ...(emoji === null ? {} : { text: emoji }) };
}
