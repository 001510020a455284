/**
 * The approvals port: what a human has to allow before it is done. An approval is asked for once, decided once, by somebody who may, and used
 * once; each of these is decided by the store, so none happens twice however many try at the same time, and all of them survive a restart.
 * Each store has one (`StoreLifecycle.approvals`).
 *
 * open → approved → used; open → denied; and open or approved → expired, by the store's clock. Times are milliseconds since the
 * epoch. Failures to reach the store are `Unavailable`.
 */
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Page } from '#storage/port.ts';

/** Each may do what those before it may. */
export const ROLES = ['agent', 'supervisor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody of this role or a higher one, or this one person whatever their role. */
export type Approver = { readonly role: Role } | { readonly agent: string };

export interface ApprovalRequest {
  /** The caller's own: asked for again, as after a crash, it is the same approval. 1 to 200 characters. */
  readonly id: string;
  readonly sessionId: SessionId;
  readonly tool: string;
  /** What those who decide get to see of the call: without secrets. */
  readonly shown: Json;
  /** What exactly is allowed: an approval is used only with the same one. */
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

/** Who decides: known to the caller, not claimed by whoever asks. */
export interface Decider {
  readonly agent: string;
  readonly role: Role;
}

export type Decided =
  | { readonly ok: true; readonly approval: Approval }
  | { readonly ok: false; readonly reason: 'unknown' }
  /** `not allowed`: somebody else has to. `not open`: it was decided, or its time is over; its status says which. */
  | { readonly ok: false; readonly reason: 'not allowed' | 'not open'; readonly approval: Approval };

export interface Approvals {
  /** Opens it, unless it was asked for before: that one is answered, however it stands. */
  ask(request: ApprovalRequest): Promise<Approval>;
  decide(id: string, by: Decider, approved: boolean, comment: string | null): Promise<Decided>;
  /** True for exactly one caller: what was approved is to be done now, by them. */
  use(id: string, fingerprint: string): Promise<boolean>;
  get(id: string): Promise<Approval | undefined>;
  /** Those that wait for somebody, oldest first. */
  open(limit: number, cursor?: string): Promise<Page<Approval>>;
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
  if (approvers.length === 0 || approvers.length > 20) throw new InvalidInput('approvers: 1 to 20 are expected, else nobody may decide');
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0 || ttlMs > 31_536_000_000)
    throw new InvalidInput('ttlMs: whole milliseconds are expected, at most a year of them');
}
