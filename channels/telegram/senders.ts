/**
 * Kinds of senders of a message, and what becomes of the messages of each. A message that the bot
 * is not to answer changes no session. docs/reference/telegram.md shows the table to people.
 */
import type { Customer } from '#machines/session/events.ts';
import type { Ruling } from '../ruling.ts';

/** What senders.ts reads of a message. */
export interface Sent {
  readonly chat: Chat;
  readonly from?: User | undefined;
  readonly sender_chat?: Chat | undefined;
  readonly via_bot?: { readonly id: number } | undefined;
  readonly is_automatic_forward?: boolean | undefined;
  readonly business_connection_id?: string | undefined;
  readonly guest_query_id?: string | undefined;
  readonly ephemeral_message_id?: number | undefined;
}

interface User {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly last_name?: string | undefined;
  readonly username?: string | undefined;
  readonly language_code?: string | undefined;
}

interface Chat {
  readonly id: number;
  readonly type: string;
  readonly title?: string | undefined;
  readonly username?: string | undefined;
  readonly is_direct_messages?: boolean | undefined;
}

/** Users that the Bot API names in place of a chat that wrote, and Telegram itself. */
const GROUP_ANONYMOUS_BOT = 1_087_968_824;
const CHANNEL_BOT = 136_817_688;
const TELEGRAM = 777_000;

export type SenderKind =
  | 'user'
  | 'anonymous_admin'
  | 'channel'
  | 'via_bot'
  | 'unnamed'
  | 'own_bot'
  | 'via_own_bot'
  | 'bot'
  | 'linked_channel'
  | 'telegram'
  | 'channel_post'
  | 'direct_messages'
  | 'business'
  | 'guest'
  | 'ephemeral';

export const SENDERS: Readonly<Record<SenderKind, Ruling>> = {
  user: { taken: "the user's" },
  anonymous_admin: { taken: "the group's, with its title as the name" },
  channel: { taken: "the channel's, with its title as the name. A person writes in the group under it" },
  via_bot: { taken: "the user's, who chose the result of an inline bot and sent it" },
  unnamed: { taken: 'of a customer without a name' },
  own_bot: { ignored: 'the bot does not answer itself' },
  via_own_bot: { ignored: 'the bot does not answer itself' },
  bot: { ignored: 'two bots could answer each other without end' },
  linked_channel: { ignored: 'a post that Telegram forwarded from the linked channel is no question to the bot' },
  telegram: { ignored: 'a notice of Telegram itself asks for no answer' },
  channel_post: { ignored: 'a post of a channel is for its readers, and an answer would be one too' },
  direct_messages: { ignored: 'the direct messages of a channel are one chat for many people, whose conversations would mix' },
  business: { ignored: 'the chat of a business account needs a connection that this program does not have' },
  guest: { ignored: 'the bot is no member of that chat and could answer once only' },
  ephemeral: { ignored: 'one member wrote it for the bot alone, and an answer would be read by all' },
};

/** The kind of the sender of a message. `self` is the bot's id. */
export function senderOf(message: Sent, self: number): SenderKind {
  const { chat, from, sender_chat: onBehalfOf } = message;
  if (chat.type === 'channel') return 'channel_post';
  if (message.business_connection_id !== undefined) return 'business';
  if (message.guest_query_id !== undefined) return 'guest';
  if (message.ephemeral_message_id !== undefined) return 'ephemeral';
  if (chat.is_direct_messages === true) return 'direct_messages';
  if (message.is_automatic_forward === true) return 'linked_channel';
  if (from?.id === self) return 'own_bot';
  if (onBehalfOf !== undefined) return onBehalfOf.id === chat.id ? 'anonymous_admin' : 'channel';
  if (from === undefined) return 'unnamed';
  if (from.id === GROUP_ANONYMOUS_BOT) return 'anonymous_admin';
  if (from.id === CHANNEL_BOT) return 'channel';
  if (from.id === TELEGRAM) return 'telegram';
  if (from.is_bot) return 'bot';
  if (message.via_bot !== undefined) return message.via_bot.id === self ? 'via_own_bot' : 'via_bot';
  return 'user';
}

/** Undefined if nothing is known of the customer. */
export function customerOf(message: Sent, kind: SenderKind): Customer | undefined {
  const { from, sender_chat: onBehalfOf, chat } = message;
  // `from` is a fake user here.
  if (kind === 'channel') return onBehalfOf && customerOfChat(onBehalfOf);
  if (kind === 'anonymous_admin') return customerOfChat(onBehalfOf ?? chat);
  return from && customerOfUser(from);
}

function customerOfUser({ first_name, last_name, username, language_code }: User): Customer {
  return {
    ...named([first_name, last_name].filter(Boolean).join(' '), username),
    ...(language_code === undefined ? {} : { locale: language_code }),
  };
}

function customerOfChat({ title, username }: Chat): Customer | undefined {
  return title === undefined && username === undefined ? undefined : named(title ?? '', username);
}

function named(name: string, username: string | undefined): Customer {
  return {
    ...(name === '' ? {} : { name: name.slice(0, 200) }),
    ...(username === undefined ? {} : { handle: username.slice(0, 200) }),
  };
}
