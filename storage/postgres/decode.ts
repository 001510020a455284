/**
 * Decoders from PostgreSQL's rows to the port's types. They have the only casts of this folder. Our
 * own statements wrote the tables, with the same columns.
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { Move } from '#storage/addresses.ts';
import type { AgentAccount, Invitation } from '#storage/agents.ts';
import type { StoredApiToken } from '#storage/api-tokens.ts';
import { type Approval, statusAt } from '#storage/approvals.ts';
import type { Expired, HoldChange, StoredDeadLetter } from '#storage/archive.ts';
import type { AuditRecord } from '#storage/audit-trail.ts';
import type { ExpiringRecord } from '#storage/expiring-records.ts';
import type { FileRow } from '#storage/file-parts.ts';
import type { AgentState } from '#storage/handoff.ts';
import type { Balance } from '#storage/ledger.ts';
import type { LibraryItem } from '#storage/library.ts';
import type { Mention } from '#storage/mentions.ts';
import type { Delivery, JournalEntry, MovedMark, SessionRow, WorkItem } from '#storage/port.ts';
import type { SpanProgress } from '#storage/postgres/rollup-spans.ts';
import type {
  PlacedSession,
  RolledCustomer,
  RolledSession,
  RollupEntry,
  RollupMark,
  RollupProgress,
  RollupSource,
  RollupSum,
} from '#storage/rollups.ts';
import type { SearchHit, UnindexedSession } from '#storage/search.ts';
import type { Renewed, SignIn } from '#storage/sign-ins.ts';
import type { StateCount } from '#storage/state-counts.ts';
import type { Upload } from '#storage/uploads.ts';
import type { DeliveryRecord, EndpointRecord, Place } from '#storage/webhooks.ts';

/**
 * Select lists, so that a column of a later migration never changes what an older program reads.
 */
export const SESSION = `s.id, s.address, s.assistant, s.machine_id as "machineId", s.machine_version as "machineVersion", s.version, s.state, s.handler,
  s.agent_id as "agentId", s.tags, s.queue, s.waiting_since as "waitingSince", s.open, s.snapshot, s.wake_at as "wakeAt", s.opened_at as "openedAt",
  s.last_activity_at as "lastActivityAt", s.closed_at as "closedAt", s.previous_id as "previousId"`;

export const ENTRY = `j.session_id as "sessionId", j.seq, j.at, j.kind, j.author, j.text, j.event_id as "eventId", j.payload,
  j.delivery_status as status, j.delivery_at as "deliveredAt", j.delivery_ref as ref, j.delivery_reason as reason`;

export const WORK = `o.session_id as "sessionId", o.serial, o.seq, o.kind, o.lane, o.type, o.payload, o.attempts, o.not_before as "notBefore", o.progress,
  o.moved_to as "movedTo"`;

export const APPROVAL = `a.id, a.session_id as "sessionId", a.tool, a.shown, a.fingerprint, a.approvers, a.asked_at as "askedAt", a.expires_at as "expiresAt",
  a.state, a.decided_by as by, a.decided_at as at, a.comment, a.ordinal::text, (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;

export const AGENT = `g.id, g.login, g.name, g.role, g.password_hash as "passwordHash", g.identity, g.disabled, g.created_at as "createdAt", g.version, g.skills, g.capacity`;

export const AGENT_STATE = `s.agent_id as "agentId", s.seen_at as "seenAt", s.away, s.assigned_at as "assignedAt"`;

export const INVITATION = `i.digest, i.role, i.agent_id as "agentId", i.invited_by as "invitedBy", i.expires_at as "expiresAt"`;

export const SIGN_IN = `n.id, n.agent_id as "agentId", n.number, n.digest, n.created_at as "createdAt", n.used_at as "usedAt", n.expires_at as "expiresAt",
  n.device, n.network`;

export const API_TOKEN = `k.id, k.name, k.digest, k.former, k.scopes, k.role, k.requests_per_minute as "requestsPerMinute", k.created_by as "createdBy",
  k.created_at as "createdAt", k.expires_at as "expiresAt", k.version, k.last_used_at as "lastUsedAt"`;

export const EXPIRING_RECORD = `e.kind, e.id, e.owner, e.version, e.content, e.created_at as "createdAt", e.expires_at as "expiresAt"`;
export const LIBRARY_ITEM = `l.id, l.kind, l.owner, l.name, l.content, l.changed_by as "changedBy", l.changed_at as "changedAt", l.version`;

export const MENTION = `m.id, m.agent_id as "agentId", m.session_id as "sessionId", m.by, m.at, m.seen_at as "seenAt"`;

export const PLACE = `p.endpoint_id as "endpointId", p.session_id as "sessionId", p.replay, p.done, p.up_to as "upTo", p.attempts,
  p.not_before as "notBefore"`;

export const AUDIT = `u.at, u.agent, u.kind, u.role, u.operation, u.effect, u.target, u.outcome, u.detail, u.network, u.ordinal::text`;

export function decodeSession(row: unknown): SessionRow {
  return row as SessionRow;
}

/** With the address that the caller gave. */
export function decodeLatest(row: unknown): { readonly requested: string; readonly session: SessionRow } {
  const { requested, ...session } = row as SessionRow & { readonly requested: string };
  return { requested, session };
}

export function decodeAddress(row: unknown): Address {
  return (row as { readonly address: Address }).address;
}

export function decodeMove(row: unknown): Move {
  return row as Move;
}

export function decodeCount(row: unknown): number {
  return (row as { readonly count: number }).count;
}

type EntryRow = Omit<JournalEntry, 'delivery'> & {
  readonly status: Delivery['status'] | null;
  readonly deliveredAt: number;
  readonly ref: string | null;
  readonly reason: string | null;
};

export function decodeEntry(row: unknown): JournalEntry {
  const { status, deliveredAt, ref, reason, ...entry } = row as EntryRow;
  if (status === null) return { ...entry, delivery: null };
  return { ...entry, delivery: { status, at: deliveredAt, ...(ref === null ? {} : { ref }), ...(reason === null ? {} : { reason }) } };
}

/** A search may return a row without a match. A profile is a match without an entry. */
export function decodeHit(row: unknown): { readonly candidates: number; readonly hit: Omit<SearchHit, 'isNear'> | undefined } {
  type HitRow = Partial<EntryRow> & { readonly candidates: number; readonly hitSession: SessionId | null; readonly hitAt: number };
  const { candidates, hitSession, hitAt, ...entry } = row as HitRow;
  if (hitSession === null) return { candidates, hit: undefined };
  return {
    candidates,
    hit: { sessionId: hitSession, at: hitAt, entry: (entry.sessionId ?? null) === null ? undefined : decodeEntry(entry) },
  };
}

export function decodeSearchPlace(row: unknown): { readonly session: string; readonly seq: number } {
  return row as ReturnType<typeof decodeSearchPlace>;
}

export function decodeWord(row: unknown): string {
  return (row as { readonly word: string }).word;
}

export function decodeWork(row: unknown): WorkItem {
  const { movedTo, ...item } = row as Omit<WorkItem, 'movedTo'> & { readonly movedTo: Address | null };
  return movedTo === null ? item : { ...item, movedTo };
}

export function decodePending(row: unknown): WorkItem & { readonly owner: string | null; readonly leaseUntil: number } {
  return decodeWork(row) as ReturnType<typeof decodePending>;
}

export function decodeKey(row: unknown): Pick<WorkItem, 'sessionId' | 'serial'> {
  return row as ReturnType<typeof decodeKey>;
}

export function decodeMovedMark(row: unknown): MovedMark {
  return row as MovedMark;
}

export function decodeValue(row: unknown): string {
  return (row as { readonly value: string }).value;
}

export function decodePing(row: unknown): { readonly time: number; readonly readOnly: boolean } {
  return row as { readonly time: number; readonly readOnly: boolean };
}

/**
 * `won` has the turns that won, counted from 1. `taken` has the question that found its event,
 * counted from 1, and the entry.
 */
export function decodeCommit(row: unknown): { won: readonly number[]; taken: readonly { question: number; seq: number }[] } {
  const { won, taken, seqs } = row as { won: number[] | null; taken?: number[] | null; seqs?: number[] | null };
  return { won: won ?? [], taken: (taken ?? []).map((question, index) => ({ question, seq: seqs?.[index] ?? 0 })) };
}

export function decodeDeadLetters(row: unknown): { readonly event: StoredDeadLetter; readonly ordinal: string } {
  const { ordinal, ...event } = row as StoredDeadLetter & { readonly ordinal: string };
  return { event, ordinal };
}

export function decodeHold(row: unknown): HoldChange {
  return row as HoldChange;
}

/** `content` is null for a file whose bytes are in its own row. */
export function decodeFound(row: unknown): { readonly row: FileRow; readonly content: string | null; readonly bytes?: Uint8Array } {
  const { content, bytes, ...file } = row as FileRow & { readonly content: string | null; readonly bytes: Buffer | null };
  return { row: file, content, ...(bytes === null ? {} : { bytes: new Uint8Array(bytes) }) };
}

export function decodeFinished(row: unknown): { readonly open: boolean; readonly kept: boolean } {
  return row as ReturnType<typeof decodeFinished>;
}

export function decodeBytes(row: unknown): Uint8Array {
  return new Uint8Array((row as { readonly bytes: Buffer }).bytes);
}

export function decodeUpload(row: unknown): Upload {
  const upload = row as Omit<Upload, 'bytes'> & { readonly bytes: Buffer };
  return { ...upload, bytes: new Uint8Array(upload.bytes) };
}

/** Counts by kind. A statement returns those that it has. */
export function decodeCounts(row: unknown): Expired {
  return row as Expired;
}

/** The columns of the entries are null if there are none. */
export function decodeUnindexed(row: unknown): Pick<UnindexedSession, 'session' | 'entries'> {
  type Columns = { readonly [K in 'seqs' | 'ats']: readonly number[] | null } & {
    readonly [K in 'kinds' | 'texts']: readonly string[] | null;
  };
  const { seqs, ats, kinds, texts, ...session } = row as SessionRow & Columns;
  const entries = (seqs ?? []).map((seq, index) => ({
    seq,
    at: ats?.[index] ?? 0,
    kind: kinds?.[index] ?? '',
    text: texts?.[index] ?? '',
  }));
  return { session, entries };
}

interface BalanceRow {
  readonly account: string;
  readonly spentTokens: number;
  readonly spentMoney: number;
  readonly heldTokens: number;
  readonly heldMoney: number;
}

export function decodeBalance(row: unknown): Balance {
  const { account, spentTokens, spentMoney, heldTokens, heldMoney } = row as BalanceRow;
  return {
    account,
    spent: { tokens: spentTokens, microDollars: spentMoney },
    reserved: { tokens: heldTokens, microDollars: heldMoney },
  };
}

/** A row for each existing account. One row without an account if there is none. */
export function decodeStands(rows: readonly unknown[]): {
  readonly settled: boolean;
  readonly complete: boolean;
  readonly fits: boolean;
  readonly balances: readonly Balance[];
} {
  const found = rows as readonly (Partial<BalanceRow> & {
    readonly settled: boolean;
    readonly complete: boolean;
    readonly fits: boolean;
  })[];
  const [{ settled, complete, fits } = { settled: false, complete: false, fits: false }] = found;
  return { settled, complete, fits, balances: found.filter(({ account }) => typeof account === 'string').map(decodeBalance) };
}

export function decodeSettled(row: unknown): { readonly complete: boolean; readonly known: number; readonly charged: number } {
  return row as ReturnType<typeof decodeSettled>;
}

type ApprovalRow = Omit<Approval, 'status' | 'decision'> & {
  readonly state: Exclude<Approval['status'], 'expired'>;
  readonly by: string | null;
  readonly at: number;
  readonly comment: string | null;
  readonly ordinal: string;
  readonly now: number;
};

export function decodeApproval(row: unknown): { readonly approval: Approval; readonly ordinal: string } {
  const { state, by, at, comment, ordinal, now, ...rest } = row as ApprovalRow;
  const decision = by === null ? null : { by, at, comment };
  return { approval: { ...rest, status: statusAt(state, rest.expiresAt, now), decision }, ordinal };
}

export function decodeAgent(row: unknown): AgentAccount {
  return row as AgentAccount;
}

export function decodeAgentState(row: unknown): AgentState {
  return row as AgentState;
}

export function decodeWait(row: unknown): number {
  return (row as { readonly ms: number }).ms;
}

export function decodeAgentWrite(row: unknown): { readonly stored: boolean; readonly allowed: boolean } {
  return row as ReturnType<typeof decodeAgentWrite>;
}

export function decodeInvitation(row: unknown): Invitation {
  return row as Invitation;
}

export function decodeSignIn(row: unknown): SignIn {
  return row as SignIn;
}

export function decodeRenewed(row: unknown): Renewed {
  const { next, reused } = row as { readonly next: number | null; readonly reused: boolean };
  return next ?? (reused ? 'reused' : 'unknown');
}

export function decodeLibraryItem(row: unknown): LibraryItem {
  return row as LibraryItem;
}

export function decodeStateCount(row: unknown): StateCount {
  return row as StateCount;
}

export function decodeExpiringRecord(row: unknown): ExpiringRecord {
  return row as ExpiringRecord;
}

export function decodeApiToken(row: unknown): StoredApiToken {
  return row as StoredApiToken;
}

export function decodeDeletion(row: unknown): 'deleted' | 'held' | 'open' {
  const { value } = row as { readonly value: 'deleted' | 'held' | 'open' };
  return value;
}

export function decodeEndpoint(row: unknown): EndpointRecord {
  const { document, health } = row as { readonly document: EndpointRecord['endpoint']; readonly health: EndpointRecord['health'] };
  return { endpoint: document, health };
}

export function decodePlace(row: unknown): Place {
  return row as Place;
}

export function decodeDelivery(row: unknown): DeliveryRecord {
  return (row as { readonly document: DeliveryRecord }).document;
}

export function decodeMention(row: unknown): Mention {
  return row as Mention;
}

export function decodeAudit(row: unknown): { readonly record: AuditRecord; readonly ordinal: string } {
  const { ordinal, ...record } = row as AuditRecord & { readonly ordinal: string };
  return { record, ordinal };
}

export function decodeRollupProgress(row: unknown): RollupProgress {
  return row as RollupProgress;
}

export function decodeRollupMark(row: unknown): RollupMark {
  return row as RollupMark;
}

export function decodeRollupId(row: unknown): SessionId {
  return (row as { readonly id: SessionId }).id;
}

export function decodeRollupSource(row: unknown): RollupSource {
  const { rolled, ...source } = row as Omit<RollupSource, 'rolled'> & { readonly rolled: RolledSession | null };
  return { ...source, rolled: rolled ?? undefined };
}

export function decodeRollupEntry(row: unknown): RollupEntry {
  return row as RollupEntry;
}

export function decodeRolledCustomer(row: unknown): RolledCustomer {
  return row as RolledCustomer;
}

export function decodeApplied(row: unknown): boolean {
  return (row as { readonly applied: number }).applied === 1;
}

export function decodeRollupSum(row: unknown): RollupSum {
  return row as RollupSum;
}

export function decodeListedSession(row: unknown): PlacedSession {
  return row as PlacedSession;
}

export function decodeSpanProgress(row: unknown): SpanProgress {
  return row as SpanProgress;
}
