/**
 * Sender of final texts to Telegram. Owns: the order of parts, what an interrupted attempt had
 * sent, the meaning of send errors.
 *
 * Invariants
 * 1. A part that Telegram has accepted is reported before the next is tried.
 * 2. Formatting that Telegram refuses never costs the text.
 * 3. A message that the customer deleted is sent again.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { type OutboundMessage, RateLimited, Refused, type SendContext } from '../port.ts';
import type { BotApi } from './api.ts';
import { parsePeer, type TelegramPeer } from './decode.ts';
import type { ChatPace } from './pace.ts';
import { type Part, render } from './render.ts';

/** Times that one part is offered in one attempt when Telegram answers "not yet" again and again. */
const OFFERS = 5;
/** Bytes. Telegram's own limit for bots. */
const MAX_DOCUMENT = 50_000_000;
/**
 * Extra time for a document beyond a call's limit, in milliseconds. It is enough for the longest
 * file of the store over a phone's uplink.
 */
const UPLOAD_MS = 60_000;
/** Groups that became supergroups, remembered so that each costs one refused call. */
const REMEMBERED_MOVES = 1_000;

export class Sender {
  private readonly api: BotApi;
  private readonly pace: ChatPace;
  private readonly moved = new Map<number, number>();

  constructor(api: BotApi, pace: ChatPace) {
    this.api = api;
    this.pace = pace;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(peerText: string, message: OutboundMessage, context: SendContext): Promise<string> {
    try {
      return await this.sendParts(peerOf(peerText), render(message.text, message.buttons, message.file), context);
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to Telegram was stopped', { key: context.key }, error);
      throw error;
    }
  }

  private async sendParts(peer: TelegramPeer, parts: readonly Part[], { sent, draft, signal, onSent }: SendContext): Promise<string> {
    if (parts.length === 0) throw new Refused('the message has neither text nor file: Telegram takes none without');
    const size = parts.at(-1)?.document?.source.byteLength ?? 0;
    if (size > MAX_DOCUMENT) throw new Refused(`the file has ${size} bytes: Telegram takes at most ${MAX_DOCUMENT} from a bot`, { size });
    const shown = parseDraftRef(draft);
    // A text cannot be edited into a document.
    const editable = parts.filter((part) => part.document === undefined).length;
    let last = sent.at(-1);
    for (const [i, part] of parts.entries()) {
      if (i < sent.length) continue;
      last = String(await this.final(peer, part, i < editable ? shown[i] : undefined, signal));
      await onSent(last);
    }
    // A draft can have grown longer than the final text is.
    for (const surplus of shown.slice(editable)) await this.remove(peer, surplus);
    return last ?? '';
  }

  private async final(peer: TelegramPeer, part: Part, existing: number | undefined, signal: AbortSignal): Promise<number> {
    let target = existing;
    for (let offer = 1; ; offer++) {
      const done = await this.pace.final(this.chatOf(peer), signal);
      try {
        return await this.put(peer, part, target, signal);
      } catch (error) {
        if (error instanceof RateLimited && error.retryAfterMs <= this.pace.maxWaitMs && offer < OFFERS) continue;
        if (target === undefined || !isGone(error)) throw error;
        target = undefined;
      } finally {
        done();
      }
    }
  }

  /**
   * One call, or a second one if the first was refused for a reason that we can repair. The caller
   * has waited for its turn. Resolves to the id of the message that shows the part.
   */
  async put(peer: TelegramPeer, part: Part, existing: number | undefined, signal?: AbortSignal): Promise<number> {
    const chat = this.chatOf(peer);
    try {
      return await this.call(chat, peer.topic, part, existing, signal);
    } catch (error) {
      if (error instanceof RateLimited) this.pace.hold(chat, error.retryAfterMs);
      if (!(error instanceof Refused)) throw error;
      const { description, migratedTo } = error.facts;
      if (existing !== undefined && /message is not modified/i.test(String(description))) return existing;
      if (typeof migratedTo === 'number' && migratedTo !== chat) {
        this.remember(peer.chat, migratedTo);
        // The messages of the old group are not the new one's to edit.
        return await this.call(migratedTo, peer.topic, part, undefined, signal);
      }
      if (part.entities.length > 0 && /entit/i.test(String(description)))
        return await this.call(chat, peer.topic, { ...part, entities: [] }, existing, signal);
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
    const entities = part.entities.map((entity) => entity as never);
    const common = {
      chat_id: chat,
      ...(part.keyboard === undefined ? {} : { reply_markup: { inline_keyboard: part.keyboard.inline_keyboard.map((row) => [...row]) } }),
    };
    if (existing !== undefined) {
      await this.api.call('editMessageText', { ...common, text: part.text, entities, message_id: existing }, { signal });
      return existing;
    }
    const target = { ...common, ...(topic === undefined ? {} : { message_thread_id: topic }) };
    const { document } = part;
    if (document === undefined)
      return (await this.api.call('sendMessage', { ...target, text: part.text, entities }, { signal })).message_id;
    const caption = part.text === '' ? {} : { caption: part.text, caption_entities: entities };
    return (await this.api.call('sendDocument', { ...target, ...caption, document }, { signal, waitMs: UPLOAD_MS })).message_id;
  }

  /** Best effort. The rest of a draft is untidy, not wrong. */
  private async remove(peer: TelegramPeer, id: number): Promise<void> {
    await this.api.call('deleteMessage', { chat_id: this.chatOf(peer), message_id: id }).catch(() => undefined);
  }

  /** Where the group is now. */
  chatOf(peer: TelegramPeer): number {
    return this.moved.get(peer.chat) ?? peer.chat;
  }

  private remember(from: number, to: number): void {
    const [oldest] = this.moved.keys();
    if (this.moved.size >= REMEMBERED_MOVES && oldest !== undefined) this.moved.delete(oldest);
    this.moved.set(from, to);
  }
}

/** The message to edit is not there any more, or is too old to be edited. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Refused &&
    /message to edit not found|message can't be edited|message_id_invalid/i.test(String(error.facts['description']))
  );
}

/** A draft that is longer than one message has several. Its id names them all. */
export function formatDraftRef(ids: readonly number[]): string {
  return ids.join(',');
}

export function parseDraftRef(ref: string | undefined): number[] {
  return (ref ?? '')
    .split(',')
    .map(Number)
    .filter((id) => Number.isSafeInteger(id) && id > 0);
}

function peerOf(text: string): TelegramPeer {
  try {
    return parsePeer(text);
  } catch (error) {
    throw new Refused('the address names no Telegram chat', { peer: text.slice(0, 80) }, error);
  }
}
