/**
 * What comes in from a provider. An adapter hands each event to `intake`, which resolves once the
 * event is durable. Only then may the adapter acknowledge it to the provider.
 */
import type { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Customer, Media, Quoted } from '#machines/session/events.ts';

/**
 * An event from a provider. `id` is the provider's own id of the event, stable over its
 * redeliveries.
 */
export type ChannelEvent =
  | {
      readonly type: 'message';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      /** The provider's id of the message, if its edits name it by another id than `id`. */
      readonly messageId?: string;
      readonly text: string;
      readonly media?: readonly Media[];
      /** The message that the customer answers, ours or an own one. */
      readonly replyTo?: string;
      /** What it says, which the host looks up. Adapters leave it out. */
      readonly quoted?: Quoted;
      readonly customer?: Customer;
      /**
       * Until when the provider takes free text for the customer. Only with `capabilities.window`.
       */
      readonly windowUntil?: number;
    }
  | {
      readonly type: 'command';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      readonly messageId?: string;
      readonly name: string;
      readonly args: string;
      /** What the command was the caption of. */
      readonly media?: readonly Media[];
      /** The message that the customer answers, ours or an own one. */
      readonly replyTo?: string;
      readonly quoted?: Quoted;
      readonly customer?: Customer;
      readonly windowUntil?: number;
    }
  | {
      readonly type: 'edit';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      /** The message that was changed. Default is `id`. */
      readonly messageId?: string;
      readonly text: string;
    }
  | {
      /** The customer deleted a message. */
      readonly type: 'revoke';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      readonly messageId: string;
    }
  | {
      readonly type: 'reaction';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      /** The message that the customer reacts to, ours or an own one. */
      readonly messageId: string;
      /** Null takes the reaction back. */
      readonly emoji: string | null;
    }
  | {
      /** The customer called. */
      readonly type: 'call';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      readonly phase: 'started' | 'ended';
      /** How long it was, of one that ended. */
      readonly seconds?: number;
      readonly customer?: Customer;
      readonly windowUntil?: number;
    }
  | {
      /**
       * Somebody of ours wrote to the customer in the provider's own app. From then on that person
       * holds the session, and the bot is silent.
       */
      readonly type: 'echo';
      readonly id: string;
      readonly address: Address;
      readonly at: number;
      readonly messageId?: string;
      readonly text: string;
      readonly media?: readonly Media[];
      /** The message that it answers. */
      readonly replyTo?: string;
    }
  | {
      /** What became of one message of ours. It names no customer, because a provider may not. */
      readonly type: 'status';
      readonly id: string;
      readonly at: number;
      /** As `SendContext.statusKey` had it. */
      readonly statusKey: string;
      readonly status: 'sent' | 'delivered' | 'read' | 'failed';
      /** The provider's id of the message. */
      readonly ref?: string;
      /** Why it failed for good. */
      readonly failure?: { readonly code: string; readonly reason: string };
      /** What the provider charges for it, in millionths of a US dollar. */
      readonly costMicros?: number;
    }
  | {
      readonly type: 'receipt';
      readonly address: Address;
      readonly at: number;
      /** The session whose entries `upTo` counts. Default is the latest at the address. */
      readonly sessionId?: SessionId;
      readonly upTo: number;
      readonly status: 'delivered' | 'read';
    }
  | { readonly type: 'typing'; readonly address: Address; readonly at: number }
  | {
      /**
       * What was at an address is at another one, because a group has another id or a customer
       * another number.
       */
      readonly type: 'moved';
      readonly id: string;
      readonly from: Address;
      readonly to: Address;
      readonly at: number;
      /**
       * False if the provider does not say that both are one conversation. Two open sessions then
       * stay apart. Default is true.
       */
      readonly certain?: boolean;
    };

export interface IntakeReceipt {
  readonly sessionId: string;
  /** The session's version after the turn that took the event. */
  readonly version: number;
  readonly duplicate: boolean;
}

/**
 * Accepts one event. Resolves when it is durable. Rejects with a retryable `Unavailable` if it
 * could not be stored. Then the adapter must not acknowledge it, and the provider sends it again.
 * Rejects with `InvalidInput` if it can never be stored. Events of one address are applied in the
 * order of the calls. The adapter need not wait between them.
 */
export type Intake = (event: ChannelEvent) => Promise<IntakeReceipt>;

/** Event of a provider that no session can ever take. */
export interface DeadLetter {
  readonly channel: string;
  /** Which of the channel's accounts it was sent to. */
  readonly account: string;
  /** The provider's own id of it, stable over its redeliveries. */
  readonly providerId: string;
  readonly receivedAt: number;
  readonly reason: StatechatError;
  /** As the provider sent it. */
  readonly content: unknown;
}

/**
 * Stores a dead letter where people find it. Resolves when it is durable. If it rejects, the
 * adapter must not acknowledge the event.
 */
export type KeepDeadLetter = (event: DeadLetter) => Promise<void>;

/** Event of a provider that is well-formed and changes no session. */
export interface IgnoredEvent {
  /** One of few, such as `update.poll`, because metrics have it as a label. */
  readonly kind: string;
  /** Why it changes no session, for an operator. Nothing of what a person wrote. */
  readonly reason: string;
  readonly providerId: string;
}

/** Makes an ignored event visible to operators. Returns at once, and never throws. */
export type CountIgnored = (event: IgnoredEvent) => void;
