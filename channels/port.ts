/**
 * The channel port. An adapter turns a provider's traffic into events (inbound.ts). Outbound,
 * `send` carries one committed message to the provider. The outbox has the ordering, the retries
 * and the bookkeeping. The adapter has the provider's limits.
 */

import { StatechatError } from '#machines/errors.ts';
import type { FileContent } from '#machines/file-content.ts';
import type { Address } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import type { Media, TemplateUse } from '#machines/session/events.ts';
import type { ChannelProblem } from './channel-problem.ts';
import type { Intake } from './inbound.ts';

export interface ChannelCapabilities {
  /**
   * How a draft is shown. With `edits` the adapter edits one message. With `pulled` a client reads
   * the live stream itself. With `none` it is not shown. The client of a `pulled` channel reads the
   * journal too, so nothing is sent to it, and a message is delivered when its turn is committed.
   */
  readonly streaming: 'edits' | 'pulled' | 'none';
  readonly typing: boolean;
  readonly edits: boolean;
  /**
   * Whether it shows these as buttons. Any others become a numbered list, of which the customer can
   * write the number.
   */
  readonly buttons: (buttons: readonly Button[]) => boolean;
  /**
   * What it carries. With `document`, `send` takes a `file` too. Without it, the customer gets a
   * text about the file instead.
   */
  readonly media: readonly Media['kind'][];
  /** Cards that it shows as such. The customer gets any other as words in the text. */
  readonly cards: readonly Card['kind'][];
  /** `send` takes a reaction to a message of the customer. */
  readonly reactions: boolean;
  /** `send` takes a message that answers a certain one, and the customer sees which. */
  readonly replies: boolean;
  /** Longest text of one message in UTF-16 units. A longer one is split. */
  readonly maxText: number;
  /** The provider reports when a message was delivered or read. */
  readonly receipts: boolean;
  /**
   * The provider takes free text only for some time after the customer wrote. Outside that time the
   * adapter refuses it, and sends templates.
   */
  readonly window: boolean;
  /**
   * The provider drops a repeated send with the same key. If it does not, a crash between its
   * acceptance and our mark can send twice.
   */
  readonly idempotentSend: boolean;
}

export interface Button {
  /**
   * The command that it sends, as `name` or `name args`. `say TEXT` sends the customer's
   * message TEXT.
   */
  readonly id: string;
  readonly label: string;
}

/** Its bytes are read again for each attempt. */
export interface OutboundFile extends FileContent {
  /** With its ending, as `fileSchema` has it. */
  readonly name: string;
  readonly mimeType: string;
  /** Messengers take it as a sticker, which has no text below it. Some take no animated one. */
  readonly sticker?: 'still' | 'animated';
}

export interface OutboundMessage {
  /**
   * CommonMark. The adapter renders it for its provider. Empty only beside a file, or beside a card
   * that says enough.
   */
  readonly text: string;
  /**
   * Shown below the text, in one message with it where the provider can. Only where
   * `capabilities.media` has `document`.
   */
  readonly file?: OutboundFile;
  readonly author: 'assistant' | 'agent' | 'system';
  /**
   * Shown below the text, in one message with it where the provider can. One of
   * `capabilities.cards`, and never beside buttons.
   */
  readonly card?: Card;
  readonly buttons?: readonly Button[];
  /** Sends it as this template. `text` is what the customer reads of it. */
  readonly template?: TemplateUse;
  /**
   * The message that it answers. One of the customer is named as its event had it, in `messageId`
   * or `id`, and one of ours as a reaction to it is, or as `send` resolved. Only where
   * `capabilities.replies`. The first part alone answers it. It is sent all the same if the
   * provider does not have that message any more.
   */
  readonly replyTo?: string;
}

/**
 * Bytes of a file that a customer sent, as they come in. They are iterated once and may be left
 * early. `gone` means that the provider does not have it any more.
 */
export type ReceivedFile = AsyncIterable<Uint8Array> | 'gone' | 'too_large';

/** Reaction to a message of the customer. Only where `capabilities.reactions`. */
export interface OutboundReaction {
  readonly reaction: {
    /** As the event of that message had it, in `messageId` or `id`. */
    readonly messageId: string;
    /** Null takes the reaction back. */
    readonly emoji: string | null;
  };
}

/** Message that a provider approved, to be sent outside the window too. */
export interface MessageTemplate {
  readonly name: string;
  /** As the provider names it, such as `en_US`. */
  readonly language: string;
  readonly category: 'marketing' | 'utility' | 'authentication';
  /** With a place for each parameter, from `{{1}}` on. */
  readonly body: string;
  /** Number of parameters. */
  readonly parameters: number;
}

export interface SendContext {
  /** The same for every attempt at this message. */
  readonly key: string;
  /** Names the message in a `status` event. */
  readonly statusKey: string;
  /**
   * Until when the provider takes free text, 0 if the customer has not written. Undefined if that
   * is not known, so that the provider decides. Always undefined without `capabilities.window`.
   */
  readonly windowUntil?: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /**
   * The message that showed the draft of this text. The adapter edits it into the final one rather
   * than send another.
   */
  readonly draft?: string;
  /** What an interrupted attempt had already sent, in order. The adapter continues behind it. */
  readonly sent: readonly string[];
  /** Call after each accepted part of a split message. */
  readonly onSent: (ref: string) => Promise<void>;
}

/** A draft shows one partial answer. */
export interface Draft {
  /** The whole text so far. Returns at once. The adapter decides what to show when. */
  update(text: string): void;
  /**
   * Stops the edits. Resolves to the provider's id of what was shown, or to null if nothing was.
   * Never rejects.
   */
  close(): Promise<string | null>;
}

export interface DraftOptions {
  readonly signal: AbortSignal;
  /** The id that an earlier attempt's draft had. The draft continues with that message. */
  readonly resume?: string;
  /**
   * Called with the provider's id as soon as something is shown, so that it is known even if this
   * process dies.
   */
  readonly onShown?: (ref: string) => void;
}

/** How a channel that a person pairs with a device is connected. */
export interface ChannelConnection {
  /** `failed` needs a person, or has failed several times and is still tried. */
  readonly state: 'starting' | 'pairing' | 'connected' | 'failed';
  /** Since when it is in this state, in milliseconds since the epoch. */
  readonly since: number;
  /** Text of the QR code that the device is to scan. It changes while it is shown. */
  readonly qr?: string;
  /** Code that a person is to enter on the device. */
  readonly pairingCode?: string;
  /** What went wrong last and how to fix it. */
  readonly error?: ChannelProblem;
}

export interface ChannelAdapter {
  readonly name: string;
  readonly capabilities: ChannelCapabilities;
  /** Begins taking events in. Resolves once it does. */
  start(intake: Intake): Promise<void>;
  /** Stops taking events in, and first finishes those in flight. Sending still works. */
  stop(): Promise<void>;
  /**
   * Closes what sending needs, once nothing is sent any more. A channel that holds nothing has no
   * such method.
   */
  close?(): Promise<void>;
  /**
   * Resolves to the provider's id of the (last part of the) message, and for a reaction to the id
   * that the provider gives it or that of the message. Throws `Refused`, `RateLimited` or
   * `Unavailable`.
   */
  send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string>;
  /** Shows that an answer is being made, for some seconds. Best effort, so it never rejects. */
  typing(to: Address): Promise<void>;
  /**
   * Reads a file that a customer sent, by the `ref` of its media. A file whose size the
   * provider reports is `too_large` if it has more than `mostBytes`. Of any other the reader counts the bytes.
   * Throws `Refused` or `Unavailable`, and so does the iteration.
   *
   * @param signal ends the download. A channel that downloads nothing, or all at once, ignores it.
   */
  receivedFile(ref: string, mostBytes: number, signal?: AbortSignal): Promise<ReceivedFile>;
  /**
   * Approved templates of an account, by name. Throws `Refused` or `Unavailable`. A channel without
   * templates has no such method.
   */
  templates?(account: string): Promise<readonly MessageTemplate[]>;
  /**
   * How the connection stands, for a channel that a person pairs. Others have no such method.
   */
  connection?(): Promise<ChannelConnection>;
  /** Begins showing a partial answer. */
  draft(to: Address, options: DraftOptions): Draft;
  /**
   * Checks that the provider is reachable and our credentials are good. Resolves to null, or to
   * what is wrong and how to fix it.
   */
  check(): Promise<ChannelProblem | null>;
}

/**
 * The provider refused for good (blocked by the customer, no such chat, outside the 24-hour
 * window). It is not retried.
 */
export class Refused extends StatechatError {
  constructor(message: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super('refused', message, { facts, cause });
    this.name = 'Refused';
  }
}

/** The provider refused for now. It is retried after `retryAfterMs`. */
export class RateLimited extends StatechatError {
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, facts: Record<string, unknown> = {}, cause?: unknown) {
    super('rate_limited', message, { facts: { ...facts, retryAfterMs }, cause, retryable: true });
    this.name = 'RateLimited';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Another instance has to send it, because it holds the connection to the provider. It is released
 * for that one at once, and counts as no attempt.
 */
export class HeldElsewhere extends RateLimited {
  readonly elsewhere = true;
  constructor(message: string) {
    super(message, 0);
    this.name = 'HeldElsewhere';
  }
}
