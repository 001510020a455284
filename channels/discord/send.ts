/**
 * Sender of messages and reactions to Discord. Owns the order of parts, what an interrupted attempt
 * had sent, the meaning of send errors.
 *
 * Invariants
 * 1. A part that Discord has accepted is reported before the next is tried.
 * 2. A new message has a nonce made of the outbox's key, and Discord gives back the first message
 *    of a nonce for some minutes. So an attempt whose answer was lost shows nothing twice. The
 *    answer that a command was promised (replies.ts) is an edit, which shows nothing twice either.
 * 3. A message that was deleted is sent again.
 * 4. Nobody is notified but the person that the answer is for, whatever a text says.
 * 5. A message that cannot be answered, or not any more, never costs the answer.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { bytesOf } from '#machines/file-content.ts';
import type { ChatPace } from '../chat-pace.ts';
import { type OutboundMessage, type OutboundReaction, RateLimited, Refused, type SendContext } from '../port.ts';
import { type CallOptions, CODES, type DiscordApi, isRefusal } from './api.ts';
import { type DiscordPeer, formatPeer, idOfEvent, parsePeer } from './peer.ts';
import { changeReaction } from './reactions.ts';
import { type Part, render } from './render.ts';
import type { Promised, Replies } from './replies.ts';
import type { Sdk } from './sdk.ts';

/** Times that one part is offered in one attempt when Discord answers "not yet" repeatedly. */
const OFFERS = 5;
/**
 * Bytes of a file. Discord takes 10 MB in most places, and more in some servers. Its client holds a
 * file in memory while it sends it.
 */
const MAX_FILE_BYTES = 25_000_000;
/** Characters that Discord takes as a nonce. 25 of base64 are 150 bits. */
const NONCE_LENGTH = 25;
/** Own messages that were deleted, remembered until Discord reports the deletion. */
const REMEMBERED_DELETIONS = 1_000;

const sentMessage = z.object({ id: z.string().regex(/^\d{1,20}$/) });
const anything = z.unknown();

export interface SenderOptions {
  readonly api: DiscordApi;
  readonly routes: Sdk['Routes'];
  readonly pace: ChatPace<string>;
  readonly replies: Replies;
}

export class Sender {
  private readonly api: DiscordApi;
  private readonly routes: Sdk['Routes'];
  private readonly pace: ChatPace<string>;
  private readonly replies: Replies;
  private readonly deleted = new LRUCache<string, true>({ max: REMEMBERED_DELETIONS });

  constructor({ api, routes, pace, replies }: SenderOptions) {
    this.api = api;
    this.routes = routes;
    this.pace = pace;
    this.replies = replies;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(peerText: string, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    try {
      const peer = peerOf(peerText);
      if ('reaction' in message) return await this.react(peer, message.reaction, context);
      const [first, ...rest] = render(message.text, { ...message, mention: peer.user });
      const parts = first === undefined ? [] : [{ ...first, ...answering(message.replyTo) }, ...rest];
      return await this.sendParts(peer, parts, context);
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to Discord was stopped', { key: context.key }, error);
      throw error;
    }
  }

  private async sendParts(peer: DiscordPeer, parts: readonly Part[], { key, sent, draft, signal, onSent }: SendContext): Promise<string> {
    if (parts.length === 0) throw new Refused('the message has neither text nor file: Discord takes none without');
    const size = parts.at(-1)?.file?.size ?? 0;
    if (size > MAX_FILE_BYTES) throw new Refused(`the file has ${size} bytes: at most ${MAX_FILE_BYTES} are sent to Discord`, { size });
    const shown = parseDraftRef(draft);
    // A part with a file is a new message, so that an attempt that is repeated attaches it once.
    const editable = parts.filter((part) => part.file === undefined).length;
    let last = sent.at(-1);
    for (const [i, part] of parts.entries()) {
      if (i < sent.length) continue;
      last = await this.final(peer, part, i < editable ? shown[i] : undefined, nonceOf(key, i), signal);
      await onSent(last);
    }
    // A draft can have grown longer than the final text is.
    for (const surplus of shown.slice(editable)) await this.remove(peer, surplus);
    return last ?? '';
  }

  private async final(peer: DiscordPeer, part: Part, existing: string | undefined, nonce: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.inTurn(peer, signal, () => this.put(peer, part, existing, { nonce, signal }));
    } catch (error) {
      if (existing === undefined || !isRefusal(error, CODES.unknownMessage, CODES.tooManyOldEdits)) throw error;
      return await this.inTurn(peer, signal, () => this.put(peer, part, undefined, { nonce, signal }));
    }
  }

  /** Makes a call in a slot of its channel, and makes it again where Discord answers "not yet". */
  private async inTurn<T>({ channel }: DiscordPeer, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    for (let offer = 1; ; offer++) {
      const done = await this.pace.final(channel, signal);
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof RateLimited) || error.retryAfterMs > this.pace.maxWaitMs || offer >= OFFERS) throw error;
      } finally {
        done();
      }
    }
  }

  private async react(peer: DiscordPeer, { messageId, emoji }: OutboundReaction['reaction'], context: SendContext): Promise<string> {
    const message = idOfEvent(messageId);
    if (message === undefined) throw new Refused('the id is not of a Discord message', { messageId: messageId.slice(0, 80) });
    const { sent, signal, onSent } = context;
    if (sent.length > 0) return message;
    const { api, routes } = this;
    const { channel } = peer;
    await this.inTurn(peer, signal, async () => {
      try {
        await changeReaction({ api, routes }, { channel, message, emoji, signal });
      } catch (error) {
        // Reactions have a limit of their own, so it says nothing of other channels.
        if (error instanceof RateLimited) {
          if (error.facts.global === true) this.pace.holdAll(error.retryAfterMs);
          else this.pace.hold(channel, error.retryAfterMs);
        }
        throw error;
      }
    });
    await onSent(message);
    return message;
  }

  /**
   * Shows the part in the message, or in a new one. Resolves to its id. The caller has waited for
   * its turn.
   */
  async put(
    peer: DiscordPeer,
    part: Part,
    existing: string | undefined,
    { nonce, signal }: { readonly nonce?: string; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    try {
      if (existing !== undefined) {
        await this.api.call(sentMessage, 'patch', this.routes.channelMessage(peer.channel, existing), { body: bodyOf(part, peer), signal });
        return existing;
      }
      const promised = await this.replies.take(formatPeer(peer));
      return (promised && (await this.keep(promised, part, peer))) ?? (await this.create(peer, part, nonce, signal));
    } catch (error) {
      if (error instanceof RateLimited) {
        if (error.facts.global === true) this.pace.holdAll(error.retryAfterMs);
        else this.pace.holdOneOrAll(peer.channel, error.retryAfterMs);
      }
      throw error;
    }
  }

  private async create(peer: DiscordPeer, part: Part, nonce: string | undefined, signal: AbortSignal | undefined): Promise<string> {
    const { replyTo, ...alone } = part;
    const body = {
      ...bodyOf(part, peer),
      ...(nonce === undefined ? {} : { nonce, enforce_nonce: true }),
      ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    };
    try {
      const files = await filesOf(part);
      return (await this.api.call(sentMessage, 'post', this.routes.channelMessages(peer.channel), { body, ...files, signal })).id;
    } catch (error) {
      if (replyTo === undefined || !isRefusal(error, CODES.invalidForm, CODES.replyWithoutHistory)) throw error;
      return await this.create(peer, alone, nonce, signal);
    }
  }

  /**
   * Undefined if Discord takes the answer no more, because it was promised too long ago. Such an
   * answer stands below its command, and names no other message.
   */
  private async keep({ application, token }: Promised, part: Part, peer: DiscordPeer): Promise<string | undefined> {
    const route = this.routes.webhookMessage(application, token);
    try {
      return (await this.api.call(sentMessage, 'patch', route, { body: bodyOf(part, peer), ...(await filesOf(part)), auth: false })).id;
    } catch (error) {
      if (isRefusal(error, CODES.unknownWebhook, CODES.unknownMessage, CODES.invalidToken)) return undefined;
      // The next attempt keeps it. Where this one was accepted after all, it shows the same again.
      this.replies.expect(formatPeer(peer)).settle({ application, token });
      throw error;
    }
  }

  /** A held channel is left alone, because another call would only prolong the hold. */
  async typing(peer: DiscordPeer): Promise<void> {
    // Discord shows that the bot is thinking where an answer was promised.
    if (this.replies.prolong(formatPeer(peer)) || this.pace.heldFor(peer.channel) > 0) return;
    await this.api.call(anything, 'post', this.routes.channelTyping(peer.channel));
  }

  /** Whether the bot itself deleted the message. */
  isDeleted(message: string): boolean {
    return this.deleted.has(message);
  }

  /** Best effort. The rest of a draft is untidy, not wrong. */
  private async remove(peer: DiscordPeer, message: string): Promise<void> {
    this.deleted.set(message, true);
    await this.api.call(anything, 'delete', this.routes.channelMessage(peer.channel, message)).catch(() => undefined);
  }
}

function bodyOf({ content, rows, file }: Part, { user }: DiscordPeer): object {
  return {
    content,
    components: rows,
    allowed_mentions: { parse: [], users: user === undefined ? [] : [user], replied_user: false },
    ...(file === undefined ? {} : { attachments: [{ id: '0', filename: file.name }] }),
  };
}

/** Throws `Refused` for what is no message of Discord. */
function answering(replyTo: string | undefined): { readonly replyTo?: string } {
  if (replyTo === undefined) return {};
  // What `send` resolves to is Discord's own id.
  const id = /^\d{1,20}$/.test(replyTo) ? replyTo : idOfEvent(replyTo);
  if (id === undefined) throw new Refused('the id is not of a Discord message', { messageId: replyTo.slice(0, 80) });
  return { replyTo: id };
}

async function filesOf({ file }: Part): Promise<Pick<CallOptions, 'files'>> {
  if (file === undefined) return {};
  const bytes = await bytesOf(file, MAX_FILE_BYTES);
  return { files: [{ name: file.name, data: bytes, contentType: file.mimeType }] };
}

function nonceOf(key: string, part: number): string {
  return createHash('sha256').update(`${key}:${part}`).digest('base64url').slice(0, NONCE_LENGTH);
}

/** A draft that is longer than one message has several. Its ref names them all. */
export function formatDraftRef(messages: readonly string[]): string {
  return messages.join(',');
}

export function parseDraftRef(ref: string | undefined): string[] {
  return (ref ?? '').split(',').filter((id) => /^\d{1,20}$/.test(id));
}

function peerOf(text: string): DiscordPeer {
  try {
    return parsePeer(text);
  } catch (error) {
    throw new Refused('the address names no place on Discord', { peer: text.slice(0, 80) }, error);
  }
}
