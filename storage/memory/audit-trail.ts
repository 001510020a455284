import { type AuditRecord, type AuditTrail, matchesAudit, storableAudit } from '#storage/audit-trail.ts';
import { auditCursor, checkedCursor } from '#storage/cursor.ts';

/** Audit trail of a store in memory, with the same answers as PostgreSQL's. */
export function memoryAuditTrail(): AuditTrail {
  let kept: { readonly number: number; readonly record: AuditRecord }[] = [];
  let number = 0;

  return {
    async appendAudit(records) {
      for (const record of records) {
        number += 1;
        kept.push({ number, record: storableAudit(record) });
      }
    },

    async audit(filter, limit, cursor) {
      const before = Number(checkedCursor(auditCursor, cursor) ?? Number.MAX_SAFE_INTEGER);
      const found = kept.toReversed().filter((one) => one.number < before && matchesAudit(one.record, filter));
      const items = found.slice(0, limit);
      return { items: items.map(({ record }) => record), next: found.length > limit ? String(items.at(-1)?.number) : null };
    },

    async countAudit(before) {
      return kept.filter(({ record }) => record.at < before).length;
    },

    async forgetAudit(before, limit) {
      const forgotten = new Set(kept.filter(({ record }) => record.at < before).slice(0, limit));
      kept = kept.filter((one) => !forgotten.has(one));
      return forgotten.size;
    },
  };
}
