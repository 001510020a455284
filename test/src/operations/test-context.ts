/** A context of operations over an empty memory store, for tests of operations and projections. */
import { cached } from '#assistants/stock-analyst/market-data/cached.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { StatechatError } from '#machines/errors.ts';
import { NO_QUEUES, queuesOf } from '#machines/handoff/queues.ts';
import { apiTokensOver } from '#src/api-tokens/api-tokens.ts';
import { exportWriters } from '#src/exports/export-writers.ts';
import type { AuditEntry } from '#src/operations/audit.ts';
import type { HandoffTerms } from '#src/operations/availability.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext, OperationPorts } from '#src/operations/context.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

/** The default queue alone. */
const HANDOFF_TERMS: HandoffTerms = { queues: queuesOf(NO_QUEUES), capacity: 5, offlineAfterMs: 60_000 };

const absent = (what: string) => (): Promise<never> => Promise.reject(new Error(`no ${what} here`));
const unknown = (): Promise<never> => Promise.reject(new StatechatError('not_found', 'no visualizer here'));
const unreplayable = (): Promise<never> => Promise.reject(new StatechatError('unreplayable', 'no replays here'));

/** Ports over a store. What needs more than a store is not there. */
export function testPorts(lifecycle: StoreLifecycle, changes: Partial<OperationPorts> = {}): OperationPorts {
  const { store, archive, approvals, files, agents, signIns, auditTrail, handoff, library, mentions, search, stateCounts } = lifecycle;
  const { now = () => 1_000 } = changes;
  return {
    ...{ store, archive, approvals, files, agents, signIns, auditTrail, handoff, library, mentions, search, stateCounts },
    rollups: lifecycle.rollups,
    keptAnswers: lifecycle.expiringRecords,
    apiTokens: apiTokensOver({ tokens: lifecycle.apiTokens, now }),
    actors: { deliver: absent('actors'), remark: absent('actors') },
    receivedFile: async () => undefined,
    templatesAt: async () => [],
    capabilitiesAt: () => ({ reactions: false, replies: false }),
    assistantFor: (_address, named = 'companion') => (named === 'nobody' ? undefined : named),
    channels: { list: async () => [], send: absent('channels') },
    terms: HANDOFF_TERMS,
    agentAccess: { invite: absent('access'), changePassword: absent('access') },
    contextOf: () => undefined,
    factFieldsOf: () => undefined,
    assist: async () => undefined,
    analysisData: cached(sampleMarketData()),
    exportWriters,
    graphOf: () => undefined,
    machines: () => [],
    pictureOf: () => Promise.reject(new StatechatError('not_drawn', 'nothing is drawn here')),
    migrationOf: async () => ({ sessions: 0, isWhole: true, machines: [], unreadable: [] }),
    replays: { momentAt: unreplayable, checkpointAt: unreplayable },
    promptOf: () => undefined,
    machineOf: () => undefined,
    sandboxes: {
      begin: unknown,
      get: unknown,
      play: unknown,
      run: unknown,
      modelsFor: () => [],
      testFile: unknown,
      end: async () => false,
    },
    shareLinks: { create: unknown, list: async () => [], revoke: async () => false },
    webhooks: {
      list: async () => [],
      create: async () => undefined,
      update: async () => undefined,
      rotate: async () => undefined,
      remove: async () => false,
      ping: async () => undefined,
      deliveries: async () => ({ items: [], next: null }),
      replay: async () => true,
      replayRange: async () => 0,
    },
    now,
    audit: () => {},
    checkResults: true,
    ...changes,
  };
}

export interface TestContext {
  readonly context: OperationContext;
  /** What the operations wrote to the audit. */
  readonly audited: AuditEntry[];
  readonly lifecycle: StoreLifecycle;
}

/** For the caller with the first token, unless `changes` name another. */
export function testContext({ caller = tokenCaller('admin'), ...changes }: Partial<OperationContext> = {}): TestContext {
  const lifecycle = createMemoryStore();
  const audited: AuditEntry[] = [];
  const ports = testPorts(lifecycle, { audit: (entry) => void audited.push(entry), ...changes });
  return { context: { ...ports, caller }, audited, lifecycle };
}
