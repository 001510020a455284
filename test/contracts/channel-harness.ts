/**
 * What the contract of channels is written in. A channel's test gives a harness that plays the
 * provider and the customer, and the host is here.
 */
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import type { ChannelAdapter, OutboundMessage, SendContext } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';

/**
 * Result of one offer. Acknowledged for good, left for the provider to offer again, or refused for
 * good.
 */
export type Offered = 'taken' | 'again' | 'refused';

export interface ChannelHarness {
  readonly adapter: ChannelAdapter;
  /** Where the harness's one customer is. */
  readonly address: Address;
  /**
   * The provider offers a customer's text once, over its real protocol, and returns the adapter's
   * answer. The same `id` is a redelivery of the same message. `replyTo` is the message that it
   * answers, as the host names it.
   */
  offer(message: { readonly id: string; readonly text: string; readonly replyTo?: string }): Promise<Offered>;
  /** The provider (or a stranger) offers what is no event at all. */
  offerRubbish(): Promise<Offered>;
  /** The provider reports that the customer types. Absent if it does not report that. */
  readonly offerTyping?: () => Promise<Offered>;
  /**
   * Our messages on the customer's screen, oldest first, with edits applied. Null if the client
   * pulls (streaming `pulled`).
   */
  readonly seen: null | (() => Promise<readonly string[]>);
  /** Our files on the customer's screen, oldest first. Null if the client pulls. */
  readonly files: null | (() => Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>);
  /**
   * Cards on the customer's screen, oldest first, by their kind. Only where the channel has cards,
   * and is sent them.
   */
  readonly cards?: () => Promise<readonly Card['kind'][]>;
  /**
   * Our reactions to the customer's messages. Only where the channel has reactions, and is sent
   * them.
   */
  readonly reactions?: () => Promise<readonly string[]>;
  /**
   * What each of our messages on the customer's screen answers, by the provider's id, oldest first.
   * Only where the channel shows that, and is sent it.
   */
  readonly answers?: () => Promise<readonly (string | undefined)[]>;
  /** The customer deletes the message with this id of the provider. */
  readonly forget?: (id: string) => void;
  /** Stops the adapter and the provider. */
  close(): Promise<void>;
}

/** A deadline that a busy machine does not miss. */
export const PATIENCE = { interval: 5 };

/**
 * Host that takes and records every event. `store` decides when and whether an event is durable.
 */
export function recorder(store: (event: ChannelEvent) => Promise<void> = () => Promise.resolve()): {
  intake: Intake;
  events: ChannelEvent[];
} {
  const events: ChannelEvent[] = [];
  return {
    events,
    intake: async (event) => {
      events.push(event);
      await store(event);
      return { sessionId: '0198c0de-0000-7000-8000-000000000000', version: events.length, duplicate: false };
    },
  };
}

export function context(options: { key?: string; attempt?: number; sent?: readonly string[]; draft?: string; failAfter?: number } = {}): {
  context: SendContext;
  sent: string[];
} {
  const sent: string[] = [];
  return {
    sent,
    context: {
      key: options.key ?? 'session.1',
      statusKey: 'session.1.2',
      attempt: options.attempt ?? 1,
      signal: new AbortController().signal,
      sent: options.sent ?? [],
      ...(options.draft === undefined ? {} : { draft: options.draft }),
      onSent: async (ref) => {
        sent.push(ref);
        if (sent.length === options.failAfter) throw new Unavailable('the process was stopped here');
      },
    },
  };
}

export const words = (text: string): OutboundMessage => ({ text, author: 'assistant' });
