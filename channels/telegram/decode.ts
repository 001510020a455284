/**
 * Decodes Telegram's updates into channel events. Unknown fields are let through, since Telegram
 * adds some every month. If a field that we read is not as documented, the update is
 * `InvalidInput`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Address, formatAddress } from '#machines/ids.ts';
import type { Customer, Media } from '#machines/session/events.ts';
import { isVisible } from '#machines/text.ts';
import type { ChannelEvent } from '../port.ts';

/** The kinds of updates that Telegram is to send. Any other would be ignored below. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query'] as const;

/** Longest `args` of a command that a session takes. A command with longer ones is a message. */
const MAX_ARGS = 4_000;

const user = z.object({
  id: z.number().int(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  last_name: z.string().optional(),
  username: z.string().optional(),
  language_code: z.string().max(35).optional(),
});
const chat = z.object({ id: z.number().int(), type: z.enum(['private', 'group', 'supergroup', 'channel']) });
const seconds = z.number().int().nonnegative();
const file = z.object({
  file_id: z.string().min(1),
  file_size: z.number().int().nonnegative().optional(),
  mime_type: z.string().max(200).optional(),
  file_name: z.string().optional(),
  emoji: z.string().optional(),
});
const location = z.object({ latitude: z.number(), longitude: z.number() });

const message = z.object({
  message_id: z.number().int(),
  date: seconds,
  edit_date: seconds.optional(),
  chat,
  from: user.optional(),
  message_thread_id: z.number().int().optional(),
  is_topic_message: z.boolean().optional(),
  migrate_to_chat_id: z.number().int().optional(),
  migrate_from_chat_id: z.number().int().optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  photo: z.array(file).min(1).optional(),
  voice: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  animation: file.optional(),
  document: file.optional(),
  sticker: file.optional(),
  location: location.optional(),
  venue: z.object({ title: z.string(), location }).optional(),
  contact: z
    .object({
      phone_number: z.string().max(40),
      first_name: z.string().default(''),
      last_name: z.string().optional(),
      user_id: z.number().int().optional(),
    })
    .optional(),
});
type Message = z.infer<typeof message>;

const update = z.object({
  update_id: z.number().int().nonnegative(),
  message: message.optional(),
  edited_message: message.optional(),
  callback_query: z
    .object({
      id: z.string().min(1),
      from: user,
      data: z.string().optional(),
      message: z
        .object({
          message_id: z.number().int(),
          chat,
          message_thread_id: z.number().int().optional(),
          is_topic_message: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
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
  /** Well-formed and of no use to a session. */
  | { readonly ignored: string };

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
});

/** The chat whose order the update belongs to. Undefined if the update names none. Never throws. */
export function chatOf(raw: unknown): number | undefined {
  const { message: sent, edited_message: edited, callback_query: pressed } = chatAnywhere.safeParse(raw).data ?? {};
  return (sent ?? edited ?? pressed?.message)?.chat.id;
}

/** Throws `InvalidInput`. `receivedAt`, in milliseconds, dates what Telegram does not. */
export function decodeUpdate(raw: unknown, bot: Bot, receivedAt: number): Decoded {
  const parsed = update.safeParse(raw);
  if (!parsed.success)
    throw new InvalidInput(`the update is not as Telegram documents it: ${z.prettifyError(parsed.error).slice(0, 500)}`, {}, parsed.error);
  const { update_id, message: sent, edited_message: edited, callback_query: pressed } = parsed.data;
  const id = `tg:${update_id}`;

  if (pressed) {
    if (!pressed.message || pressed.data === undefined) return { ignored: 'a button that belongs to no message of a chat' };
    const event = {
      type: 'command',
      id,
      address: addressOf(bot, pressed.message),
      at: receivedAt,
      ...buttonCommand(pressed.data),
      customer: customerOf(pressed.from),
    } as const;
    return { event, callbackId: pressed.id };
  }
  const subject = sent ?? edited;
  if (!subject) return { ignored: `an update of a kind that sessions do not hear (${kindsOf(raw)})` };
  if (subject.chat.type === 'channel') return { ignored: 'a channel post' };
  // Telegram reports it in both chats, in either order, and from an administrator who may be
  // anonymous. For us these are the same event.
  const { migrate_to_chat_id: upgradedTo, migrate_from_chat_id: upgradedFrom } = subject;
  if (upgradedTo !== undefined) return { event: migration(bot, subject.chat.id, upgradedTo, subject.date * 1_000) };
  if (upgradedFrom !== undefined) return { event: migration(bot, upgradedFrom, subject.chat.id, subject.date * 1_000) };
  if (subject.from?.is_bot === true) return { ignored: 'written by a bot' };
  const address = addressOf(bot, subject);
  if (edited) {
    const text = edited.text ?? edited.caption;
    if (text === undefined) return { ignored: 'an edit that changes no text' };
    return { event: { type: 'edit', id, address, at: (edited.edit_date ?? edited.date) * 1_000, text } };
  }
  const at = subject.date * 1_000;
  const customer = subject.from && customerOf(subject.from, subject.contact);
  const known = customer === undefined ? {} : { customer };
  const command = subject.text === undefined ? undefined : parseCommand(subject.text);
  if (command) {
    const { bot: meant, ...rest } = command;
    if (meant !== undefined && meant.toLowerCase() !== bot.username.toLowerCase()) return { ignored: `a command for @${meant}` };
    return { event: { type: 'command', id, address, at, ...rest, ...known } };
  }
  const media = mediaOf(subject);
  if (subject.text === undefined && media === undefined)
    return { ignored: `a message with nothing that sessions hear (${kindsOf(raw, 'message')})` };
  const text = subject.text ?? subject.caption ?? subject.sticker?.emoji ?? subject.venue?.title ?? '';
  if (media === undefined && !isVisible(text)) return { ignored: 'a text of nothing visible' };
  return { event: { type: 'message', id, address, at, text, ...(media === undefined ? {} : { media: [media] }), ...known } };
}

function addressOf(
  bot: Bot,
  { chat, message_thread_id, is_topic_message }: Pick<Message, 'chat' | 'message_thread_id' | 'is_topic_message'>,
): Address {
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

function parseCommand(text: string): { name: string; args: string; bot?: string } | undefined {
  const [, name, bot, rest = ''] = /^\/([a-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+([\s\S]*))?$/i.exec(text) ?? [];
  const args = rest.trim();
  if (name === undefined || args.length > MAX_ARGS) return undefined;
  return { name: name.toLowerCase(), args, ...(bot === undefined ? {} : { bot }) };
}

/**
 * The command of a button is its id, `name` or `name args`. Any other id is the argument of
 * `button`.
 */
function buttonCommand(data: string): { name: string; args: string } {
  const [, name, args = ''] = /^\/?([a-z0-9_]{1,32})(?:\s+([\s\S]*))?$/i.exec(data) ?? [];
  return name === undefined ? { name: 'button', args: data } : { name: name.toLowerCase(), args: args.trim() };
}

function customerOf(from: z.infer<typeof user>, contact?: Message['contact']): Customer {
  const name = [from.first_name, from.last_name].filter(Boolean).join(' ').slice(0, 200);
  return {
    ...(name === '' ? {} : { name }),
    ...(from.username === undefined ? {} : { handle: from.username.slice(0, 200) }),
    // A contact card is the customer's own number only if Telegram says so.
    ...(contact?.user_id === from.id ? { phone: contact.phone_number } : {}),
    ...(from.language_code === undefined ? {} : { locale: from.language_code }),
  };
}

function mediaOf(message: Message): Media | undefined {
  // Largest last. An animation carries a document of the same file for old clients, and a venue
  // carries its location. The richer one is taken.
  const { photo, animation, video, video_note, voice, audio, sticker, document, contact } = message;
  if (photo) return fileMedia('image', photo.at(-1), 'image/jpeg');
  if (animation ?? video ?? video_note) return fileMedia('video', animation ?? video ?? video_note, 'video/mp4');
  if (voice) return fileMedia('voice', voice, 'audio/ogg');
  if (audio) return fileMedia('audio', audio);
  if (sticker) return fileMedia('sticker', sticker);
  if (document) return fileMedia('document', document);
  const place = message.venue?.location ?? message.location;
  if (place)
    return {
      kind: 'location',
      latitude: place.latitude,
      longitude: place.longitude,
      ...(message.venue ? { name: message.venue.title.slice(0, 200) } : {}),
    };
  if (contact)
    return {
      kind: 'contact',
      phone: contact.phone_number,
      name: [contact.first_name, contact.last_name].filter(Boolean).join(' ').slice(0, 200),
    };
  return undefined;
}

function fileMedia(kind: Media['kind'], source: z.infer<typeof file> | undefined, mimeType?: string): Media | undefined {
  if (!source) return undefined;
  const mime = source.mime_type ?? mimeType;
  return {
    kind,
    ref: source.file_id,
    ...(mime === undefined ? {} : { mimeType: mime }),
    ...(source.file_name === undefined ? {} : { fileName: source.file_name.slice(0, 300) }),
    ...(source.file_size === undefined ? {} : { size: source.file_size }),
  };
}

/**
 * The kind of the update, for the log. It has names of fields and nothing of what a person wrote.
 */
function kindsOf(raw: unknown, field?: string): string {
  const thing = field === undefined ? raw : Object.entries(raw ?? {}).find(([key]) => key === field)?.[1];
  return (
    Object.keys(thing ?? {})
      .filter((key) => !['update_id', 'message_id', 'from', 'chat', 'date'].includes(key))
      .slice(0, 5)
      .join(', ')
      .slice(0, 200) || 'unknown'
  );
}
