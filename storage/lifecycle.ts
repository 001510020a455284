import type { AddressBook } from '#storage/addresses.ts';
import type { Agents } from '#storage/agents.ts';
import type { ApiTokens } from '#storage/api-tokens.ts';
import type { Approvals } from '#storage/approvals.ts';
import type { Archive } from '#storage/archive.ts';
import type { AuditTrail } from '#storage/audit-trail.ts';
import type { Blobs } from '#storage/blobs.ts';
import type { ExpiringRecords } from '#storage/expiring-records.ts';
import type { Files } from '#storage/files.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import type { Ledger } from '#storage/ledger.ts';
import type { Library } from '#storage/library.ts';
import type { Mentions } from '#storage/mentions.ts';
import type { Store } from '#storage/port.ts';
import type { Rollups } from '#storage/rollups.ts';
import type { SearchIndex } from '#storage/search.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { StateCounts } from '#storage/state-counts.ts';
import type { Uploads } from '#storage/uploads.ts';
import type { Webhooks } from '#storage/webhooks.ts';

/**
 * Opening and closing of a store, with the ports beside it. Separate from `Store`, which is all
 * that the runtime sees.
 */
export interface StoreLifecycle {
  readonly store: Store;
  readonly archive: Archive;
  readonly ledger: Ledger;
  readonly approvals: Approvals;
  readonly files: Files;
  readonly addresses: AddressBook;
  readonly agents: Agents;
  readonly signIns: SignIns;
  readonly auditTrail: AuditTrail;
  readonly handoff: HandoffRecords;
  readonly library: Library;
  readonly mentions: Mentions;
  readonly search: SearchIndex;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly stateCounts: StateCounts;
  readonly expiringRecords: ExpiringRecords;
  readonly rollups: Rollups;
  readonly apiTokens: ApiTokens;
  readonly webhooks: Webhooks;
  /**
   * Cheap round trip. Throws `Unavailable`. Resolves to the store's own clock in milliseconds since
   * the epoch, which all instances on the store share.
   */
  ping(): Promise<number>;
  close(): Promise<void>;
}
