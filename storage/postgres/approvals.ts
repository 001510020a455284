/**
 * Approvals in PostgreSQL.
 *
 * Invariants
 * 1. Each step is one update of one row that states the old status. The row's lock lets one of many
 *    callers through.
 * 2. Approvers never change after the request, so they are checked before.
 */
import { APPROVAL_KEPT_MS, type Approval, type ApprovalRequest, type Approvals, checkApproval, mayDecide } from '#storage/approvals.ts';
import { approvalCursor, checkedCursor } from '#storage/cursor.ts';
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { APPROVAL, decodeApproval } from '#storage/postgres/decode.ts';
import { NOW } from '#storage/postgres/now.ts';

/** Also deletes a few expired ones, as many as are created. */
const ASK = `
with clock as materialized (
  select ${NOW} as now
), dropped as (
  delete from approvals where id in (
    select a.id from approvals a, clock c where a.expires_at <= c.now - ${APPROVAL_KEPT_MS} and a.id <> $1
    order by a.expires_at limit 4 for update of a skip locked
  )
)
insert into approvals (id, session_id, tool, shown, fingerprint, approvers, ttl_ms, asked_at, expires_at)
select $1, $2, $3, $4, $5, $6, $7::bigint, c.now, c.now + $7::bigint from clock c
on conflict (id) do nothing`;

const GET = `select ${APPROVAL} from approvals a where a.id = $1`;

const DECIDE = `
update approvals a set state = case when $2::boolean then 'approved' else 'denied' end,
  decided_by = $3, decided_at = ${NOW}, comment = $4, expires_at = ${NOW} + a.ttl_ms
where a.id = $1 and a.state = 'open' and a.expires_at > ${NOW}
returning ${APPROVAL}`;

const USE = `
update approvals set state = 'used'
where id = $1 and fingerprint = $2 and state = 'approved' and expires_at > ${NOW}
returning 1`;

const OPEN = `
select ${APPROVAL} from approvals a
where a.state = 'open' and a.ordinal > $1 and a.expires_at > ${NOW} order by a.ordinal limit $2`;

/** Reads the index of open approvals, of which there are few. */
const OPEN_OF = `
select ${APPROVAL} from approvals a
where a.state = 'open' and a.session_id = $1 and a.expires_at > ${NOW} order by a.ordinal`;

export function approvalsOf(database: Database): Approvals {
  async function get(id: string): Promise<Approval | undefined> {
    const [row] = await database.query('approval', GET, [id]);
    return row === undefined ? undefined : decodeApproval(row).approval;
  }

  async function ask(request: ApprovalRequest): Promise<Approval> {
    checkApproval(request);
    const { id, sessionId, tool, shown, fingerprint, approvers, ttlMs } = request;
    const [what, who] = [shown, approvers].map((document) => JSON.stringify(document));
    await database.query('approval-ask', ASK, [id, sessionId, tool, what, fingerprint, who, ttlMs]);
    // It may have been deleted just now because it had expired. Then it is requested again.
    return (await get(id)) ?? ask(request);
  }

  return {
    get,

    ask,

    async decide(id, by, approved, comment) {
      const approval = await get(id);
      if (approval === undefined) return { ok: false, reason: 'unknown' };
      if (!mayDecide(approval, by)) return { ok: false, reason: 'not allowed', approval };
      const remark = comment === null ? null : storable(comment);
      const [row] = await database.query('approval-decide', DECIDE, [id, approved, storable(by.agent), remark]);
      if (row !== undefined) return { ok: true, approval: decodeApproval(row).approval };
      const now = await get(id);
      return now === undefined ? { ok: false, reason: 'unknown' } : { ok: false, reason: 'not open', approval: now };
    },

    async use(id, fingerprint) {
      return (await database.query('approval-use', USE, [id, fingerprint])).length === 1;
    },

    async open(limit, cursor) {
      const found = (await database.query('approvals-open', OPEN, [checkedCursor(approvalCursor, cursor) ?? 0, limit + 1])).map(
        decodeApproval,
      );
      const items = found.slice(0, limit);
      return { items: items.map(({ approval }) => approval), next: found.length > limit ? (items.at(-1)?.ordinal ?? null) : null };
    },

    async openOf(sessionId) {
      return (await database.query('approvals-open-of', OPEN_OF, [sessionId])).map((row) => decodeApproval(row).approval);
    },
  };
}
