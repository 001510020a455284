/**
 * Approvals port, for actions that a human has to allow first. An approval is requested once,
 * decided once by an authorised person, and used once. The store decides each of these steps, so
 * none happens twice under concurrent attempts, and all survive a restart. Each store has one
 * (`StoreLifecycle.approvals`).
 *
 * open → approved → used, open → denied, and open or approved → expired by the store's clock. Times
 * are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Page } from '#storage/port.ts';

/** Each may do what those before it may. */
export const ROLES = ['agent', 'supervisor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A person of this role or a higher one, or this one person whatever their role. */
export type Approver = { readonly role: Role } | { readonly agent: string };

export interface ApprovalRequest {
  /**
   * Caller's own id. A repeated request, as after a crash, is the same approval. 1 to 200
   * characters.
   */
  readonly id: string;
  readonly sessionId: SessionId;
  readonly tool: string;
  /** What the deciding humans see of the call, without secrets. */
  readonly shown: Json;
  /** Fingerprint of what is allowed. An approval is used only with the same one. */
  readonly fingerprint: string;
  /** Any one of them decides. 1 to 20. */
  readonly approvers: readonly Approver[];
  /** How long it is open, and, once approved, how long it can be used. */
  readonly ttlMs: number;
}

export type ApprovalStatus = 'open' | 'approved' | 'denied' | 'used' | 'expired';

export interface Approval extends Omit<ApprovalRequest, 'ttlMs'> {
  readonly status: ApprovalStatus;
  readonly askedAt: number;
  /** When it expires, or expired, unless it is decided or used before. */
  readonly expiresAt: number;
  readonly decision: { readonly by: string; readonly at: number; readonly comment: string | null } | null;
}

/** Deciding person, as the caller has verified it. */
export interface Decider {
  readonly agent: string;
  readonly role: Role;
}

export type Decided =
  | { readonly ok: true; readonly approval: Approval }
  | { readonly ok: false; readonly reason: 'unknown' }
  /**
   * `not allowed` means that another person has to decide. `not open` means that it was decided or
   * expired, which its status shows.
   */
  | { readonly ok: false; readonly reason: 'not allowed' | 'not open'; readonly approval: Approval };

export interface Approvals {
  /** Opens an approval, or returns the existing one of this id, whatever its status. */
  ask(request: ApprovalRequest): Promise<Approval>;
  decide(id: string, by: Decider, approved: boolean, comment: string | null): Promise<Decided>;
  /** True for exactly one caller, which must now do what was approved. */
  use(id: string, fingerprint: string): Promise<boolean>;
  get(id: string): Promise<Approval | undefined>;
  /** Open approvals, oldest first. */
  open(limit: number, cursor?: string): Promise<Page<Approval>>;
  /** Open approvals of one session, oldest first. It has as many as it has runs at work. */
  openOf(sessionId: SessionId): Promise<readonly Approval[]>;
}

/** How long an approval is kept after it has expired, whatever became of it. 30 days. */
export const APPROVAL_KEPT_MS = 30 * 86_400_000;

export function mayDecide({ approvers }: Pick<Approval, 'approvers'>, { agent, role }: Decider): boolean {
  return approvers.some((approver) =>
    'agent' in approver ? approver.agent === agent : ROLES.indexOf(role) >= ROLES.indexOf(approver.role),
  );
}

/** What a stored state means at a time. */
export function statusAt(state: Exclude<ApprovalStatus, 'expired'>, expiresAt: number, now: number): ApprovalStatus {
  return (state === 'open' || state === 'approved') && expiresAt <= now ? 'expired' : state;
}

/** Throws `InvalidInput`. */
export function checkApproval({ id, tool, fingerprint, approvers, ttlMs }: ApprovalRequest): void {
  for (const [name, text] of Object.entries({ id, tool, fingerprint }))
    if (!/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(text))
      throw new InvalidInput(`${name}: 1 to 200 characters are expected, none of them a control`);
  if (approvers.length === 0 || approvers.length > 20)
    throw new InvalidInput('approvers: expected 1 to 20, since otherwise no person may decide');
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0 || ttlMs > 31_536_000_000)
    throw new InvalidInput('ttlMs: whole milliseconds are expected, at most a year of them');
}
