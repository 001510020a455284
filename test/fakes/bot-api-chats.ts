/**
 * Chats of the emulator, with what the customers' screens show, and refusals in Telegram's own
 * words.
 */
import * as z from 'zod';
import {
  checkKeyboard,
  checkReaction,
  contactMessage,
  type InlineButton,
  inlineKeyboard,
  locationMessage,
  type ReplyKeyboard,
  reactionChange,
  replyMarkup,
  replyParameters,
  stickerMessage,
  venueMessage,
  writtenReply,
} from './bot-api-cards.ts';
import { Problem } from './bot-api-problem.ts';

const entity = z.object({
  type: z.enum(['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'blockquote', 'text_link', 'url', 'bot_command']),
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  url: z.string().optional(),
  language: z.string().optional(),
});
const content = z.object({
  chat_id: z.coerce.number().int(),
  text: z.string(),
  entities: z.array(entity).default([]),
  parse_mode: z.never({ error: 'the emulator reads entities, not parse_mode' }).optional(),
  message_thread_id: z.number().int().optional(),
  reply_markup: replyMarkup.optional(),
  reply_parameters: replyParameters.optional(),
});
const fromJson = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
/** Fields of a form. */
const upload = z.object({
  chat_id: z.coerce.number().int(),
  document: z.object({ name: z.string().min(1), bytes: z.instanceof(Uint8Array) }),
  caption: z.string().optional(),
  caption_entities: fromJson(z.array(entity)).default([]),
  message_thread_id: z.coerce.number().int().optional(),
  reply_markup: fromJson(replyMarkup).optional(),
  reply_parameters: writtenReply.optional(),
});
const edit = content.extend({ message_id: z.number().int(), reply_markup: inlineKeyboard.optional() });
const removal = z.object({ chat_id: z.coerce.number().int(), message_id: z.number().int() });
export type Entity = z.infer<typeof entity>;

export interface ShownDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ShownMessage {
  readonly id: number;
  readonly from: 'bot' | 'customer';
  text: string;
  entities: readonly Entity[];
  keyboard?: readonly (readonly InlineButton[])[];
  /** In place of the customer's own keyboard. */
  readonly replyKeyboard?: ReplyKeyboard;
  topic?: number;
  /** `text` is its caption. */
  readonly document?: ShownDocument;
  readonly sticker?: ShownDocument;
  readonly location?: { readonly latitude: number; readonly longitude: number; readonly title?: string; readonly address?: string };
  readonly contact?: { readonly phone_number: string; readonly first_name: string; readonly vcard?: string | undefined };
  /** The bot's own. */
  reaction?: string;
  /** The message above it, as the customer sees. */
  readonly answers?: number;
  edits: number;
}

interface Written {
  readonly reply_markup?: z.infer<typeof replyMarkup> | undefined;
  readonly message_thread_id?: number | undefined;
  readonly reply_parameters?: z.infer<typeof replyParameters> | undefined;
}

interface Chat {
  readonly messages: ShownMessage[];
  nextId: number;
  blocked: boolean;
  movedTo?: number;
}

export class Chats {
  private readonly chats = new Map<number, Chat>();

  /** Makes the chat known. Bots cannot write to people they have never met. */
  open(id: number): Chat {
    const chat = this.chats.get(id) ?? { messages: [], nextId: 1, blocked: false };
    this.chats.set(id, chat);
    return chat;
  }

  messages(id: number): readonly ShownMessage[] {
    return this.chats.get(id)?.messages ?? [];
  }

  heard(id: number, text: string): number {
    const chat = this.open(id);
    chat.messages.push({ id: chat.nextId, from: 'customer', text, entities: [], edits: 0 });
    return chat.nextId++;
  }

  /** The old chat can still be read, and nothing new reaches it. */
  upgrade(from: number, to: number): void {
    this.open(from).movedTo = to;
    this.open(to);
  }

  /** The id of a service message. */
  service(id: number): number {
    return this.open(id).nextId++;
  }

  deleteByCustomer(id: number, messageId: number): void {
    const { messages } = this.open(id);
    messages.splice(
      messages.findIndex((message) => message.id === messageId),
      1,
    );
  }

  send(payload: unknown): object {
    const { chat_id, text, entities, ...more } = parse(content, payload);
    return this.write(chat_id, more, checked(text, entities));
  }

  sendDocument(payload: unknown): object {
    const { chat_id, document, caption, caption_entities, ...more } = parse(upload, payload);
    if (document.bytes.byteLength === 0) throw new Problem(400, 'Bad Request: file must be non-empty');
    if (document.bytes.byteLength > 50 * 1_024 * 1_024) throw new Problem(413, 'Request Entity Too Large');
    if ((caption ?? '').length > 1_024) throw new Problem(400, 'Bad Request: message caption is too long');
    const captioned = caption === undefined ? {} : checked(caption, caption_entities);
    const { text, entities, ...rest } = this.write(chat_id, more, { ...captioned, document });
    return {
      ...rest,
      document: fileOf(document, rest.message_id),
      ...(caption === undefined ? {} : { caption: text, caption_entities: entities }),
    };
  }

  sendSticker(payload: unknown): object {
    const { chat_id, sticker, ...more } = parse(stickerMessage, payload);
    const { text: _, entities: __, ...rest } = this.write(chat_id, more, { sticker });
    return { ...rest, sticker: fileOf(sticker, rest.message_id) };
  }

  sendLocation(payload: unknown): object {
    const { chat_id, message_thread_id, reply_parameters, ...location } = parse(locationMessage, payload);
    const { text: _, entities: __, ...rest } = this.write(chat_id, { message_thread_id, reply_parameters }, { location });
    return { ...rest, location };
  }

  sendVenue(payload: unknown): object {
    const { chat_id, message_thread_id, reply_parameters, ...location } = parse(venueMessage, payload);
    const { text: _, entities: __, ...rest } = this.write(chat_id, { message_thread_id, reply_parameters }, { location });
    return { ...rest, location, venue: { ...location, location } };
  }

  sendContact(payload: unknown): object {
    const { chat_id, message_thread_id, reply_parameters, ...contact } = parse(contactMessage, payload);
    const { text: _, entities: __, ...rest } = this.write(chat_id, { message_thread_id, reply_parameters }, { contact });
    return { ...rest, contact };
  }

  react(payload: unknown): true {
    const { chat_id, message_id, reaction } = parse(reactionChange, payload);
    const message = this.reachable(chat_id).messages.find(({ id }) => id === message_id);
    if (!message) throw new Problem(400, 'Bad Request: message to react not found');
    const [given] = reaction;
    if (given === undefined) delete message.reaction;
    else {
      checkReaction(given.emoji);
      message.reaction = given.emoji;
    }
    return true;
  }

  private write(
    chatId: number,
    { reply_markup: keyboard, message_thread_id: topic, reply_parameters: reply }: Written,
    shown: Partial<ShownMessage>,
  ) {
    checkKeyboard(keyboard, chatId);
    const chat = this.reachable(chatId);
    const answers = chat.messages.find(({ id }) => id === reply?.message_id)?.id;
    if (reply?.allow_sending_without_reply === false && answers === undefined)
      throw new Problem(400, 'Bad Request: message to be replied not found');
    const message: ShownMessage = {
      id: chat.nextId++,
      from: 'bot',
      text: '',
      entities: [],
      ...shown,
      ...(keyboard === undefined ? {} : 'keyboard' in keyboard ? { replyKeyboard: keyboard } : { keyboard: keyboard.inline_keyboard }),
      ...(topic === undefined ? {} : { topic }),
      ...(answers === undefined ? {} : { answers }),
      edits: 0,
    };
    chat.messages.push(message);
    return asTelegram(chatId, message);
  }

  edit(payload: unknown): object {
    const { chat_id, message_id, text, entities, reply_markup } = parse(edit, payload);
    const message = this.reachable(chat_id).messages.find(({ id, from }) => id === message_id && from === 'bot');
    if (!message) throw new Problem(400, 'Bad Request: message to edit not found');
    checkKeyboard(reply_markup, chat_id);
    const next = checked(text, entities);
    const keyboard = reply_markup?.inline_keyboard;
    if (JSON.stringify([message.text, message.entities, message.keyboard]) === JSON.stringify([next.text, next.entities, keyboard])) {
      throw new Problem(
        400,
        'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      );
    }
    Object.assign(message, next, keyboard === undefined ? {} : { keyboard });
    message.edits += 1;
    return asTelegram(chat_id, message);
  }

  remove(payload: unknown): true {
    const { chat_id, message_id } = parse(removal, payload);
    const { messages } = this.reachable(chat_id);
    const at = messages.findIndex(({ id }) => id === message_id);
    if (at < 0) throw new Problem(400, 'Bad Request: message to delete not found');
    messages.splice(at, 1);
    return true;
  }

  reachable(id: number): Chat {
    const chat = this.chats.get(id);
    if (!chat) throw new Problem(400, 'Bad Request: chat not found');
    if (chat.movedTo !== undefined)
      throw new Problem(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chat.movedTo });
    if (chat.blocked)
      throw new Problem(403, id < 0 ? 'Forbidden: bot was kicked from the group chat' : 'Forbidden: bot was blocked by the user');
    return chat;
  }
}

function parse<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new Problem(400, `Bad Request: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Telegram's own checks of a text, with the trimming that it does. */
export function checked(text: string, entities: readonly Entity[]): { text: string; entities: readonly Entity[] } {
  if (text.trim() === '') throw new Problem(400, 'Bad Request: message text is empty');
  if (text.length > 4_096) throw new Problem(400, 'Bad Request: message is too long');
  if (!text.isWellFormed()) throw new Problem(400, 'Bad Request: strings must be encoded in UTF-8');
  for (const span of entities) {
    const end = span.offset + span.length;
    if (end > text.length || splitsPair(text, span.offset) || splitsPair(text, end))
      throw new Problem(400, `Bad Request: can't parse entities: a ${span.type} at ${span.offset} ends outside or inside a symbol`);
    if (span.type === 'text_link' && !URL.canParse(span.url ?? ''))
      throw new Problem(400, "Bad Request: can't parse entities: a link without an address");
    for (const other of entities) if (other !== span) checkPair(span, other);
  }
  return { text: text.trimEnd(), entities };
}

/** Entities nest or are disjoint. Code overlaps nothing but a quote around it. */
function checkPair(a: Entity, b: Entity): void {
  const within = (inner: Entity, outer: Entity) =>
    outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length;
  if (a.offset + a.length <= b.offset || b.offset + b.length <= a.offset) return;
  if (!within(a, b) && !within(b, a)) throw new Problem(400, "Bad Request: can't parse entities: entities cross");
  const quoted = (code: Entity, quote: Entity) => !isCode(quote) && quote.type === 'blockquote' && within(code, quote);
  if ((isCode(a) && !quoted(a, b)) || (isCode(b) && !quoted(b, a))) {
    throw new Problem(400, "Bad Request: can't parse entities: code shares its text with another entity");
  }
}

const isCode = ({ type }: Entity): boolean => type === 'code' || type === 'pre';

function splitsPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) && at > 0;
}

function fileOf({ name, bytes }: ShownDocument, message: number): object {
  return { file_id: `file-${message}`, file_unique_id: `f${message}`, file_name: name, file_size: bytes.byteLength };
}

function asTelegram(chatId: number, message: ShownMessage) {
  return {
    message_id: message.id,
    date: 0,
    chat: { id: chatId, type: chatId < 0 ? 'supergroup' : 'private' },
    text: message.text,
    entities: message.entities,
  };
}
