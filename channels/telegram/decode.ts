/**
 * Decodes Telegram's updates into channel events. Unknown fields are let through, since Telegram
 * adds some every month. If a field that we read is not as documented, the update is
 * `InvalidInput`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Address, formatAddress } from '#machines/ids.ts';
import type { Customer } from '#machines/session/events.ts';
import { isVisible } from '#machines/text.ts';
import { eventOfPress, MAX_COMMAND_ARGS, readCommand, sameName } from '../command.ts';
import type { ChannelEvent } from '../inbound.ts';
import { contentFields, mediaOf, textOf, writtenText } from './content.ts';
import { contentKind, type Kind, updateKind } from './kinds.ts';
import { customerOf, SENDERS, type SenderKind, senderOf } from './senders.ts';

/** The kinds of updates that Telegram is to send. kinds.ts says why not the others. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'message_reaction'] as const;

const user = z.object({
  id: z.number().int(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  last_name: z.string().optional(),
  username: z.string().optional(),
  language_code: z.string().max(35).optional(),
});
const chat = z.object({
  id: z.number().int(),
  type: z.enum(['private', 'group', 'supergroup', 'channel']),
  title: z.string().optional(),
  username: z.string().optional(),
  is_direct_messages: z.boolean().optional(),
});
const seconds = z.number().int().nonnegative();

/** Where a message is. A message that the bot can no longer read has no more than this. */
const place = z.object({
  message_id: z.number().int(),
  chat,
  message_thread_id: z.number().int().optional(),
  is_topic_message: z.boolean().optional(),
  business_connection_id: z.string().optional(),
  guest_query_id: z.string().optional(),
  ephemeral_message_id: z.number().int().optional(),
});
type Place = z.infer<typeof place>;

const message = place.extend({
  date: seconds,
  edit_date: seconds.optional(),
  from: user.optional(),
  sender_chat: chat.optional(),
  via_bot: user.optional(),
  is_automatic_forward: z.boolean().optional(),
  migrate_to_chat_id: z.number().int().optional(),
  migrate_from_chat_id: z.number().int().optional(),
  // What cannot be read of the message that it answers costs the quote, not the message.
  reply_to_message: place.optional().catch(undefined),
  ...contentFields,
});
type Message = z.infer<typeof message>;

const press = z.object({ id: z.string().min(1), from: user, data: z.string().optional(), message: place.optional() });

/** `emoji` is of an emoji of Telegram's own. Others have none. */
const reactionTypes = z.array(z.object({ type: z.string(), emoji: z.string().min(1).max(32).optional() }));
const reaction = z.object({
  chat,
  message_id: z.number().int(),
  date: seconds,
  old_reaction: reactionTypes,
  new_reaction: reactionTypes,
});

const update = z.object({
  update_id: z.number().int().nonnegative(),
  message: message.optional(),
  edited_message: message.optional(),
  callback_query: press.optional(),
  message_reaction: reaction.optional(),
});

const updateHead = z.object({ update_id: z.number().int() });

export interface Bot {
  /**
   * The number in its token. It never changes, unlike the username, so it is the account of the
   * bot's addresses.
   */
  readonly id: number;
  /** Without the @. */
  readonly username: string;
}

export type Decoded =
  | { readonly event: ChannelEvent /** A pressed button waits for its answer. */; readonly callbackId?: string }
  /**
   * Well-formed and of no use to a session. `kind` is one of few, so it can be a metric's label.
   */
  | { readonly ignored: string; readonly kind: string; readonly callbackId?: string }
  /** A person sent it to be acted on, and no session can. */
  | { readonly kept: string; readonly kind: string };

/** Throws `InvalidInput` if this is no update at all. */
export function decodeUpdateId(raw: unknown): number {
  const parsed = updateHead.safeParse(raw);
  if (!parsed.success) throw new InvalidInput('this is not a Telegram update: an object with a whole number update_id is expected');
  return parsed.data.update_id;
}

const chatOnly = z.object({ chat: z.object({ id: z.number() }) });
const chatAnywhere = z.object({
  message: chatOnly.optional().catch(undefined),
  edited_message: chatOnly.optional().catch(undefined),
  callback_query: z.object({ message: chatOnly.optional() }).optional().catch(undefined),
  message_reaction: chatOnly.optional().catch(undefined),
});

/** The chat whose order the update belongs to. Undefined if the update names none. Never throws. */
export function chatOf(raw: unknown): number | undefined {
  const {
    message: sent,
    edited_message: edited,
    callback_query: pressed,
    message_reaction: reacted,
  } = chatAnywhere.safeParse(raw).data ?? {};
  return (sent ?? edited ?? pressed?.message ?? reacted)?.chat.id;
}

/** Throws `InvalidInput`. `receivedAt`, in milliseconds, dates what Telegram does not. */
export function decodeUpdate(raw: unknown, bot: Bot, receivedAt: number): Decoded {
  const parsed = update.safeParse(raw);
  if (!parsed.success)
    throw new InvalidInput(`the update is not as Telegram documents it: ${z.prettifyError(parsed.error).slice(0, 500)}`, {}, parsed.error);
  const { update_id, message: sent, edited_message: edited, callback_query: pressed, message_reaction: reacted } = parsed.data;
  const id = `tg:${update_id}`;
  if (pressed) return decodePress(pressed, bot, id, receivedAt);
  if (edited) return decodeEdit(edited, bot, id);
  if (sent) return decodeMessage(sent, contentKind(partOf(raw, 'message')), bot, id);
  if (reacted) return decodeReaction(reacted, bot, id);
  return notTaken(updateKind(partOf(raw)));
}

function decodePress({ id: callbackId, from, data, message }: z.infer<typeof press>, bot: Bot, id: string, at: number): Decoded {
  if (!message || data === undefined)
    return { ignored: 'the button belongs to no message of a chat, or stands for nothing', kind: 'button.elsewhere', callbackId };
  // The user who presses it wrote nothing, and the message is the bot's.
  const kind = senderOf({ ...message, from }, bot.id);
  const ruling = SENDERS[kind];
  if ('ignored' in ruling) return { ignored: ruling.ignored, kind: `sender.${kind}`, callbackId };
  const customer = customerOf({ ...message, from }, kind);
  const by = { id, address: addressOf(bot, message), at, ...(customer === undefined ? {} : { customer }) };
  return { event: eventOfPress(data, by), callbackId };
}

function decodeEdit(edited: Message, bot: Bot, id: string): Decoded {
  const kind = senderOf(edited, bot.id);
  if (!('taken' in SENDERS[kind])) return notTaken({ kind: `sender.${kind}`, ruling: SENDERS[kind] });
  const text = writtenText(edited);
  if (text === undefined) return { ignored: 'the edit changes no text', kind: 'edit.no_text' };
  const at = (edited.edit_date ?? edited.date) * 1_000;
  return { event: { type: 'edit', id, address: addressOf(bot, edited), at, messageId: messageIdOf(edited), text } };
}

function decodeMessage(sent: Message, content: Kind, bot: Bot, id: string): Decoded {
  // Telegram reports it in both chats, in either order, and from an administrator who may be
  // anonymous. For us these are the same event.
  const { migrate_to_chat_id: upgradedTo, migrate_from_chat_id: upgradedFrom } = sent;
  const at = sent.date * 1_000;
  if (upgradedTo !== undefined) return { event: migration(bot, sent.chat.id, upgradedTo, at) };
  if (upgradedFrom !== undefined) return { event: migration(bot, upgradedFrom, sent.chat.id, at) };
  const kind = senderOf(sent, bot.id);
  if (!('taken' in SENDERS[kind])) return notTaken({ kind: `sender.${kind}`, ruling: SENDERS[kind] });
  const written = writtenText(sent);
  // A kind of content that is newer than this program may still have a caption.
  if (!('taken' in content.ruling) && written === undefined) return notTaken(content);
  const command = written === undefined ? undefined : readCommand(written, bot.username);
  if (command?.bot !== undefined && !sameName(command.bot, bot.username))
    return { ignored: 'the command is for another bot', kind: 'command.another_bot' };
  const media = mediaOf(sent);
  if (media === undefined && !isVisible(textOf(sent))) return { ignored: 'it has nothing visible', kind: 'message.invisible' };
  const customer = withPhone(customerOf(sent, kind), kind, sent);
  const common = {
    id,
    address: addressOf(bot, sent),
    at,
    messageId: messageIdOf(sent),
    ...(media === undefined ? {} : { media: [media] }),
    ...answering(sent),
    ...(customer === undefined ? {} : { customer }),
  };
  if (command === undefined || command.args.length > MAX_COMMAND_ARGS) return { event: { type: 'message', ...common, text: textOf(sent) } };
  return { event: { type: 'command', ...common, name: command.name, args: command.args } };
}

/** In a topic, a message that answers none names the one that began the topic. */
function answering({ reply_to_message: answered, message_thread_id: topic, is_topic_message }: Message): { readonly replyTo?: string } {
  if (answered === undefined || (is_topic_message === true && answered.message_id === topic)) return {};
  return { replyTo: messageIdOf(answered) };
}

/** A customer with Telegram Premium can have several reactions, of which the latest counts. */
function decodeReaction({ old_reaction, new_reaction, ...reacted }: z.infer<typeof reaction>, bot: Bot, id: string): Decoded {
  if (reacted.chat.type !== 'private') return { ignored: 'a reaction in a group is for its readers', kind: 'reaction.group' };
  const before = emojiOf(old_reaction);
  const after = emojiOf(new_reaction);
  const emoji = after.findLast((one) => !before.includes(one)) ?? after.at(-1) ?? null;
  if (emoji === null && before.length === 0) return { ignored: 'Telegram does not say what a custom emoji shows', kind: 'reaction.custom' };
  const at = reacted.date * 1_000;
  return { event: { type: 'reaction', id, address: addressOf(bot, reacted), at, messageId: messageIdOf(reacted), emoji } };
}

function emojiOf(reactions: z.infer<typeof reactionTypes>): string[] {
  return reactions.flatMap(({ emoji }) => emoji ?? []);
}

function notTaken({ kind, ruling }: Kind): Decoded {
  if ('kept' in ruling) return { kept: ruling.kept, kind };
  return { ignored: 'ignored' in ruling ? ruling.ignored : 'it is not as Telegram documents it', kind };
}

/**
 * A contact card is the customer's own number only if Telegram says so. A group, a channel and an
 * unnamed sender have none, and the card of a person without an account has no `user_id`.
 */
function withPhone(customer: Customer | undefined, kind: SenderKind, { from, contact }: Message): Customer | undefined {
  if (contact?.user_id === undefined || contact.user_id !== from?.id) return customer;
  return kind === 'user' || kind === 'via_bot' ? { ...customer, phone: contact.phone_number } : customer;
}

/**
 * Telegram's id of the message, which its edits have too. A group that becomes a supergroup counts
 * its messages from the start again, so the id names the chat.
 */
function messageIdOf({ chat, message_id }: Place): string {
  return formatMessageId({ chat: chat.id, id: message_id });
}

/**
 * Where a message is. A group that becomes a supergroup counts its messages from the start again,
 * so an id without its chat names nothing.
 */
export interface MessagePlace {
  readonly chat: number;
  readonly id: number;
}

export function formatMessageId({ chat, id }: MessagePlace): string {
  return `tg:${chat}:${id}`;
}

/** The message that an id of `formatMessageId` names. Undefined for an event that is no message. */
export function parseMessageId(messageId: string): MessagePlace | undefined {
  const [, chat, id] = /^tg:(-?\d{1,17}):(\d{1,15})$/.exec(messageId) ?? [];
  return chat === undefined || id === undefined ? undefined : { chat: Number(chat), id: Number(id) };
}

/** The update as it came, or a field of it. Its keys say what the schema does not read. */
function partOf(raw: unknown, field?: string): object {
  const part: unknown = field === undefined ? raw : Object.entries(raw ?? {}).find(([key]) => key === field)?.[1];
  return typeof part === 'object' && part !== null ? part : {};
}

function addressOf(bot: Bot, { chat, message_thread_id, is_topic_message }: Place): Address {
  return addressAt(bot, { chat: chat.id, ...(is_topic_message && message_thread_id !== undefined ? { topic: message_thread_id } : {}) });
}

function addressAt(bot: Bot, peer: TelegramPeer): Address {
  return formatAddress({ channel: 'telegram', account: String(bot.id), peer: formatPeer(peer) });
}

/**
 * A group became a supergroup, whose id is another one. Groups have no topics, so it is one
 * address. `at` is in milliseconds since the epoch.
 */
export function migration(bot: Bot, from: number, to: number, at: number): ChannelEvent {
  return {
    type: 'moved',
    id: `tg:migrated:${from}:${to}`,
    from: addressAt(bot, { chat: from }),
    to: addressAt(bot, { chat: to }),
    at,
  };
}

/** A chat, or one topic of a group that has topics. Each is a conversation of its own. */
export interface TelegramPeer {
  readonly chat: number;
  readonly topic?: number;
}

export function formatPeer({ chat, topic }: TelegramPeer): string {
  return topic === undefined ? String(chat) : `${chat}/${topic}`;
}

export function parsePeer(peer: string): TelegramPeer {
  const [, chat, topic] = /^(-?\d{1,17})(?:\/(\d{1,15}))?$/.exec(peer) ?? [];
  if (chat === undefined)
    throw new InvalidInput(`"${peer.slice(0, 80)}" is not a Telegram chat: {chatId} or {chatId}/{topicId} is expected`);
  return topic === undefined ? { chat: Number(chat) } : { chat: Number(chat), topic: Number(topic) };
}
