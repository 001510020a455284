import type { StoreLifecycle } from '#storage/lifecycle.ts';

/**
 * The ports of a store by the names of the parts of the program. Field by field, because a store
 * may be an instance of a class.
 */
export function portsOf(opened: StoreLifecycle) {
  const { store, archive, ledger, approvals, files, addresses, agents, signIns } = opened;
  const { auditTrail, library, mentions, search, blobs, uploads, stateCounts, expiringRecords } = opened;
  const { rollups, apiTokens, webhooks, handoff: records } = opened;
  const first = { store, archive, ledger, approvals, files, addresses, agents, signIns };
  const then = { auditTrail, library, mentions, search, blobs, uploads, stateCounts, expiringRecords };
  return { ...first, ...then, rollups, apiTokens, webhooks, records };
}
