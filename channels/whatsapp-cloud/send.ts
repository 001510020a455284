/**
 * Sender of messages to WhatsApp. Owns the order of parts, what an interrupted attempt had sent,
 * the window, and the meaning of send errors.
 *
 * Invariants
 * 1. A part that WhatsApp has accepted is reported before the next is tried.
 * 2. Outside the window no free text is tried. A template is.
 * 3. A refusal for now holds back everybody's messages to that person or from the number.
 * 4. A message that is answered and that WhatsApp does not know never costs the answer.
 */
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { clip, isVisible } from '#machines/text.ts';
import { type OutboundMessage, type OutboundReaction, RateLimited, Refused, type SendContext } from '../port.ts';
import { writtenLanguage } from '../written-language.ts';
import { cardBody } from './cards.ts';
import { messageIdOf, wamidOf } from './decode-person.ts';
import type { Graph } from './graph.ts';
import { recipientOf } from './identity.ts';
import { type FileKind, kindOf, upload } from './media.ts';
import type { OwnMessages } from './own-messages.ts';
import type { Pace } from './pace.ts';
import { OPEN_LIST, type Part, render } from './render.ts';
import { templateBody } from './templates.ts';

/** Times that one part is offered in one attempt when WhatsApp answers "not yet". */
const OFFERS = 3;
/** Bytes that WhatsApp returns with a status. */
const MAX_CALLBACK_DATA = 512;

const accepted = z.object({ messages: z.array(z.object({ id: z.string().min(1) })).min(1) });

export interface SenderOptions {
  readonly graph: Graph;
  /** The phone number id. */
  readonly account: string;
  readonly pace: Pace;
  readonly own: OwnMessages;
  readonly clock: Pick<Clock, 'now'>;
}

export class Sender {
  private readonly options: SenderOptions;

  constructor(options: SenderOptions) {
    this.options = options;
  }

  /** Throws `Refused`, `RateLimited` or `Unavailable`. */
  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    try {
      return await this.sendParts(to, message, context);
    } catch (error) {
      if (error instanceof Refused || error instanceof RateLimited || error instanceof Unavailable) throw error;
      if (error instanceof InvalidInput) throw new Refused(error.message, error.facts, error);
      if (error instanceof StatechatError) throw new Unavailable(error.message, error.facts, error);
      if (context.signal.aborted) throw new Unavailable('sending to WhatsApp was stopped', { key: context.key }, error);
      throw error;
    }
  }

  private async sendParts(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    if (!('template' in message)) this.checkWindow(context);
    const bodies = 'reaction' in message ? [async () => reactionBody(message)] : partBodies(message);
    if (bodies.length === 0) throw new Refused('the message has neither text nor file: WhatsApp takes none without');
    const answered = 'reaction' in message ? undefined : answeredBy(message);
    let last = context.sent.at(-1);
    for (const [i, body] of bodies.entries()) {
      if (i < context.sent.length) continue;
      const fields = await body(this.options, context.signal);
      last = i === 0 && answered !== undefined ? await this.answer(to, fields, answered, context) : await this.offer(to, fields, context);
      await context.onSent(last);
    }
    return last ?? '';
  }

  /** Undefined leaves it to WhatsApp. */
  private checkWindow({ windowUntil }: SendContext): void {
    if (windowUntil === undefined || this.options.clock.now() < windowUntil) return;
    const why = windowUntil === 0 ? 'the customer has not written yet' : 'the customer last wrote more than 24 hours ago';
    throw new Refused(`${why}, so WhatsApp takes only a template`, { reason: 'window_closed', windowUntil });
  }

  /** WhatsApp shows no quote of a message that was deleted, and may refuse an id that it does not know. */
  private async answer(to: Address, body: object, answered: string, context: SendContext): Promise<string> {
    try {
      return await this.offer(to, { ...body, context: { message_id: answered } }, context);
    } catch (error) {
      if (!(error instanceof Refused) || error.facts['reason'] !== 'invalid_request') throw error;
      return await this.offer(to, body, context);
    }
  }

  private async offer(to: Address, body: object, { statusKey, signal }: SendContext): Promise<string> {
    const { graph, account, pace, own } = this.options;
    const recipient = recipientOf(to);
    const named = Buffer.byteLength(statusKey) > MAX_CALLBACK_DATA ? {} : { biz_opaque_callback_data: statusKey };
    const request = { messaging_product: 'whatsapp', ...recipient, ...named, ...body };
    for (let offer = 1; ; offer++) {
      const done = await pace.turn(to, signal);
      try {
        const id = await own.record(statusKey, async () => {
          const answer = await graph.call({ method: 'POST', path: `${account}/messages`, body: request, shape: accepted, signal });
          return messageIdOf(answer.messages[0]?.id ?? '');
        });
        pace.sent(to);
        return id;
      } catch (error) {
        if (!(error instanceof RateLimited)) throw error;
        const waitMs = pace.hold(to, error);
        if (offer >= OFFERS) throw new RateLimited(error.message, waitMs, error.facts, error);
      } finally {
        done();
      }
    }
  }
}

type Body = (options: Pick<SenderOptions, 'graph' | 'account'>, signal: AbortSignal) => Promise<object>;

function partBodies(message: OutboundMessage): Body[] {
  const { template } = message;
  return template === undefined ? render(message).map((part) => bodyOf(part)) : [async () => templateBody(template)];
}

/** Above a template WhatsApp shows no quote. Throws `InvalidInput` for a message of another channel. */
function answeredBy({ replyTo, template }: OutboundMessage): string | undefined {
  return replyTo === undefined || template !== undefined ? undefined : wamidOf(replyTo);
}

function reactionBody({ reaction: { messageId, emoji } }: OutboundReaction): object {
  return { type: 'reaction', reaction: { message_id: wamidOf(messageId), emoji: emoji ?? '' } };
}

function bodyOf(part: Part): Body {
  switch (part.type) {
    case 'text':
      return async () => ({ type: 'text', text: { body: part.text, preview_url: /https?:\/\//.test(part.text) } });
    case 'buttons': {
      const buttons = part.choices.map(({ id, label }) => ({ type: 'reply', reply: { id, title: label } }));
      return async () => ({ type: 'interactive', interactive: { type: 'button', body: { text: part.text }, action: { buttons } } });
    }
    case 'list': {
      const rows = part.choices.map(({ id, label }) => ({ id, title: label }));
      const action = { button: OPEN_LIST[writtenLanguage(part.text)], sections: [{ rows }] };
      return async () => ({ type: 'interactive', interactive: { type: 'list', body: { text: part.text }, action } });
    }
    case 'card':
      return async () => cardBody(part.card, part.text);
    case 'file': {
      const { file } = part;
      const kind = kindOf(file);
      const more = aboutFile(kind, part);
      // Uploaded again by each attempt, because what an earlier one uploaded may be gone.
      return async ({ graph, account }, signal) => ({
        type: kind,
        [kind]: { id: await upload(graph, account, file, signal), ...more },
      });
    }
  }
}

/** What WhatsApp shows with a file. A recording as messengers make it is played as a voice note. */
function aboutFile(kind: FileKind, { file, text }: Extract<Part, { type: 'file' }>): object {
  if (kind === 'sticker') return {};
  if (kind === 'audio') return file.mimeType.startsWith('audio/ogg') ? { voice: true } : {};
  return { ...(isVisible(text) ? { caption: text } : {}), ...(kind === 'document' ? { filename: clip(file.name, 240) } : {}) };
}
