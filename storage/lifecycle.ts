import type { Archive } from '#storage/archive.ts';
import type { Store } from '#storage/port.ts';

/** What opens and closes a store, with its archive. Kept apart from `Store`, which is all that the runtime sees. */
export interface StoreLifecycle {
  readonly store: Store;
  readonly archive: Archive;
  /** A cheap round trip; throws `Unavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
