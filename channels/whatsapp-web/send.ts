/**
 * Sender of final texts, files, cards and reactions. Owns the order of parts, what an interrupted
 * attempt had sent, the meaning of send errors.
 *
 * Invariants
 * 1. A part that WhatsApp's server has is reported before the next is tried.
 * 2. Nothing is sent under another number than that of the address.
 */
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import { bytesOf } from '#machines/file-content.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import { wellFormed } from '#machines/text.ts';
import type { ChatPace } from '../chat-pace.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import { type OutboundFile, type OutboundMessage, type OutboundReaction, RateLimited, Refused, type SendContext } from '../port.ts';
import type { QuotaLimit } from '../quota.ts';
import { vcardOf } from '../vcard.ts';
import { markedParts } from '../whatsapp-markup.ts';
import { whatsAppIdOf } from '../whatsapp-number.ts';
import type { ChildLife } from './child-life.ts';
import { chatKind, pageIdOf, refOf } from './identity.ts';
import type { ChildLimits } from './limits.ts';
import type { OwnMessages } from './own-messages.ts';
import { type ChildCall, sentSchema } from './protocol.ts';

/** UTF-16 units. WhatsApp takes 65,536, and folds a message long before that. */
export const MAX_MESSAGE_TEXT = 4_096;
/** UTF-16 units of the text below a file. */
const MAX_CAPTION = 1_024;
/** Bytes. The browser holds a file several times while it encrypts it. */
export const MAX_FILE_BYTES = 64_000_000;

/**
 * Limits of a number. They are ours, because WhatsApp states none and blocks numbers that hurry.
 */
export function limitsOf(perMinute: number): (chat: string) => readonly QuotaLimit[] {
  return (chat) => [
    { key: `chat:${chat}`, slots: 1, windowMs: 1_000, of: 'peer' },
    { key: 'number', slots: perMinute, windowMs: 60_000, of: 'account' },
  ];
}

export interface SenderOptions {
  readonly pace: ChatPace<string>;
  readonly own: OwnMessages;
  readonly limits: Pick<ChildLimits, 'sendMs' | 'fileMs'>;
  /** A page that can send, and the account that it sends as. Throws what `send` may throw. */
  readonly connected: (signal: AbortSignal) => Promise<{ readonly life: ChildLife; readonly account: string }>;
}

type MessageCall = Extract<ChildCall, { readonly op: 'sendText' | 'sendFile' | 'sendLocation' | 'sendContact' }>;
type SendCall = MessageCall | Extract<ChildCall, { readonly op: 'react' }>;

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    const { account, peer } = addressParts(to);
    if (chatKind(peer) === 'other') throw new Refused('the address names no chat of WhatsApp', { peer: peer.slice(0, 80) });
    try {
      const calls = 'reaction' in message ? [reactionCall(peer, message)] : await messageCalls(peer, message);
      if (calls.length === 0) throw new Refused('the message has neither text, file nor card');
      let ref = context.sent.at(-1);
      for (const [i, call] of calls.entries()) {
        if (i < context.sent.length) continue;
        ref = await this.#part(account, call, i === calls.length - 1, context);
        await context.onSent(ref);
      }
      return ref ?? '';
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof InvalidInput) throw new Refused(error.message, error.facts, error);
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to WhatsApp was stopped', { key: context.key }, error);
      throw error;
    }
  }

  async #part(account: string, call: SendCall, last: boolean, { signal, statusKey }: SendContext): Promise<string> {
    const { pace, own, limits, connected } = this.#options;
    const { life, account: paired } = await connected(signal);
    if (paired !== account)
      throw new Refused(`the conversation belongs to +${account}, and +${paired} is paired now: pair the first number again`, {
        account,
        paired,
      });
    const done = await pace.final(call.chat, signal);
    const send = async () => refOf(await life.call(sentSchema, call, call.op === 'sendFile' ? limits.fileMs : limits.sendMs));
    try {
      // A reaction is no message. What answers it is the id of the customer's message.
      return call.op === 'react' ? await send() : await own.sending(textOf(call), { statusKey, last }, send);
    } finally {
      done();
    }
  }
}

/**
 * Calls that send a message, in order. The same message gives the same calls. Throws `InvalidInput`
 * if it answers a message of another channel.
 */
async function messageCalls(chat: string, message: OutboundMessage): Promise<readonly SendCall[]> {
  const [first, ...rest] = await plainCalls(chat, message);
  const { replyTo } = message;
  if (first === undefined) return [];
  return replyTo === undefined ? [first, ...rest] : [{ ...first, replyTo: pageIdOf(replyTo) }, ...rest];
}

async function plainCalls(chat: string, { text, buttons = [], file, card }: OutboundMessage): Promise<readonly MessageCall[]> {
  const texts = markedParts(withNumbers(richTextOf(wellFormed(text)), buttons), MAX_MESSAGE_TEXT);
  const calls = texts.map((part): MessageCall => ({ op: 'sendText', chat, text: part }));
  if (card !== undefined) return [...calls, cardCall(chat, card)];
  if (file === undefined) return calls;
  const { size } = file;
  if (size > MAX_FILE_BYTES) throw new Refused(`the file has ${size} bytes: at most ${MAX_FILE_BYTES} are sent`, { size });
  const last = texts.at(-1) ?? '';
  return last.length > MAX_CAPTION || file.sticker !== undefined
    ? [...calls, await fileCall(chat, '', file)]
    : [...calls.slice(0, -1), await fileCall(chat, last, file)];
}

/** Each field by its name, because the child takes no other and a stored file has more. */
async function fileCall(chat: string, caption: string, file: OutboundFile): Promise<MessageCall> {
  const { name, mimeType, sticker } = file;
  const bytes = await bytesOf(file, MAX_FILE_BYTES);
  return { op: 'sendFile', chat, caption, name, mimeType, bytes, isSticker: sticker !== undefined };
}

function cardCall(chat: string, card: Card): MessageCall {
  switch (card.kind) {
    case 'location': {
      const { latitude, longitude, name, street } = card;
      const named = { ...(name === undefined ? {} : { name }), ...(street === undefined ? {} : { street }) };
      return { op: 'sendLocation', chat, latitude, longitude, ...named };
    }
    case 'contact':
      // WhatsApp itself ends lines of a vCard with a line feed alone.
      return { op: 'sendContact', chat, name: card.name, vcard: vcardOf(card, { lineBreak: '\n', waid: whatsAppIdOf(card.phone) }) };
    case 'link':
    case 'location_request':
    case 'whatsapp':
      throw new Refused(`WhatsApp Web shows no card of the kind "${card.kind}"`);
  }
}

/** Throws `InvalidInput` for a message of another channel. */
function reactionCall(chat: string, { reaction: { messageId, emoji } }: OutboundReaction): SendCall {
  return { op: 'react', chat, message: pageIdOf(messageId), emoji: emoji ?? '' };
}

/** What an echo of it would have as text. */
function textOf(call: SendCall): string {
  switch (call.op) {
    case 'sendText':
      return call.text;
    case 'sendFile':
      return call.caption;
    case 'sendLocation':
      return [call.name, call.street].filter((line) => line !== undefined).join(', ');
    default:
      return '';
  }
}
