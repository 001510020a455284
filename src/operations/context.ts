/**
 * The context of operations. It has the caller, and the ports that operations read from and act
 * through.
 */

import type { Actors } from '#actors/contract/api.ts';
import type { Moment } from '#actors/session/moment.ts';
import type { ChannelCapabilities, MessageTemplate } from '#channels/port.ts';
import type { Detail } from '#machines/drawing/diagram.ts';
import type { Picture } from '#machines/drawing/layout.ts';
import type { MachineGraph } from '#machines/graph.ts';
import type { Address } from '#machines/ids.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import type { Media } from '#machines/session/events.ts';
import type { FactFields } from '#machines/session/fact-fields.ts';
import type { Agents } from '#storage/agents.ts';
import type { Approvals } from '#storage/approvals.ts';
import type { Archive } from '#storage/archive.ts';
import type { AuditTrail } from '#storage/audit-trail.ts';
import type { Files, StoredFile } from '#storage/files.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import type { Library } from '#storage/library.ts';
import type { Mentions } from '#storage/mentions.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { Rollups } from '#storage/rollups.ts';
import type { SearchIndex } from '#storage/search.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { StateCounts } from '#storage/state-counts.ts';
import type { AgentAccess } from './agent-access.ts';
import type { AgentAssist } from './agent-assist.ts';
import type { AnalysisData } from './analysis-data.ts';
import type { ApiTokenIssuer } from './api-token-port.ts';
import type { Audit } from './audit.ts';
import type { HandoffTerms } from './availability.ts';
import type { Caller } from './caller.ts';
import type { ChannelAccess } from './channel-access.ts';
import type { ExportWriters } from './export-port.ts';
import type { KeptAnswers } from './kept-answers.ts';
import type { ListedMachine, NamedMachine } from './machine-graphs.ts';
import type { MigrationReport } from './migration-report.ts';
import type { Replays } from './replays.ts';
import type { Sandboxes } from './sandbox-port.ts';
import type { ShareLinks } from './share-link-port.ts';
import type { WebhookAdmin } from './webhook-port.ts';

export interface OperationPorts {
  readonly actors: Pick<Actors, 'deliver' | 'remark'>;
  readonly store: Pick<Store, 'load' | 'journal' | 'sessions' | 'setting'>;
  readonly archive: Pick<Archive, 'hold' | 'holds' | 'deadLetters' | 'expired' | 'deleteExpired' | 'deleteSession'>;
  readonly search: Pick<SearchIndex, 'search'>;
  /** The assistant for a new session at an address. Undefined if there is none of the name. */
  readonly assistantFor: (address: Address, named: string | undefined) => string | undefined;
  readonly approvals: Pick<Approvals, 'decide' | 'get' | 'open'>;
  readonly files: Pick<Files, 'get' | 'put'>;
  /** Approved templates of the channel at an address. Rejects with `Refused` or `Unavailable`. */
  readonly templatesAt: (address: Address) => Promise<readonly MessageTemplate[]>;
  /** Whether the channel at an address takes reactions to messages, and replies to them. */
  readonly capabilitiesAt: (address: Address) => Pick<ChannelCapabilities, 'reactions' | 'replies'>;
  readonly channels: ChannelAccess;
  /** A file that a customer sent, which is kept if it is not yet. Undefined if it is lost. */
  readonly receivedFile: (session: Pick<SessionRow, 'id' | 'address'>, media: Media) => Promise<StoredFile | undefined>;
  readonly agents: Pick<Agents, 'agent' | 'agents' | 'putAgent' | 'invitations' | 'withdrawInvitation'>;
  readonly signIns: Pick<SignIns, 'signIns' | 'endSignIns'>;
  readonly auditTrail: Pick<AuditTrail, 'audit'>;
  readonly library: Library;
  readonly mentions: Pick<Mentions, 'mentions' | 'seeMentions'>;
  readonly agentAccess: AgentAccess;
  readonly handoff: Pick<HandoffRecords, 'agentStates' | 'setAway'>;
  readonly terms: HandoffTerms;
  /**
   * The context that a model would get for a session now. Undefined if its assistant uses no model.
   */
  readonly contextOf: (row: SessionRow, messages: number | undefined) => BuiltContext | undefined;
  /** How an assistant's facts are shown. Undefined if it says nothing of it. */
  readonly factFieldsOf: (assistant: string) => FactFields | undefined;
  readonly assist: AgentAssist;
  /** Undefined for a machine that is not registered. Without a version it is the newest one. */
  readonly graphOf: (machineId: string, version: number | undefined) => MachineGraph | undefined;
  /** Every version of every registered machine. */
  readonly machines: () => readonly ListedMachine[];
  /** Lays the graph out. Throws `StatechatError` code `not_drawn`. */
  readonly pictureOf: (graph: MachineGraph, detail: Detail) => Promise<Picture>;
  readonly stateCounts: StateCounts;
  readonly rollups: Pick<Rollups, 'rollupProgress' | 'rollupMarks' | 'rollupSums' | 'listedSessions' | 'forgetCustomers'>;
  /** What migrations would do to the live sessions of a version of a machine. */
  readonly migrationOf: (machineId: string, version: number) => Promise<MigrationReport>;
  readonly replays: Replays;
  /**
   * What a model would receive about a session at that moment. Undefined if its assistant uses
   * none.
   */
  readonly promptOf: (assistant: string, moment: Pick<Moment, 'context' | 'cause'>) => BuiltContext | undefined;
  readonly sandboxes: Sandboxes;
  readonly shareLinks: ShareLinks;
  readonly apiTokens: ApiTokenIssuer;
  readonly exportWriters: ExportWriters;
  /** For requests with an idempotency key. */
  readonly keptAnswers: KeptAnswers;
  readonly webhooks: WebhookAdmin;
  /** The assistant with this machine, and its version. Undefined if there is none. */
  readonly machineOf: (machineId: string, version: number | undefined, assistant: string | undefined) => NamedMachine | undefined;
  readonly analysisData: AnalysisData;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly audit: Audit;
  /**
   * Checks each result against the operation's output schema, and each problem against the ones it
   * declares. Tests turn it on. It serializes every result once more. Default false.
   */
  readonly checkResults?: boolean;
}

export interface OperationProgress {
  /** Steps that are done. It only grows. */
  readonly done: number;
  readonly total: number;
  /** What is done next. */
  readonly message: string;
}

export interface OperationContext extends OperationPorts {
  readonly caller: Caller;
  /** Aborted when the caller wants the result no more. Absent if the projection cannot tell. */
  readonly signal?: AbortSignal;
  /** Takes the whole text so far of an operation that writes. Absent if nobody watches. */
  readonly onText?: (text: string) => void;
  /** Called before each step of an operation that has several. Absent if nobody watches. */
  readonly onProgress?: (progress: OperationProgress) => void;
}
