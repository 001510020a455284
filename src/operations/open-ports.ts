/** Opens the ports of operations over the parts of an instance. */
import type { Registry } from '#actors/contract/registry.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { type Address, addressParts, type SessionId } from '#machines/ids.ts';
import type { Media } from '#machines/session/events.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import type { Audit } from './audit.ts';
import type { HandoffTerms } from './availability.ts';
import type { OperationPorts } from './context.ts';
import { graphReader } from './machine-graphs.ts';
import { contextReader } from './session-context.ts';

/** What is read from the registry, or what the instance has under other names. */
type Made = 'contextOf' | 'graphOf' | 'receivedFile' | 'templatesAt' | 'channels' | 'handoff' | 'terms' | 'audit';

interface MediaPlace {
  readonly sessionId: SessionId;
  readonly address: Address;
}

export interface OpenPortsOptions extends Omit<OperationPorts, Made> {
  readonly registry: Registry;
  readonly checkResults: boolean;
  readonly channels: { at(address: Address): Pick<ChannelAdapter, 'templates'> | undefined };
  readonly channelAccess: OperationPorts['channels'];
  readonly media: { readonly keeper: { read(place: MediaPlace, media: Media): ReturnType<OperationPorts['receivedFile']> } };
  readonly records: Pick<HandoffRecords, 'agentStates' | 'setAway'>;
  readonly handoff: { readonly terms: HandoffTerms };
  readonly audits: { readonly audit: Audit };
}

/** Only what operations may use is passed on. */
export function openOperationPorts(parts: OpenPortsOptions): OperationPorts {
  const { registry, channels, media, now } = parts;
  const { actors, store, archive, approvals, files, agents, signIns, auditTrail, library, mentions, agentAccess, assist } = parts;
  const passed = { actors, store, archive, approvals, files, agents, signIns, auditTrail, library, mentions, agentAccess, assist };
  return {
    ...passed,
    now,
    checkResults: parts.checkResults,
    channels: parts.channelAccess,
    receivedFile: ({ id: sessionId, address }, one) => media.keeper.read({ sessionId, address }, one),
    templatesAt: async (address) => (await channels.at(address)?.templates?.(addressParts(address).account)) ?? [],
    handoff: parts.records,
    terms: parts.handoff.terms,
    audit: parts.audits.audit,
    contextOf: contextReader(registry, now),
    graphOf: graphReader(registry),
  };
}
