import type { Approvals } from '#storage/approvals.ts';
import type { Archive } from '#storage/archive.ts';
import type { Files } from '#storage/files.ts';
import type { Ledger } from '#storage/ledger.ts';
import type { Store } from '#storage/port.ts';

/** What opens and closes a store, with what stands beside it. Kept apart from `Store`, which is all that the runtime sees. */
export interface StoreLifecycle {
  readonly store: Store;
  readonly archive: Archive;
  readonly ledger: Ledger;
  readonly approvals: Approvals;
  readonly files: Files;
  /** A cheap round trip; throws `Unavailable`. Resolves to the store's own clock, in milliseconds since the epoch: the one that all who share it go by. */
  ping(): Promise<number>;
  close(): Promise<void>;
}
