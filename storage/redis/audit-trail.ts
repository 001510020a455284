/** Audit trail in Redis. There is no index. A search reads the entries from the newest on. */
import * as z from 'zod';
import { type AuditRecord, type AuditTrail, auditRecordSchema, matchesAudit, storableAudit } from '#storage/audit-trail.ts';
import { auditCursor, checkedCursor } from '#storage/cursor.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { AUDIT_KEY, AUDIT_NUMBER_KEY } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

/** Entries that are read at a time. */
const STEP = 500;

interface Numbered {
  readonly number: number;
  readonly record: AuditRecord;
}

export function auditTrailOf(connection: Connection): AuditTrail {
  return {
    async appendAudit(records) {
      if (records.length === 0) return;
      const documents = records.map((record) => JSON.stringify(storableAudit(record)));
      await connection.run(SCRIPTS.appendAudit, [AUDIT_KEY, AUDIT_NUMBER_KEY], documents);
    },

    async audit(filter, limit, cursor) {
      const found: Numbered[] = [];
      let below = checkedCursor(auditCursor, cursor) ?? '+inf';
      while (found.length <= limit) {
        const range = [below === '+inf' ? below : `(${below}`, '-inf', 'byscore', 'rev', 'limit', 0, STEP];
        const entries = decodeTexts(await connection.call('zrange', AUDIT_KEY, ...range)).map(decodeEntry);
        found.push(...entries.filter(({ record }) => matchesAudit(record, filter)));
        const last = entries.at(-1);
        if (last === undefined || entries.length < STEP) break;
        below = String(last.number);
      }
      const items = found.slice(0, limit);
      return { items: items.map(({ record }) => record), next: found.length > limit ? String(items.at(-1)?.number) : null };
    },

    async countAudit(before) {
      let count = 0;
      for (let from = 0; ; from += STEP) {
        const entries = decodeTexts(await connection.call('zrange', AUDIT_KEY, from, from + STEP - 1)).map(decodeEntry);
        const old = entries.filter(({ record }) => record.at < before).length;
        count += old;
        // Instances append at almost the same time, so the entries are almost in the order of time.
        if (entries.length < STEP || old === 0) return count;
      }
    },

    async forgetAudit(before, limit) {
      const members = decodeTexts(await connection.call('zrange', AUDIT_KEY, 0, Math.max(0, limit - 1)));
      const old = limit > 0 ? members.filter((member) => decodeEntry(member).record.at < before) : [];
      return old.length === 0 ? 0 : decodeCount(await connection.call('zrem', AUDIT_KEY, ...old));
    },
  };
}

/** The number, a space and the document. */
function decodeEntry(member: string): Numbered {
  return reading('audit entry', () => {
    const space = member.indexOf(' ');
    return {
      number: z.coerce.number().int().parse(member.slice(0, space)),
      record: auditRecordSchema.parse(JSON.parse(member.slice(space + 1))),
    };
  });
}
