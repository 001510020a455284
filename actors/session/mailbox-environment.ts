/** What the mailboxes of all addresses have in common, and what one leaves to another. */
import type { Address } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import type { AddressState } from './activation.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { InDoubt } from './in-doubt.ts';
import type { MailboxMessage } from './message.ts';
import type { SessionEvents } from './session-events.ts';

export interface MailboxEnvironment
  extends Pick<
    Settings,
    'registry' | 'store' | 'addresses' | 'clock' | 'newSessionId' | 'crash' | 'metrics' | 'follow' | 'tracing' | 'onError'
  > {
  readonly commits: CommitQueue;
  readonly events: SessionEvents;
  /** One for all, because a message may leave for the mailbox of another address. */
  readonly inDoubt: InDoubt;
  /** Another instance can run the machine of this session, as far as is known. */
  readonly runsElsewhere: (row: SessionRow) => boolean;
}

/** What a mailbox leaves to the mailbox of the address that its own has moved to. In order. */
export interface Leftover {
  readonly to: Address;
  readonly messages: readonly MailboxMessage[];
  readonly requests: readonly StateRequest[];
}

/** A caller waits for what is at the address between two turns. */
export interface StateRequest {
  readonly answer: (state: AddressState) => void;
  readonly fail: (error: unknown) => void;
}
