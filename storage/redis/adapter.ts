import { filesOf } from '#storage/file-parts.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { Store } from '#storage/port.ts';
import { addressesOf } from '#storage/redis/addresses.ts';
import { agentsOf } from '#storage/redis/agents.ts';
import { apiTokensOf } from '#storage/redis/api-tokens.ts';
import { approvalsOf } from '#storage/redis/approvals.ts';
import { archiveOf } from '#storage/redis/archive.ts';
import { auditTrailOf } from '#storage/redis/audit-trail.ts';
import { blobsOf } from '#storage/redis/blobs.ts';
import { commitOf } from '#storage/redis/commit.ts';
import { connect, type RedisOptions } from '#storage/redis/connection.ts';
import { decodeTime } from '#storage/redis/decode.ts';
import { expiringRecordsOf } from '#storage/redis/expiring-records.ts';
import { partsOf } from '#storage/redis/files.ts';
import { handoffOf } from '#storage/redis/handoff.ts';
import { homesIn } from '#storage/redis/homes.ts';
import { ledgerOf } from '#storage/redis/ledger.ts';
import { libraryOf } from '#storage/redis/library.ts';
import { mentionsOf } from '#storage/redis/mentions.ts';
import { rollupsOf } from '#storage/redis/rollups.ts';
import { sessionsOf } from '#storage/redis/sessions.ts';
import { signInsOf } from '#storage/redis/sign-ins.ts';
import { stateCountsOf } from '#storage/redis/state-counts.ts';
import { uploadsOf } from '#storage/redis/uploads.ts';
import { webhooksOf } from '#storage/redis/webhooks.ts';
import { whereaboutsIn } from '#storage/redis/whereabouts.ts';
import { workOf } from '#storage/redis/work.ts';
import { scanningSearch } from '#storage/search-scan.ts';

/**
 * Store in Redis 6.2 or later, on one server, Sentinel or Cluster. It connects at the first use.
 * While the server is away every call throws `Unavailable`, and the store works again when it is
 * back. Acknowledged data is as durable as the server's append-only file, as README.md here says.
 */
export function createRedisStore(options: RedisOptions): StoreLifecycle {
  const connection = connect(options);
  const whereabouts = whereaboutsIn(connection);
  const homes = homesIn(connection);
  const store: Store = {
    capabilities: { type: 'redis', durable: true, shared: true },
    ...commitOf(connection, whereabouts, homes),
    ...sessionsOf(connection, whereabouts, homes),
    ...workOf(connection, whereabouts),
  };
  return {
    store,
    archive: archiveOf(connection, whereabouts),
    ledger: ledgerOf(connection),
    approvals: approvalsOf(connection),
    files: filesOf(partsOf(connection, whereabouts)),
    addresses: addressesOf(connection, homes),
    agents: agentsOf(connection),
    signIns: signInsOf(connection),
    auditTrail: auditTrailOf(connection),
    handoff: handoffOf(connection),
    library: libraryOf(connection),
    mentions: mentionsOf(connection),
    search: scanningSearch(store),
    blobs: blobsOf(connection),
    uploads: uploadsOf(connection),
    stateCounts: stateCountsOf(connection),
    expiringRecords: expiringRecordsOf(connection),
    rollups: rollupsOf(connection, store),
    apiTokens: apiTokensOf(connection),
    webhooks: webhooksOf(connection, whereabouts),
    ping: async () => decodeTime(await connection.call('time')),
    close: () => connection.close(),
  };
}
