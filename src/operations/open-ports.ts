/** Opens the ports of operations over the parts of an instance. */
import type { Registry } from '#actors/contract/registry.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { type Address, addressParts, type SessionId } from '#machines/ids.ts';
import type { Media } from '#machines/session/events.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import type { Audit } from './audit.ts';
import type { HandoffTerms } from './availability.ts';
import type { OperationPorts } from './context.ts';
import { graphReader, machineFinder, machinesOf } from './machine-graphs.ts';
import { reportOn } from './migration-report.ts';
import { recentCounts } from './recent-counts.ts';
import { contextReader, promptReader } from './session-context.ts';

/** What is read from the registry, and not passed. */
type FromRegistry = 'contextOf' | 'factFieldsOf' | 'promptOf' | 'graphOf' | 'machineOf' | 'machines' | 'migrationOf';
/** What the instance has under other names. */
type FromParts =
  | 'apiTokens'
  | 'keptAnswers'
  | 'assistantFor'
  | 'receivedFile'
  | 'templatesAt'
  | 'capabilitiesAt'
  | 'channels'
  | 'handoff'
  | 'terms'
  | 'audit'
  | 'webhooks';

interface MediaPlace {
  readonly sessionId: SessionId;
  readonly address: Address;
}

export interface OpenPortsOptions extends Omit<OperationPorts, FromRegistry | FromParts> {
  readonly registry: Registry;
  readonly assistantAt: (address: Address) => string;
  readonly checkResults: boolean;
  readonly channels: { at(address: Address): Pick<ChannelAdapter, 'templates' | 'capabilities'> | undefined };
  readonly channelAccess: OperationPorts['channels'];
  readonly expiringRecords: OperationPorts['keptAnswers'];
  readonly tokenIssuer: OperationPorts['apiTokens'];
  readonly media: { readonly keeper: { read(place: MediaPlace, media: Media): ReturnType<OperationPorts['receivedFile']> } };
  readonly records: Pick<HandoffRecords, 'agentStates' | 'setAway'>;
  readonly handoff: { readonly terms: HandoffTerms };
  readonly webhookAdmin: OperationPorts['webhooks'];
  readonly audits: { readonly audit: Audit };
}

/** Live sessions that one trial of a migration reads at most. */
const MOST_TRIED = 2_000;

export function openOperationPorts(parts: OpenPortsOptions): OperationPorts {
  const { registry, channels, media, now, store } = parts;
  const { actors, archive, approvals, files, agents, signIns, auditTrail, library, mentions, agentAccess, assist } = parts;
  const {
    search,
    pictureOf,
    rollups,
    exportWriters,
    analysisData,
    replays,
    sandboxes,
    shareLinks,
    tokenIssuer: apiTokens,
    expiringRecords: keptAnswers,
    checkResults,
  } = parts;
  return {
    ...{ actors, store, archive, approvals, files, agents, signIns, auditTrail, library, mentions, agentAccess, assist },
    ...{ search, pictureOf, rollups, exportWriters, replays, sandboxes, shareLinks },
    ...{ apiTokens, keptAnswers, analysisData, checkResults, now },
    channels: parts.channelAccess,
    receivedFile: ({ id: sessionId, address }, one) => media.keeper.read({ sessionId, address }, one),
    templatesAt: async (address) => (await channels.at(address)?.templates?.(addressParts(address).account)) ?? [],
    capabilitiesAt: (address) => {
      const { reactions = false, replies = false } = channels.at(address)?.capabilities ?? {};
      return { reactions, replies };
    },
    assistantFor: (address, named = parts.assistantAt(address)) => (registry.assistant(named) === undefined ? undefined : named),
    webhooks: parts.webhookAdmin,
    handoff: parts.records,
    terms: parts.handoff.terms,
    audit: parts.audits.audit,
    stateCounts: recentCounts(parts.stateCounts, now),
    contextOf: contextReader(registry, now),
    promptOf: promptReader(registry),
    factFieldsOf: (assistant) => registry.assistant(assistant)?.binding.factFields,
    graphOf: graphReader(registry),
    machineOf: machineFinder(registry),
    machines: () => machinesOf(registry),
    migrationOf: (machineId, version) => reportOn(registry, store, { now: now(), only: { machineId, version }, most: MOST_TRIED }),
  };
}
