/**
 * Approvals in Redis. There are few of them, so all are in one slot of a cluster, and each step is
 * one script call. They expire by themselves, long after they can be decided or used.
 */
import { StatechatError } from '#machines/errors.ts';
import { APPROVAL_KEPT_MS, type Approval, type ApprovalRequest, type Approvals, checkApproval, mayDecide } from '#storage/approvals.ts';
import { approvalCursor, checkedCursor } from '#storage/cursor.ts';
import type { Page } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeList } from '#storage/redis/decode.ts';
import { decodeApproval, encodeApproval } from '#storage/redis/decode-approval.ts';
import { APPROVAL_NUMBER_KEY, approvalKey, OPEN_APPROVALS_KEY, openApprovalsOfKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

/** Most open approvals of one session. It has as many as it has runs at work. */
const MOST_OF_ONE = 200;

export function approvalsOf(connection: Pick<Connection, 'run'>): Approvals {
  async function get(id: string): Promise<Approval | undefined> {
    return decodeApproval(await connection.run(SCRIPTS.getApproval, [approvalKey(id)], []))?.approval;
  }

  async function ask(request: ApprovalRequest): Promise<Approval> {
    checkApproval(request);
    const keys = [approvalKey(request.id), OPEN_APPROVALS_KEY, APPROVAL_NUMBER_KEY, openApprovalsOfKey(request.sessionId)];
    const args = [encodeApproval(request), request.ttlMs, APPROVAL_KEPT_MS, request.fingerprint];
    const kept = decodeApproval(await connection.run(SCRIPTS.askApproval, keys, args));
    if (kept === undefined) throw new StatechatError('defect', 'An approval that was just requested is missing.', { expose: false });
    return kept.approval;
  }

  async function open(limit: number, cursor?: string): Promise<Page<Approval>> {
    const after = checkedCursor(approvalCursor, cursor) ?? '0';
    const rows = decodeList(await connection.run(SCRIPTS.openApprovals, [OPEN_APPROVALS_KEY], [after, limit + 1]));
    const found = rows.flatMap((row) => decodeApproval(row) ?? []);
    const items = found.slice(0, limit);
    return { items: items.map(({ approval }) => approval), next: found.length > limit ? (items.at(-1)?.number ?? null) : null };
  }

  return {
    get,

    ask,

    open,

    async decide(id, by, approved, comment) {
      const approval = await get(id);
      if (approval === undefined) return { ok: false, reason: 'unknown' };
      if (!mayDecide(approval, by)) return { ok: false, reason: 'not allowed', approval };
      const args = [approved ? 'approved' : 'denied', JSON.stringify(by.agent), JSON.stringify(comment), APPROVAL_KEPT_MS];
      const keys = [approvalKey(id), OPEN_APPROVALS_KEY, openApprovalsOfKey(approval.sessionId)];
      const ok = decodeCount(await connection.run(SCRIPTS.decideApproval, keys, args)) === 1;
      const now = await get(id);
      if (now === undefined) return { ok: false, reason: 'unknown' };
      return ok ? { ok, approval: now } : { ok, reason: 'not open', approval: now };
    },

    async use(id, fingerprint) {
      return decodeCount(await connection.run(SCRIPTS.useApproval, [approvalKey(id)], [fingerprint])) === 1;
    },

    async openOf(sessionId) {
      const rows = decodeList(await connection.run(SCRIPTS.openApprovals, [openApprovalsOfKey(sessionId)], ['0', MOST_OF_ONE]));
      return rows.flatMap((row) => decodeApproval(row)?.approval ?? []);
    },
  };
}
