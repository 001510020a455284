/**
 * Sender of final texts and files. Owns the order of parts, what an interrupted attempt had sent,
 * the meaning of send errors.
 *
 * Invariants
 * 1. A part that WhatsApp's server has is reported before the next is tried.
 * 2. Nothing is sent under another number than that of the address.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { wellFormed } from '#machines/text.ts';
import type { ChatPace } from '../chat-pace.ts';
import { richTextOf } from '../markdown.ts';
import { withNumbers } from '../numbered-choices.ts';
import { type OutboundFile, type OutboundMessage, RateLimited, Refused, type SendContext } from '../port.ts';
import type { QuotaLimit } from '../quota.ts';
import { markedParts } from '../whatsapp-markup.ts';
import type { ChildLife } from './child-life.ts';
import { chatKind } from './identity.ts';
import type { ChildLimits } from './limits.ts';
import type { OwnMessages } from './own-messages.ts';
import { type ChildCall, sentSchema } from './protocol.ts';

/** UTF-16 units. WhatsApp takes 65,536, and folds a message long before that. */
export const MAX_MESSAGE_TEXT = 4_096;
/** UTF-16 units of the text below a file. */
const MAX_CAPTION = 1_024;
/** Bytes. The browser holds a file several times while it encrypts it. */
const MAX_FILE_BYTES = 64_000_000;

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

interface Part {
  readonly text: string;
  readonly file?: OutboundFile;
}

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(to: Address, message: OutboundMessage, context: SendContext): Promise<string> {
    const { account, peer } = addressParts(to);
    if (chatKind(peer) === 'other') throw new Refused('the address names no chat of WhatsApp', { peer: peer.slice(0, 80) });
    const parts = partsOf(message);
    if (parts.length === 0) throw new Refused('the message has neither text nor file');
    const size = message.file?.bytes.byteLength ?? 0;
    if (size > MAX_FILE_BYTES) throw new Refused(`the file has ${size} bytes: at most ${MAX_FILE_BYTES} are sent`, { size });
    try {
      let ref = context.sent.at(-1);
      for (const [i, part] of parts.entries()) {
        if (i < context.sent.length) continue;
        ref = await this.#part(account, peer, part, i === parts.length - 1, context);
        await context.onSent(ref);
      }
      return ref ?? '';
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to WhatsApp was stopped', { key: context.key }, error);
      throw error;
    }
  }

  async #part(account: string, chat: string, { text, file }: Part, last: boolean, { signal, statusKey }: SendContext): Promise<string> {
    const { pace, own, limits, connected } = this.#options;
    const { life, account: paired } = await connected(signal);
    if (paired !== account)
      throw new Refused(`the conversation belongs to +${account}, and +${paired} is paired now: pair the first number again`, {
        account,
        paired,
      });
    const done = await pace.final(chat, signal);
    try {
      return await own.sending(text, { statusKey, last }, async () => {
        const { id } = await life.call(sentSchema, callOf(chat, text, file), file === undefined ? limits.sendMs : limits.fileMs);
        return `wa:${id}`;
      });
    } finally {
      done();
    }
  }
}

/** Each field by its name, because the child takes no other and a stored file has more. */
function callOf(chat: string, text: string, file: OutboundFile | undefined): ChildCall {
  if (file === undefined) return { op: 'sendText', chat, text };
  const { name, mimeType, bytes } = file;
  return { op: 'sendFile', chat, caption: text, name, mimeType, bytes };
}

function partsOf({ text, buttons = [], file }: OutboundMessage): readonly Part[] {
  const texts = markedParts(withNumbers(richTextOf(wellFormed(text)), buttons), MAX_MESSAGE_TEXT);
  const last = texts.at(-1) ?? '';
  if (file === undefined) return texts.map((part) => ({ text: part }));
  const before = texts.slice(0, -1).map((part) => ({ text: part }));
  return last.length <= MAX_CAPTION ? [...before, { text: last, file }] : [...before, { text: last }, { text: '', file }];
}
