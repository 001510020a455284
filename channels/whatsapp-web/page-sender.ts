/**
 * Sender of the page, which makes calls of whatsapp-web.js of what the program sends.
 *
 * Owns the form of each message for the library, the search for a message that is reacted to or
 * answered, and which errors are final. Does not own parts and their order (send.ts).
 *
 * Invariants
 * 1. A message is `sent` once WhatsApp's server has it.
 * 2. Nothing is given to a page that is not connected. It would keep it, and send it some time
 *    after the program has tried again.
 */
import type { Chat, Client, Message, MessageContent, MessageSendOptions } from 'whatsapp-web.js';
import { CallRefused, reasonOf } from './host-link.ts';
import { chatKind, type Person } from './identity.ts';
import type { ChildCall } from './protocol.ts';
import type { Library } from './session-auth.ts';

/** WhatsApp will never take a message to such a chat. */
const NOBODY = /no lid for user|invalid wid|wid error|not a contact|is not registered/i;
/** Latest messages of a group among which one is searched. */
const SEARCHED = 250;

type Call<Op extends ChildCall['op']> = Extract<ChildCall, { readonly op: Op }>;
type MessageCall = Call<'sendText' | 'sendFile' | 'sendLocation' | 'sendContact'>;

export interface PageSenderOptions {
  readonly library: Pick<Library, 'MessageMedia' | 'Location'>;
  readonly client: Pick<Client, 'getState' | 'sendMessage' | 'getMessageById' | 'getChatById'>;
  /** Both ids of the person of a chat, undefined if WhatsApp does not say. */
  readonly person: (chat: string) => Promise<Person | undefined>;
}

export class PageSender {
  readonly #options: PageSenderOptions;

  constructor(options: PageSenderOptions) {
    this.#options = options;
  }

  /** Throws `CallRefused` if WhatsApp will never take it. */
  async send(call: MessageCall): Promise<{ readonly id: string }> {
    await this.#checkConnected();
    const { content, options } = this.#libraryCall(call);
    const all = { linkPreview: false, waitUntilMsgSent: true, ...options, ...(await this.#answering(call)) };
    const sent: Message | undefined = await this.#options.client.sendMessage(call.chat, content, all).catch((error: unknown) => {
      throw NOBODY.test(reasonOf(error)) ? new CallRefused(reasonOf(error)) : error;
    });
    if (sent === undefined) throw new CallRefused('WhatsApp has no such chat');
    if (Number(sent.ack) < 0) throw new Error('WhatsApp reported an error for the message');
    return { id: sent.id.id };
  }

  /** An empty emoji takes the reaction back. Throws `CallRefused` if the message is gone. */
  async react({ chat, message: id, emoji }: Call<'react'>): Promise<{ readonly id: string }> {
    await this.#checkConnected();
    const message = await this.#find(chat, id, ['false']);
    // The library would say nothing about it.
    if (message === undefined) throw new CallRefused('the page does not have the message any more, so it takes no reaction');
    if (String(message.type) === 'revoked') throw new CallRefused('the message was deleted, so it takes no reaction');
    await message.react(emoji);
    return { id };
  }

  /** Nothing if the page does not have the message any more, so that the answer goes out alone. */
  async #answering({ chat, replyTo }: MessageCall): Promise<MessageSendOptions> {
    if (replyTo === undefined) return {};
    const message = await this.#find(chat, replyTo, ['false', 'true']).catch(() => undefined);
    // The library itself quotes none that was deleted.
    return message === undefined ? {} : { quotedMessageId: message.id._serialized };
  }

  async #checkConnected(): Promise<void> {
    const state: unknown = await this.#options.client.getState();
    if (state !== 'CONNECTED') throw new Error(`WhatsApp is not connected (${state})`);
  }

  #libraryCall(call: MessageCall): {
    readonly content: MessageContent;
    readonly options: MessageSendOptions;
  } {
    const { MessageMedia, Location } = this.#options.library;
    switch (call.op) {
      case 'sendText':
        return { content: call.text, options: { parseVCards: false } };
      case 'sendFile': {
        const content = new MessageMedia(call.mimeType, Buffer.from(call.bytes).toString('base64'), call.name);
        if (call.isSticker) return { content, options: { sendMediaAsSticker: true } };
        return { content, options: { sendMediaAsDocument: !/^(?:image|video)\//.test(call.mimeType), caption: call.caption } };
      }
      case 'sendLocation': {
        const { latitude, longitude, name, street } = call;
        const named = { ...(name === undefined ? {} : { name }), ...(street === undefined ? {} : { address: street }) };
        return { content: new Location(latitude, longitude, named), options: {} };
      }
      case 'sendContact':
        // The library would ask the page whether it is a vCard, and send it as a text if that
        // fails.
        return { content: call.vcard, options: { parseVCards: false, extra: { type: 'vcard', vcardFormattedName: call.name } } };
    }
  }

  /** @param ours whether it is a message of ours, as the page's ids begin. */
  #find(chat: string, id: string, ours: readonly ('true' | 'false')[]): Promise<Message | undefined> {
    return chatKind(chat) === 'group' ? this.#inGroup(chat, id) : this.#ofPerson(chat, id, ours);
  }

  /** The page may have the message by either id of the person. */
  async #ofPerson(chat: string, id: string, ours: readonly ('true' | 'false')[]): Promise<Message | undefined> {
    const person = await this.#options.person(chat);
    for (const name of new Set([chat, person?.lid, person?.phone])) {
      if (name === undefined) continue;
      for (const own of ours) {
        const message: Message | null = await this.#options.client.getMessageById(`${own}_${name}_${id}`);
        if (message !== null) return message;
      }
    }
    return undefined;
  }

  /** The page's name of such a message has its author, whom the id does not tell. */
  async #inGroup(chat: string, id: string): Promise<Message | undefined> {
    const group: Chat | undefined = await this.#options.client.getChatById(chat);
    const latest = (await group?.fetchMessages({ limit: SEARCHED })) ?? [];
    return latest.find((message) => message.id.id === id);
  }
}
