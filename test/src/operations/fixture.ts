/** A context of operations over an empty memory store, with the audit entries that they write. */
import type { AuditEntry } from '#src/operations/audit.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

export function operationContext(changes: Partial<OperationContext> = {}): {
  context: OperationContext;
  audited: AuditEntry[];
  lifecycle: StoreLifecycle;
} {
  const lifecycle = createMemoryStore();
  const { store, archive, approvals, files, agents, signIns, auditTrail, library, mentions } = lifecycle;
  const audited: AuditEntry[] = [];
  const context: OperationContext = {
    actors: { deliver: () => Promise.reject(new Error('no actors here')) },
    store,
    archive,
    approvals,
    files,
    receivedFile: async () => undefined,
    agents,
    signIns,
    auditTrail,
    library,
    mentions,
    agentAccess: {
      invite: () => Promise.reject(new Error('no access here')),
      changePassword: () => Promise.reject(new Error('no access here')),
    },
    contextOf: () => undefined,
    now: () => 1_000,
    audit: (entry) => void audited.push(entry),
    checkResults: true,
    caller: tokenCaller('admin'),
    ...changes,
  };
  return { context, audited, lifecycle };
}
