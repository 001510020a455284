/** A context of operations over an empty memory store, with the audit entries that they write. */
import { cached } from '#assistants/stock-analyst/market-data/cached.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { NO_QUEUES, queuesOf } from '#machines/handoff/queues.ts';
import { apiTokensOver } from '#src/api-tokens/api-tokens.ts';
import { exportWriters } from '#src/exports/export-writers.ts';
import type { AuditEntry } from '#src/operations/audit.ts';
import type { HandoffTerms } from '#src/operations/availability.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { NO_VISUALIZER } from './no-visualizer.ts';

/** The default queue alone. */
export const HANDOFF_TERMS: HandoffTerms = { queues: queuesOf(NO_QUEUES), capacity: 5, offlineAfterMs: 60_000 };

export function operationContext(changes: Partial<OperationContext> = {}): {
  context: OperationContext;
  audited: AuditEntry[];
  lifecycle: StoreLifecycle;
} {
  const lifecycle = createMemoryStore();
  const { store, archive, approvals, files, agents, signIns, auditTrail, handoff, library, mentions, search, stateCounts } = lifecycle;
  const audited: AuditEntry[] = [];
  const context: OperationContext = {
    actors: { deliver: () => Promise.reject(new Error('no actors here')), remark: () => Promise.reject(new Error('no actors here')) },
    store,
    archive,
    approvals,
    files,
    receivedFile: async () => undefined,
    templatesAt: async () => [],
    assistantFor: (_address, named = 'companion') => (named === 'nobody' ? undefined : named),
    channels: { list: async () => [], send: () => Promise.reject(new Error('no channels here')) },
    agents,
    signIns,
    auditTrail,
    handoff,
    terms: HANDOFF_TERMS,
    library,
    mentions,
    agentAccess: {
      invite: () => Promise.reject(new Error('no access here')),
      changePassword: () => Promise.reject(new Error('no access here')),
    },
    contextOf: () => undefined,
    factFieldsOf: () => undefined,
    assist: async () => undefined,
    search,
    stateCounts,
    rollups: lifecycle.rollups,
    analysisData: cached(sampleMarketData()),
    ...NO_VISUALIZER,
    keptAnswers: lifecycle.expiringRecords,
    exportWriters,
    apiTokens: apiTokensOver({ tokens: lifecycle.apiTokens, now: () => 1_000 }),
    now: () => 1_000,
    audit: (entry) => void audited.push(entry),
    checkResults: true,
    caller: tokenCaller('admin'),
    ...changes,
  };
  return { context, audited, lifecycle };
}
