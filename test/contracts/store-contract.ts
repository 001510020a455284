import { afterEach, beforeEach, describe } from 'vitest';
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
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { Mentions } from '#storage/mentions.ts';
import type { Store } from '#storage/port.ts';
import type { Rollups } from '#storage/rollups.ts';
import type { SearchIndex } from '#storage/search.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { StateCounts } from '#storage/state-counts.ts';
import type { Uploads } from '#storage/uploads.ts';
import type { Webhooks } from '#storage/webhooks.ts';
import { describeAddresses } from '#test/contracts/store-addresses.ts';
import { describeAgents } from '#test/contracts/store-agents.ts';
import { describeApiTokens } from '#test/contracts/store-api-tokens.ts';
import { describeApprovals } from '#test/contracts/store-approvals.ts';
import { describeArchive } from '#test/contracts/store-archive.ts';
import { describeAuditTrail } from '#test/contracts/store-audit-trail.ts';
import { describeBlobs } from '#test/contracts/store-blobs.ts';
import { describeCommit } from '#test/contracts/store-commit.ts';
import { describeExpiringRecords } from '#test/contracts/store-expiring-records.ts';
import { describeFiles } from '#test/contracts/store-files.ts';
import { describeHandoff } from '#test/contracts/store-handoff.ts';
import { describeLedger } from '#test/contracts/store-ledger.ts';
import { describeLibrary } from '#test/contracts/store-library.ts';
import { describeMentions } from '#test/contracts/store-mentions.ts';
import { describeReads } from '#test/contracts/store-reads.ts';
import { describeRollups } from '#test/contracts/store-rollups.ts';
import { describeSearch } from '#test/contracts/store-search.ts';
import { describeSignIns } from '#test/contracts/store-sign-ins.ts';
import { describeStateCounts } from '#test/contracts/store-state-counts.ts';
import { describeUploads } from '#test/contracts/store-uploads.ts';
import { describeWebhooks } from '#test/contracts/store-webhooks.ts';
import { describeWork } from '#test/contracts/store-work.ts';

export interface StoresUnderTest {
  /**
   * Two instances over the same data, each with its own connections if it has any. The same one
   * twice if data cannot be shared.
   */
  readonly stores: readonly [StoreLifecycle, StoreLifecycle];
  readonly close: () => Promise<void>;
}

/** Creates fresh, empty stores before each test. */
export type StoreFactory = () => Promise<StoresUnderTest>;

export interface Stores {
  readonly one: () => Store;
  readonly other: () => Store;
  readonly archive: () => Archive;
  readonly otherArchive: () => Archive;
  readonly ledger: () => Ledger;
  readonly otherLedger: () => Ledger;
  readonly approvals: () => Approvals;
  readonly otherApprovals: () => Approvals;
  readonly files: () => Files;
  readonly otherFiles: () => Files;
  readonly addresses: () => AddressBook;
  readonly otherAddresses: () => AddressBook;
  readonly agents: () => Agents;
  readonly otherAgents: () => Agents;
  readonly signIns: () => SignIns;
  readonly otherSignIns: () => SignIns;
  readonly auditTrail: () => AuditTrail;
  readonly otherAuditTrail: () => AuditTrail;
  readonly handoff: () => HandoffRecords;
  readonly otherHandoff: () => HandoffRecords;
  readonly library: () => Library;
  readonly otherLibrary: () => Library;
  readonly mentions: () => Mentions;
  readonly blobs: () => Blobs;
  readonly otherBlobs: () => Blobs;
  readonly otherMentions: () => Mentions;
  readonly uploads: () => Uploads;
  readonly otherUploads: () => Uploads;
  readonly search: () => SearchIndex;
  readonly otherSearch: () => SearchIndex;
  readonly stateCounts: () => StateCounts;
  readonly otherStateCounts: () => StateCounts;
  readonly expiringRecords: () => ExpiringRecords;
  readonly otherExpiringRecords: () => ExpiringRecords;
  readonly rollups: () => Rollups;
  readonly otherRollups: () => Rollups;
  readonly apiTokens: () => ApiTokens;
  readonly otherApiTokens: () => ApiTokens;
  readonly webhooks: () => Webhooks;
  readonly otherWebhooks: () => Webhooks;
}

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, factory: StoreFactory): void {
  describe(`store: ${name}`, () => {
    let open: StoresUnderTest | undefined;

    beforeEach(async () => {
      open = await factory();
    });
    afterEach(async () => {
      await open?.close();
      open = undefined;
    });

    const at = (index: 0 | 1): StoreLifecycle => {
      if (open === undefined) throw new Error('The stores are only there while a test runs.');
      return open.stores[index];
    };
    const stores: Stores = {
      one: () => at(0).store,
      other: () => at(1).store,
      archive: () => at(0).archive,
      otherArchive: () => at(1).archive,
      ledger: () => at(0).ledger,
      otherLedger: () => at(1).ledger,
      approvals: () => at(0).approvals,
      otherApprovals: () => at(1).approvals,
      files: () => at(0).files,
      otherFiles: () => at(1).files,
      addresses: () => at(0).addresses,
      otherAddresses: () => at(1).addresses,
      agents: () => at(0).agents,
      otherAgents: () => at(1).agents,
      signIns: () => at(0).signIns,
      otherSignIns: () => at(1).signIns,
      auditTrail: () => at(0).auditTrail,
      otherAuditTrail: () => at(1).auditTrail,
      handoff: () => at(0).handoff,
      otherHandoff: () => at(1).handoff,
      library: () => at(0).library,
      otherLibrary: () => at(1).library,
      mentions: () => at(0).mentions,
      blobs: () => at(0).blobs,
      otherBlobs: () => at(1).blobs,
      otherMentions: () => at(1).mentions,
      uploads: () => at(0).uploads,
      otherUploads: () => at(1).uploads,
      search: () => at(0).search,
      otherSearch: () => at(1).search,
      stateCounts: () => at(0).stateCounts,
      otherStateCounts: () => at(1).stateCounts,
      expiringRecords: () => at(0).expiringRecords,
      otherExpiringRecords: () => at(1).expiringRecords,
      rollups: () => at(0).rollups,
      otherRollups: () => at(1).rollups,
      apiTokens: () => at(0).apiTokens,
      otherApiTokens: () => at(1).apiTokens,
      webhooks: () => at(0).webhooks,
      otherWebhooks: () => at(1).webhooks,
    };
    describeCommit(stores);
    describeReads(stores);
    describeWork(stores);
    describeArchive(stores);
    describeLedger(stores);
    describeApprovals(stores);
    describeFiles(stores);
    describeAddresses(stores);
    describeAgents(stores);
    describeSignIns(stores);
    describeAuditTrail(stores);
    describeHandoff(stores);
    describeLibrary(stores);
    describeMentions(stores);
    describeBlobs(stores);
    describeUploads(stores);
    describeSearch(stores);
    describeStateCounts(stores);
    describeExpiringRecords(stores);
    describeRollups(stores);
    describeApiTokens(stores);
    describeWebhooks(stores);
  });
}
