import {
  APPROVAL_KEPT_MS,
  type Approval,
  type ApprovalStatus,
  type Approvals,
  checkApproval,
  mayDecide,
  statusAt,
} from '#storage/approvals.ts';
import { approvalCursor, checkedCursor } from '#storage/cursor.ts';

interface Kept {
  /** As JSON, so that a caller and the store never share an object. */
  readonly requested: string;
  readonly ordinal: number;
  readonly ttlMs: number;
  readonly state: Exclude<ApprovalStatus, 'expired'>;
  readonly expiresAt: number;
  readonly decision: Approval['decision'];
}

/**
 * Approvals of a store in memory, with the same answers as PostgreSQL's. Each call is one
 * synchronous step.
 */
export function memoryApprovals(now: () => number = Date.now): Approvals {
  const kept = new Map<string, Kept>();
  let ordinal = 0;

  function toApproval({ requested, state, expiresAt, decision }: Kept): Approval {
    return { ...decode(requested), status: statusAt(state, expiresAt, now()), expiresAt, decision };
  }

  return {
    async ask(request) {
      checkApproval(request);
      for (const [id, { expiresAt }] of kept) if (expiresAt + APPROVAL_KEPT_MS <= now()) kept.delete(id);
      const before = kept.get(request.id);
      if (before !== undefined) return toApproval(before);
      ordinal += 1;
      const askedAt = now();
      const { ttlMs, ...requested } = request;
      const approval: Kept = {
        requested: JSON.stringify({ ...requested, askedAt }),
        ordinal,
        ttlMs,
        state: 'open',
        expiresAt: askedAt + ttlMs,
        decision: null,
      };
      kept.set(request.id, approval);
      return toApproval(approval);
    },

    async decide(id, by, approved, comment) {
      const found = kept.get(id);
      if (found === undefined) return { ok: false, reason: 'unknown' };
      const approval = toApproval(found);
      if (!mayDecide(approval, by)) return { ok: false, reason: 'not allowed', approval };
      if (approval.status !== 'open') return { ok: false, reason: 'not open', approval };
      const decided: Kept = {
        ...found,
        state: approved ? 'approved' : 'denied',
        expiresAt: now() + found.ttlMs,
        decision: { by: by.agent, at: now(), comment },
      };
      kept.set(id, decided);
      return { ok: true, approval: toApproval(decided) };
    },

    async use(id, fingerprint) {
      const found = kept.get(id);
      if (found === undefined) return false;
      const approval = toApproval(found);
      if (approval.status !== 'approved' || approval.fingerprint !== fingerprint) return false;
      kept.set(id, { ...found, state: 'used' });
      return true;
    },

    async get(id) {
      const found = kept.get(id);
      return found === undefined ? undefined : toApproval(found);
    },

    async open(limit, cursor) {
      const after = Number(checkedCursor(approvalCursor, cursor) ?? 0);
      const found = [...kept.values()].filter((one) => one.ordinal > after && toApproval(one).status === 'open');
      const items = found.slice(0, limit);
      return { items: items.map(toApproval), next: found.length > limit ? String(items.at(-1)?.ordinal) : null };
    },

    async openOf(sessionId) {
      return [...kept.values()].map(toApproval).filter((one) => one.sessionId === sessionId && one.status === 'open');
    },
  };
}

function decode(text: string): Omit<Approval, 'status' | 'expiresAt' | 'decision'> {
  return JSON.parse(text) as ReturnType<typeof decode>;
}
