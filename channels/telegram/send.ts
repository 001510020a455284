/**
 * Sender of messages and reactions to Telegram. Owns the order of parts, what an interrupted
 * attempt had sent, the meaning of send errors.
 *
 * Invariants
 * 1. A part that Telegram has accepted is reported before the next is tried.
 * 2. Formatting that Telegram refuses never costs the text.
 * 3. A message that the customer deleted is sent again.
 * 4. A reaction goes to the chat that its message names, or nowhere.
 * 5. A message that is answered and is not there any more never costs the answer.
 */
import { Readable } from 'node:stream';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { ChatPace } from '../chat-pace.ts';
import { type OutboundFile, type OutboundMessage, type OutboundReaction, RateLimited, Refused, type SendContext } from '../port.ts';
import { uploadMs } from '../upload-time.ts';
import type { BotApi, CallOptions } from './api.ts';
import { formatMessageId, type MessagePlace, parseMessageId, parsePeer, type TelegramPeer } from './decode.ts';
import { type Attachment, type Part, render } from './render.ts';

/**
 * Times that one part is offered in one attempt when Telegram answers "not yet" repeatedly.
 */
const OFFERS = 5;
/** Bytes. Telegram's own limit for bots. */
const MAX_DOCUMENT = 50_000_000;
/** Groups that became supergroups, remembered so that each costs one refused call. */
const REMEMBERED_MOVES = 1_000;

export interface SenderOptions {
  readonly api: BotApi;
  readonly pace: ChatPace<number>;
  /** Telegram answered that the group is a supergroup now. */
  readonly onMigrated: (from: number, to: number) => void;
}

export class Sender {
  private readonly api: BotApi;
  private readonly pace: ChatPace<number>;
  private readonly onMigrated: SenderOptions['onMigrated'];
  private readonly moved = new Map<number, number>();

  constructor({ api, pace, onMigrated }: SenderOptions) {
    this.api = api;
    this.pace = pace;
    this.onMigrated = onMigrated;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(peerText: string, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    try {
      const peer = peerOf(peerText);
      if ('reaction' in message) return await this.react(peer, message.reaction, context);
      const [first, ...rest] = render(message.text, { ...message, isPrivate: peer.chat > 0 });
      const parts = first === undefined ? [] : [{ ...first, ...answering(message.replyTo, peer) }, ...rest];
      return await this.sendParts(peer, parts, context);
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to Telegram was stopped', { key: context.key }, error);
      throw error;
    }
  }

  private async sendParts(peer: TelegramPeer, parts: readonly Part[], { sent, draft, signal, onSent }: SendContext): Promise<string> {
    if (parts.length === 0) throw new Refused('the message has neither text nor file: Telegram takes none without');
    const size = sizeOf(parts.at(-1)?.attachment);
    if (size > MAX_DOCUMENT) throw new Refused(`the file has ${size} bytes: Telegram takes at most ${MAX_DOCUMENT} from a bot`, { size });
    const shown = parseDraftRef(draft, peer.chat);
    const editable = parts.filter(isEditable).length;
    let last = sent.at(-1);
    for (const [i, part] of parts.entries()) {
      if (i < sent.length) continue;
      last = refOf(await this.final(peer, part, i < editable ? shown[i] : undefined, signal));
      await onSent(last);
    }
    // A draft can have grown longer than the final text is.
    for (const surplus of shown.slice(editable)) await this.remove(peer, surplus);
    return last ?? '';
  }

  private async final(peer: TelegramPeer, part: Part, existing: MessagePlace | undefined, signal: AbortSignal): Promise<MessagePlace> {
    try {
      return await this.inTurn(peer, signal, () => this.put(peer, part, existing, signal));
    } catch (error) {
      if (existing === undefined || !isGone(error)) throw error;
      return await this.inTurn(peer, signal, () => this.put(peer, part, undefined, signal));
    }
  }

  /**
   * Makes a call in a slot of its chat, and makes it again where Telegram answers "not yet" or that
   * the group has another chat now.
   */
  private async inTurn<T>(peer: TelegramPeer, signal: AbortSignal, call: (chat: number) => Promise<T>): Promise<T> {
    for (let offer = 1; ; offer++) {
      const chat = this.chatOf(peer);
      const done = await this.pace.final(chat, signal);
      try {
        // The group became another chat during the wait. The slot is not of that chat.
        if (this.chatOf(peer) !== chat) continue;
        return await call(chat);
      } catch (error) {
        if (error instanceof RateLimited && error.retryAfterMs <= this.pace.maxWaitMs && offer < OFFERS) continue;
        // To the new chat, in a slot of its own.
        if (!isMigrated(error) || offer >= OFFERS) throw error;
      } finally {
        done();
      }
    }
  }

  /** Telegram has one reaction of a bot on a message, which another one replaces. */
  private async react(
    peer: TelegramPeer,
    { messageId, emoji }: OutboundReaction['reaction'],
    { sent, signal, onSent }: SendContext,
  ): Promise<string> {
    const message = parseMessageId(messageId);
    if (message === undefined) throw new Refused('the id is not of a Telegram message', { messageId: messageId.slice(0, 80) });
    const ref = String(message.id);
    if (sent.length > 0) return ref;
    // Telegram's emoji have no variation selectors. The client's types have those of its day.
    const reaction = emoji === null ? [] : [{ type: 'emoji' as const, emoji: emoji.replaceAll('\uFE0F', '') as never }];
    await this.inTurn(peer, signal, async (chat) => {
      if (message.chat !== chat)
        throw new Refused('the message is in another chat, such as that of the group before it became a supergroup', { messageId });
      try {
        await this.api.call('setMessageReaction', { chat_id: chat, message_id: message.id, reaction }, { signal });
      } catch (error) {
        if (error instanceof RateLimited) this.pace.holdOneOrAll(chat, error.retryAfterMs);
        this.learnFrom(error, peer);
        throw isForeignEmoji(error)
          ? new Refused(`Telegram has no reaction ${emoji} in this chat: choose one that its apps offer`, error.facts)
          : error;
      }
    });
    await onSent(ref);
    return ref;
  }

  /**
   * One call, or a second one if the first was refused for a reason that we can repair. The caller
   * has waited for its turn. Resolves to the message that shows the part. If the group turns out to
   * be a supergroup now, it throws `Refused`, and the next attempt goes to the new chat. A message
   * of the old chat is not the new one's to edit.
   */
  async put(peer: TelegramPeer, part: Part, existing: MessagePlace | undefined, signal?: AbortSignal): Promise<MessagePlace> {
    const chat = this.chatOf(peer);
    const message = existing?.chat === chat ? existing.id : undefined;
    try {
      return { chat, id: await this.call(chat, peer.topic, part, message, signal) };
    } catch (error) {
      if (error instanceof RateLimited) this.pace.holdOneOrAll(chat, error.retryAfterMs);
      if (!(error instanceof Refused)) throw error;
      const { description } = error.facts;
      if (message !== undefined && /message is not modified/i.test(String(description))) return { chat, id: message };
      this.learnFrom(error, peer);
      if (part.entities.length > 0 && /entit/i.test(String(description)))
        return { chat, id: await this.call(chat, peer.topic, { ...part, entities: [] }, message, signal) };
      throw error;
    }
  }

  private async call(
    chat: number,
    topic: number | undefined,
    part: Part,
    existing: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { text, attachment, keyboard, replyTo } = part;
    const entities = part.entities.map((entity) => entity as never);
    if (existing !== undefined) {
      const inline = keyboard !== undefined && 'inline_keyboard' in keyboard ? { reply_markup: keyboard } : {};
      await this.api.call('editMessageText', { chat_id: chat, ...inline, text, entities, message_id: existing }, { signal });
      return existing;
    }
    const target = {
      chat_id: chat,
      ...(topic === undefined ? {} : { message_thread_id: topic }),
      ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
      // A group that has another chat by now has none of its former messages.
      ...(replyTo?.chat === chat ? { reply_parameters: answer(replyTo, attachment) } : {}),
    };
    switch (attachment?.method) {
      case undefined:
        return (await this.api.call('sendMessage', { ...target, text, entities }, { signal })).message_id;
      case 'sendDocument': {
        const caption = text === '' ? {} : { caption: text, caption_entities: entities };
        return await this.upload(attachment.document, signal, (document, options) =>
          this.api.call('sendDocument', { ...target, ...caption, document }, options),
        );
      }
      case 'sendSticker':
        return await this.upload(attachment.sticker, signal, (sticker, options) =>
          this.api.call('sendSticker', { ...target, sticker }, options),
        );
      case 'sendLocation': {
        const { method, ...place } = attachment;
        return (await this.api.call(method, { ...target, ...place }, { signal })).message_id;
      }
      case 'sendVenue': {
        const { method, ...venue } = attachment;
        return (await this.api.call(method, { ...target, ...venue }, { signal })).message_id;
      }
      case 'sendContact': {
        const { method, ...contact } = attachment;
        return (await this.api.call(method, { ...target, ...contact }, { signal })).message_id;
      }
    }
  }

  /**
   * Makes a call that reads a file while it sends it. The client would wait for ever for a file
   * that breaks off, so the call ends with it.
   */
  private async upload(
    { name, size, read }: OutboundFile,
    signal: AbortSignal | undefined,
    call: (file: { source: Readable; filename: string }, options: CallOptions) => Promise<{ readonly message_id: number }>,
  ): Promise<number> {
    const broken = new AbortController();
    const source = Readable.from(read(), { objectMode: false });
    source.once('error', (error) => broken.abort(error));
    const ends = signal === undefined ? broken.signal : AbortSignal.any([signal, broken.signal]);
    try {
      return (await call({ source, filename: name }, { signal: ends, waitMs: uploadMs(size) })).message_id;
    } finally {
      source.destroy();
    }
  }

  /**
   * Shows that an answer is written. A held chat is left alone, because another call would only
   * prolong the hold.
   */
  async typing(peer: TelegramPeer): Promise<void> {
    const chat = this.chatOf(peer);
    if (this.pace.heldFor(chat) > 0) return;
    const topic = peer.topic === undefined ? {} : { message_thread_id: peer.topic };
    try {
      await this.api.call('sendChatAction', { chat_id: chat, action: 'typing', ...topic });
    } catch (error) {
      this.learnFrom(error, peer);
      throw error;
    }
  }

  /** Best effort. The rest of a draft is untidy, not wrong. */
  private async remove(peer: TelegramPeer, { chat, id }: MessagePlace): Promise<void> {
    if (chat !== this.chatOf(peer)) return;
    await this.api.call('deleteMessage', { chat_id: chat, message_id: id }).catch(() => undefined);
  }

  /** Where the group is now. */
  chatOf(peer: TelegramPeer): number {
    return this.moved.get(peer.chat) ?? peer.chat;
  }

  /** A call was refused because the group is at another chat now. */
  private learnFrom(error: unknown, { chat: from }: TelegramPeer): void {
    const to = error instanceof Refused ? error.facts['migratedTo'] : undefined;
    if (typeof to !== 'number' || this.moved.get(from) === to) return;
    this.onMigrated(from, to);
    const [oldest] = this.moved.keys();
    if (this.moved.size >= REMEMBERED_MOVES && oldest !== undefined) this.moved.delete(oldest);
    this.moved.set(from, to);
  }
}

/** The client writes objects of a form as JSON only where it knows the field. This one it does not. */
function answer({ id }: MessagePlace, attachment: Attachment | undefined): { readonly message_id: number } {
  const parameters = { message_id: id, allow_sending_without_reply: true };
  const isForm = attachment?.method === 'sendDocument' || attachment?.method === 'sendSticker';
  return isForm ? (JSON.stringify(parameters) as never) : parameters;
}

/** What `send` resolves to. Only a group becomes another chat, where ids start again. */
function refOf(place: MessagePlace): string {
  return place.chat > 0 ? String(place.id) : formatMessageId(place);
}

/** Throws `Refused` for what is no message of the conversation. */
function answering(replyTo: string | undefined, peer: TelegramPeer): { readonly replyTo?: MessagePlace } {
  if (replyTo === undefined) return {};
  const isBare = /^[1-9]\d{0,14}$/.test(replyTo);
  // Refs of earlier versions. The group may have been another chat, so a stranger could be quoted.
  if (isBare && peer.chat < 0) return {};
  const answered = isBare ? { chat: peer.chat, id: Number(replyTo) } : parseMessageId(replyTo);
  if (answered === undefined) throw new Refused('the id is not of a Telegram message', { messageId: replyTo.slice(0, 80) });
  // Only groups become other chats.
  if (answered.chat !== peer.chat && (answered.chat > 0 || peer.chat > 0))
    throw new Refused('the message is in another chat', { messageId: replyTo.slice(0, 80) });
  return { replyTo: answered };
}

function sizeOf(attachment: Attachment | undefined): number {
  return attachment?.method === 'sendDocument' ? attachment.document.size : 0;
}

/**
 * Telegram edits a text into another text, with buttons below it. Anything else and a keyboard in
 * place of the customer's own are new messages.
 */
function isEditable({ attachment, keyboard }: Part): boolean {
  return attachment === undefined && (keyboard === undefined || 'inline_keyboard' in keyboard);
}

/** Telegram has reactions of a list of its own, and a group may have fewer. */
function isForeignEmoji(error: unknown): error is Refused {
  return error instanceof Refused && /REACTION_INVALID/i.test(String(error.facts['description']));
}

/** The message to edit is not there any more, or is too old to be edited. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Refused &&
    /message to edit not found|message can't be edited|message_id_invalid/i.test(String(error.facts['description']))
  );
}

/** The group is a supergroup now, and which one is known from now on. */
export function isMigrated(error: unknown): boolean {
  return error instanceof Refused && error.facts['migratedTo'] !== undefined;
}

/**
 * A draft that is longer than one message has several. Its ref names them all, and the chat of each
 * where that may change.
 */
export function formatDraftRef(messages: readonly MessagePlace[]): string {
  return messages.map(({ chat, id }) => (chat < 0 ? `${chat}:${id}` : String(id))).join(',');
}

/** Refs of 0.1.0 name no chat. Then it is the one of the address. */
export function parseDraftRef(ref: string | undefined, chat: number): MessagePlace[] {
  return (ref ?? '').split(',').flatMap((part) => {
    const [, group, id] = /^(?:(-\d{1,17}):)?(\d{1,15})$/.exec(part) ?? [];
    return id === undefined || Number(id) === 0 ? [] : [{ chat: group === undefined ? chat : Number(group), id: Number(id) }];
  });
}

function peerOf(text: string): TelegramPeer {
  try {
    return parsePeer(text);
  } catch (error) {
    throw new Refused('the address names no Telegram chat', { peer: text.slice(0, 80) }, error);
  }
}
