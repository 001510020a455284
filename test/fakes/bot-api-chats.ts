/**
 * Chats of the emulator, with what the customers' screens show, and refusals in Telegram's own
 * words.
 */
import * as z from 'zod';

/** An error answer of the Bot API. */
export class Problem extends Error {
  readonly status: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number } | undefined;
  constructor(status: number, description: string, parameters?: { retry_after?: number; migrate_to_chat_id?: number }) {
    super(description);
    this.status = status;
    this.parameters = parameters;
  }
}

const entity = z.object({
  type: z.enum(['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'blockquote', 'text_link', 'url', 'bot_command']),
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  url: z.string().optional(),
  language: z.string().optional(),
});
const button = z.object({ text: z.string().min(1), callback_data: z.string().optional(), url: z.string().optional() });
const content = z.object({
  chat_id: z.coerce.number().int(),
  text: z.string(),
  entities: z.array(entity).default([]),
  parse_mode: z.never({ error: 'the emulator reads entities, not parse_mode' }).optional(),
  message_thread_id: z.number().int().optional(),
  reply_markup: z.object({ inline_keyboard: z.array(z.array(button)) }).optional(),
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
  reply_markup: fromJson(z.object({ inline_keyboard: z.array(z.array(button)) })).optional(),
});
const edit = content.extend({ message_id: z.number().int() });
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
  keyboard?: readonly (readonly z.infer<typeof button>[])[];
  topic?: number;
  /** `text` is its caption. */
  readonly document?: ShownDocument;
  edits: number;
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
    const { chat_id, text, entities, reply_markup, message_thread_id } = parse(content, payload);
    const chat = this.reachable(chat_id);
    const message: ShownMessage = {
      id: chat.nextId++,
      from: 'bot',
      ...checked(text, entities),
      ...(reply_markup === undefined ? {} : { keyboard: reply_markup.inline_keyboard }),
      ...(message_thread_id === undefined ? {} : { topic: message_thread_id }),
      edits: 0,
    };
    chat.messages.push(message);
    return asTelegram(chat_id, message);
  }

  sendDocument(payload: unknown): object {
    const { chat_id, document, caption, caption_entities, reply_markup, message_thread_id } = parse(upload, payload);
    if (document.bytes.byteLength === 0) throw new Problem(400, 'Bad Request: file must be non-empty');
    if (document.bytes.byteLength > 50 * 1_024 * 1_024) throw new Problem(413, 'Request Entity Too Large');
    if ((caption ?? '').length > 1_024) throw new Problem(400, 'Bad Request: message caption is too long');
    const chat = this.reachable(chat_id);
    const message: ShownMessage = {
      id: chat.nextId++,
      from: 'bot',
      ...(caption === undefined ? { text: '', entities: [] } : checked(caption, caption_entities)),
      ...(reply_markup === undefined ? {} : { keyboard: reply_markup.inline_keyboard }),
      ...(message_thread_id === undefined ? {} : { topic: message_thread_id }),
      document,
      edits: 0,
    };
    chat.messages.push(message);
    const { text, entities, ...rest } = asTelegram(chat_id, message);
    return {
      ...rest,
      document: {
        file_id: `file-${message.id}`,
        file_unique_id: `f${message.id}`,
        file_name: document.name,
        file_size: document.bytes.byteLength,
      },
      ...(caption === undefined ? {} : { caption: text, caption_entities: entities }),
    };
  }

  edit(payload: unknown): object {
    const { chat_id, message_id, text, entities, reply_markup } = parse(edit, payload);
    const message = this.reachable(chat_id).messages.find(({ id, from }) => id === message_id && from === 'bot');
    if (!message) throw new Problem(400, 'Bad Request: message to edit not found');
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

function asTelegram(chatId: number, message: ShownMessage) {
  return {
    message_id: message.id,
    date: 0,
    chat: { id: chatId, type: chatId < 0 ? 'supergroup' : 'private' },
    text: message.text,
    entities: message.entities,
  };
}
