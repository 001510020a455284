/** What the mailboxes of all addresses have in common. */
import type { Address, SessionId } from '#machines/ids.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { Clock } from '../contract/clock.ts';
import type { CrashPoints } from '../contract/crash-points.ts';
import type { RuntimeMetrics } from '../contract/metrics.ts';
import type { Registry } from '../contract/registry.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { Turn } from './turn.ts';

export interface MailboxEnvironment {
  readonly registry: Registry;
  readonly store: Store;
  readonly commits: CommitQueue;
  readonly clock: Clock;
  readonly newSessionId: (after?: SessionId) => SessionId;
  readonly crash: CrashPoints;
  readonly metrics: RuntimeMetrics;
  /** The session was read from the store: what others did at this address until then is not known here. */
  readonly wasRead: (address: Address) => void;
  /** The turn is durable: run its work, tell its watchers. */
  readonly committed: (turn: Turn) => void;
  /** Another instance can run the machine of this session, as far as is known. */
  readonly runsElsewhere: (row: SessionRow) => boolean;
  readonly onError: (address: Address, error: unknown) => void;
}
