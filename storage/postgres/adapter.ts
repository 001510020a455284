import { filesOf } from '#storage/file-parts.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { addressesOf } from '#storage/postgres/addresses.ts';
import { agentsOf } from '#storage/postgres/agents.ts';
import { apiTokensOf } from '#storage/postgres/api-tokens.ts';
import { approvalsOf } from '#storage/postgres/approvals.ts';
import { archiveOf } from '#storage/postgres/archive.ts';
import { auditTrailOf } from '#storage/postgres/audit-trail.ts';
import { blobsOf } from '#storage/postgres/blobs.ts';
import { commitOf } from '#storage/postgres/commit.ts';
import { type DatabaseOptions, openDatabase } from '#storage/postgres/database.ts';
import { decodePing } from '#storage/postgres/decode.ts';
import { expiringRecordsOf } from '#storage/postgres/expiring-records.ts';
import { partsOf } from '#storage/postgres/files.ts';
import { handoffOf } from '#storage/postgres/handoff.ts';
import { ledgerOf } from '#storage/postgres/ledger.ts';
import { libraryOf } from '#storage/postgres/library.ts';
import { mentionsOf } from '#storage/postgres/mentions.ts';
import { rollupsOf } from '#storage/postgres/rollups.ts';
import { searchOf } from '#storage/postgres/search.ts';
import { sessionsOf } from '#storage/postgres/sessions.ts';
import { signInsOf } from '#storage/postgres/sign-ins.ts';
import { stateCountsOf } from '#storage/postgres/state-counts.ts';
import { readOnlyServer } from '#storage/postgres/unavailable.ts';
import { uploadsOf } from '#storage/postgres/uploads.ts';
import { webhooksOf } from '#storage/postgres/webhooks.ts';
import { workOf } from '#storage/postgres/work.ts';

/**
 * Not `now()`, which is when the transaction began. A standby is read-only too, and so is each
 * transaction where `default_transaction_read_only` is on.
 */
const PING = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as time,
  current_setting('transaction_read_only')::boolean as "readOnly"`;

/**
 * Store in PostgreSQL 15 or later, with an up-to-date schema (`migrate`). It connects at the first
 * use. While the server is away every call throws `Unavailable`, and the store works again when it
 * is back.
 */
export function createPostgresStore(options: DatabaseOptions): StoreLifecycle {
  const database = openDatabase(options);
  return {
    store: {
      capabilities: { type: 'postgres', durable: true, shared: true },
      ...commitOf(database),
      ...sessionsOf(database),
      ...workOf(database),
    },
    archive: archiveOf(database),
    ledger: ledgerOf(database),
    approvals: approvalsOf(database),
    files: filesOf(partsOf(database)),
    addresses: addressesOf(database),
    agents: agentsOf(database),
    signIns: signInsOf(database),
    auditTrail: auditTrailOf(database),
    handoff: handoffOf(database),
    library: libraryOf(database),
    mentions: mentionsOf(database),
    search: searchOf(database),
    blobs: blobsOf(database),
    uploads: uploadsOf(database),
    stateCounts: stateCountsOf(database),
    expiringRecords: expiringRecordsOf(database),
    rollups: rollupsOf(database),
    apiTokens: apiTokensOf(database),
    webhooks: webhooksOf(database),
    ping: async () => {
      const { time, readOnly } = decodePing((await database.query('ping', PING, []))[0]);
      if (readOnly) throw readOnlyServer();
      return time;
    },
    close: () => database.close(),
  };
}
