/**
 * Content of a mailbox. Each entry is one message for the session at an address, with the sender's
 * promise of its receipt.
 */
import type { Json, MachineEvent } from '#machines/definition.ts';
import { Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import { HOST_EVENT, type Receipt, type Remark, type UndeliverableMessage } from '../contract/api.ts';
import { isMessage, MACHINE_ACTION } from '../contract/work-item.ts';
import type { ActorInput } from '../interpreter/input.ts';
import type { Lineage } from './activation.ts';

export type MessageContent =
  /**
   * From outside. `sessionId` binds it to one session. Without it, a session is opened if none is
   * open.
   */
  | {
      readonly kind: 'event';
      readonly event: MachineEvent;
      readonly eventId: string;
      readonly sessionId: SessionId | undefined;
      readonly assistant: string | undefined;
      readonly hint: Json;
      /** See `DeliverOptions`. */
      readonly ifVersion?: number | undefined;
    }
  /** Opens a session if none is open. */
  | { readonly kind: 'open'; readonly sessionId: undefined; readonly assistant: string; readonly hint: Json }
  /**
   * From the running code of an invocation. `eventId` is set where a second copy would not be stale
   * by itself.
   */
  | {
      readonly kind: 'signal';
      readonly sessionId: SessionId;
      readonly input: Extract<ActorInput, { readonly kind: 'signal' | 'answer' }>;
      readonly eventId: string | null;
    }
  /**
   * A timer may be due. If it is `claimed`, the store moved the session's wake time, so the turn
   * must set it again.
   */
  | { readonly kind: 'wake'; readonly claimed: boolean }
  /** An effect failed permanently. `seq` is its journal entry. */
  | {
      readonly kind: 'failure';
      readonly eventId: string;
      readonly sessionId: SessionId;
      readonly serial: number;
      readonly seq: number;
      readonly effect: string;
      readonly code: string;
      readonly reason: string;
      readonly message: boolean;
    }
  /**
   * The session moves to another address. If it is at that address already, it takes along what was
   * left at the old one. `adopted` are events of sessions that gave way to it. `ancestors` are
   * those, or the latest one that was left.
   */
  | {
      readonly kind: 'moved';
      readonly eventId: string;
      readonly sessionId: SessionId;
      readonly from: Address;
      readonly to: Address;
      readonly adopted: readonly AdoptedEvent[];
      readonly ancestors: Lineage;
    }
  /** Another session continues in place of this one. */
  | { readonly kind: 'superseded'; readonly eventId: string; readonly sessionId: SessionId; readonly by: SessionId }
  /** The host notes something in the journal. The machine does not receive it. */
  | ({ readonly kind: 'remark'; readonly sessionId: SessionId } & Remark);

/** An event of a session that another one takes the place of. */
export interface AdoptedEvent {
  readonly eventId: string;
  readonly event: MachineEvent;
  /** The session that received it first has answered it. */
  readonly answered: boolean;
}

export interface MailboxMessage {
  readonly content: MessageContent;
  readonly settle: (receipt: Receipt) => void;
  readonly fail: (error: Error) => void;
  /**
   * When the sender gives up, in milliseconds since the epoch. Infinity means that it must be
   * stored, however long that takes.
   */
  readonly deadline: number;
  /** `traceparent` of the sender, if it is traced. */
  readonly trace?: string;
}

/** The message to a session of which an effect failed permanently. */
export function failureMessage(item: WorkItem, code: string, reason: string): MessageContent {
  const { sessionId, serial, seq, type } = item;
  const effect = type === MACHINE_ACTION ? String(Reflect.get(Object(item.payload), 'name')) : type;
  return { ...undeliverableMessage({ sessionId, serial, seq, effect }, { code, reason }), message: isMessage(item) };
}

/** The same, of a message that its provider had accepted. */
export function undeliverableMessage(
  sent: UndeliverableMessage,
  failure: { readonly code: string; readonly reason: string },
): MessageContent & { readonly kind: 'failure' } {
  return { kind: 'failure', eventId: `${HOST_EVENT}failed:${sent.serial}`, ...sent, ...failure, message: true };
}

/** True for a message that is not bound to one session. It opens a session where none is open. */
export function isForAddress(content: MessageContent): boolean {
  return (content.kind === 'event' || content.kind === 'open') && content.sessionId === undefined;
}

/**
 * The compare-and-set of a move was lost, because another instance committed or a session is open
 * at one of the addresses. Whether and how it moves has to be decided again.
 */
export class MoveContended extends Unavailable {
  constructor(address: Address) {
    super(`something else happened at ${address} while it moved: the move is tried again`, { address });
    this.name = 'MoveContended';
  }
}
