/**
 * Decodes events of the gateway into channel events. Unknown fields are let through, since Discord
 * adds some every month. If a field that we read is not as documented, the event is `InvalidInput`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import type { Customer } from '#machines/session/events.ts';
import { isVisible } from '#machines/text.ts';
import { eventOfPress, MAX_COMMAND_ARGS, readCommand } from '../command.ts';
import type { ChannelEvent } from '../inbound.ts';
import { contentFields, mediaOf, snowflake, textOf } from './content.ts';
import { messageKind } from './kinds.ts';
import { addressAt, messageIdOf, timeOf } from './peer.ts';

export interface Bot {
  /** Of its user. It never changes, unlike its name, so it is the account of its addresses. */
  readonly id: string;
  readonly username: string;
}

const user = z.object({
  id: snowflake,
  username: z.string().default(''),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
  system: z.boolean().optional(),
});
export const channelPlace = z.object({ channel_id: snowflake, guild_id: snowflake.nullish() });
const member = z.object({ nick: z.string().nullish() });

export const message = channelPlace.extend({
  id: snowflake,
  author: user,
  member: member.optional(),
  type: z.number().int().default(0),
  webhook_id: snowflake.optional(),
  timestamp: z.iso.datetime({ offset: true }),
  edited_timestamp: z.iso.datetime({ offset: true }).nullish(),
  referenced_message: z.object({ author: z.object({ id: snowflake }) }).nullish(),
  // What cannot be read of it costs the quote, not the message.
  message_reference: z.object({ message_id: snowflake.optional() }).nullish().catch(undefined),
  ...contentFields,
});
export type Message = z.infer<typeof message>;

const option = z.object({ value: z.union([z.string(), z.number(), z.boolean()]).optional() });
const interaction = z.object({
  id: snowflake,
  application_id: snowflake,
  token: z.string().min(1),
  type: z.number().int(),
  channel_id: snowflake.optional(),
  guild_id: snowflake.nullish(),
  /** 0 a server, 1 the bot's own direct messages, 2 those of others. */
  context: z.number().int().nullish(),
  user: user.optional(),
  member: member.extend({ user }).optional(),
  locale: z.string().max(35).optional(),
  data: z.object({ name: z.string().optional(), custom_id: z.string().optional(), options: z.array(option).optional() }).optional(),
  message: z.object({ mentions: z.array(z.object({ id: snowflake })).default([]) }).optional(),
});
export type Interaction = z.infer<typeof interaction>;

/** An event that changes no session. `kind` is one of few, so it can be a metric's label. */
export interface Ignored {
  readonly ignored: string;
  readonly kind: string;
}

export type Decoded = { readonly event: ChannelEvent } | Ignored;

/** Throws `InvalidInput`. */
export function parse<T>(shape: z.ZodType<T>, raw: unknown): T {
  const parsed = shape.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(`the event is not as Discord documents it: ${z.prettifyError(parsed.error).slice(0, 500)}`, {}, parsed.error);
}

const INTERACTION_COMMAND = 2;
const INTERACTION_COMPONENT = 3;
const CONTEXT_OTHERS = 2;
const TYPE_REPLY = 19;

/** Why a message changes no session, whoever it is for. Undefined if it may. */
export function notAnswered({ author, webhook_id, type }: Message, bot: Bot): Ignored | undefined {
  const { kind, ruling } = messageKind(type);
  if ('ignored' in ruling) return { kind, ignored: ruling.ignored };
  if (author.id === bot.id) return { kind: 'sender.own', ignored: 'the bot does not answer itself' };
  if (webhook_id !== undefined) return { kind: 'sender.webhook', ignored: 'a program writes by a webhook, and it reads no answer' };
  if (author.bot === true) return { kind: 'sender.bot', ignored: 'two bots could answer each other without end' };
  if (author.system === true) return { kind: 'sender.discord', ignored: 'a notice of Discord itself asks for no answer' };
  return undefined;
}

/** The conversation of a message, of what its author does later, or of a pressed button. */
function addressOf({ channel_id, guild_id }: z.infer<typeof channelPlace>, userId: string, bot: Bot): Address {
  return addressAt(bot.id, guild_id == null ? { channel: channel_id } : { channel: channel_id, user: userId });
}

/** A message for the bot, of a person. */
export function decodeMessage(sent: Message, bot: Bot): Decoded {
  const media = mediaOf(sent, { channel: sent.channel_id, message: sent.id });
  const written = textOf(sent, bot);
  const text = isVisible(written) || media.length > 0 || sent.content === '' ? written : `@${bot.username}`;
  if (media.length === 0 && !isVisible(text))
    return sent.guild_id == null
      ? { kind: 'message.invisible', ignored: 'it has nothing visible' }
      : { kind: 'message.unreadable', ignored: 'Discord gives its text only to bots with the Message Content Intent' };
  const common = {
    id: messageIdOf(sent.id),
    address: addressOf(sent, sent.author.id, bot),
    at: timeOf(sent.id),
    ...(media.length === 0 ? {} : { media }),
    ...answering(sent),
    customer: customerOf(sent.author, sent.member),
  };
  const command = readCommand(text);
  if (command === undefined || command.args.length > MAX_COMMAND_ARGS) return { event: { type: 'message', ...common, text } };
  return { event: { type: 'command', ...common, name: command.name, args: command.args } };
}

/** Messages that are forwarded and those that begin a thread refer to others too. */
function answering({ type, message_reference: reference }: Message): { readonly replyTo?: string } {
  const id = type === TYPE_REPLY ? reference?.message_id : undefined;
  return id === undefined ? {} : { replyTo: messageIdOf(id) };
}

/** A link that gets its preview changes a message too, but not its text. */
export function decodeEdit(edited: Message, bot: Bot): Decoded {
  const at = edited.edited_timestamp;
  if (at == null) return { kind: 'edit.preview', ignored: 'Discord added a preview, and the text is the same' };
  const id = `${messageIdOf(edited.id)}:edit:${at}`;
  const address = addressOf(edited, edited.author.id, bot);
  return { event: { type: 'edit', id, address, at: Date.parse(at), messageId: messageIdOf(edited.id), text: textOf(edited, bot) } };
}

export function parseInteraction(raw: unknown): Interaction {
  return parse(interaction, raw);
}

export type DecodedInteraction =
  | { readonly event: ChannelEvent; readonly by: 'command' | 'button' }
  | (Ignored & { readonly answer?: string });

export function decodeInteraction(pressed: Interaction, bot: Bot): DecodedInteraction {
  const { id, type, channel_id, guild_id, context, data } = pressed;
  const by = pressed.member?.user ?? pressed.user;
  if (type !== INTERACTION_COMMAND && type !== INTERACTION_COMPONENT)
    return { kind: 'interaction.other', ignored: 'the program offers only commands and buttons' };
  if (channel_id === undefined || by === undefined || context === CONTEXT_OTHERS)
    return { kind: 'interaction.elsewhere', ignored: 'the bot cannot write there', answer: 'Write to me in a direct message.' };
  const address = addressOf({ channel_id, guild_id }, by.id, bot);
  const customer = customerOf(by, pressed.member, pressed.locale);
  const common = { id: messageIdOf(id), address, at: timeOf(id), customer };
  if (type === INTERACTION_COMMAND) {
    const name = (data?.name ?? '').toLowerCase();
    const args = (data?.options ?? []).map(({ value }) => String(value ?? '')).join(' ');
    return { event: { type: 'command', ...common, name, args: args.trim() }, by: 'command' };
  }
  const addressee = pressed.message?.mentions ?? [];
  if (guild_id != null && addressee.length > 0 && addressee.every(({ id: one }) => one !== by.id))
    return { kind: 'button.of_another', ignored: 'it answers somebody else', answer: 'These buttons are for the person above.' };
  return { event: eventOfPress(data?.custom_id ?? '', common), by: 'button' };
}

const deletion = channelPlace.extend({ id: snowflake });
export const deletions = channelPlace.extend({ ids: z.array(snowflake) });

/**
 * In a server Discord does not say whose message it was. The caller remembers where it was taken.
 */
export function parseDeletion(raw: unknown): z.infer<typeof deletion> {
  return parse(deletion, raw);
}

export function revoke(id: string, address: Address, at: number): ChannelEvent {
  return { type: 'revoke', id: `${messageIdOf(id)}:deleted`, address, at, messageId: messageIdOf(id) };
}

const reaction = channelPlace.extend({
  user_id: snowflake,
  message_id: snowflake,
  emoji: z.object({ id: snowflake.nullish(), name: z.string().nullish() }),
});

/** @param eventId Discord gives a reaction no id of its own. */
export function decodeReaction(raw: unknown, added: boolean, bot: Bot, eventId: string, at: number): Decoded {
  const { channel_id, guild_id, user_id, message_id, emoji } = parse(reaction, raw);
  if (user_id === bot.id) return { kind: 'sender.own', ignored: 'the bot does not answer itself' };
  if (guild_id != null) return { kind: 'reaction.server', ignored: 'a reaction in a server is for its readers' };
  const shown = emoji.id == null ? (emoji.name ?? '') : `:${emoji.name ?? 'emoji'}:`;
  return {
    event: {
      type: 'reaction',
      id: eventId,
      address: addressAt(bot.id, { channel: channel_id }),
      at,
      messageId: messageIdOf(message_id),
      emoji: added ? shown : null,
    },
  };
}

const typing = channelPlace.extend({ user_id: snowflake });

export function decodeTyping(raw: unknown, bot: Bot, at: number): Decoded {
  const { channel_id, guild_id, user_id } = parse(typing, raw);
  if (user_id === bot.id) return { kind: 'sender.own', ignored: 'the bot does not answer itself' };
  if (guild_id != null) return { kind: 'typing.server', ignored: 'whom somebody writes to in a server is not known yet' };
  return { event: { type: 'typing', address: addressAt(bot.id, { channel: channel_id }), at } };
}

function customerOf(by: z.infer<typeof user>, inServer: z.infer<typeof member> | undefined, locale?: string): Customer {
  const name = inServer?.nick ?? by.global_name ?? by.username;
  return {
    ...(name === '' ? {} : { name: name.slice(0, 200) }),
    ...(by.username === '' ? {} : { handle: by.username.slice(0, 200) }),
    ...(locale === undefined ? {} : { locale }),
  };
}
