import { type AuditRecord, type AuditTrail, storableAudit } from '#storage/audit-trail.ts';
import { auditCursor, checkedCursor } from '#storage/cursor.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import type { Database } from '#storage/postgres/database.ts';
import { AUDIT, decodeAudit, decodeCount } from '#storage/postgres/decode.ts';

const COLUMNS: readonly Column<AuditRecord>[] = [
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'agent', type: 'text', of: ({ agent }) => agent },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'role', type: 'text', of: ({ role }) => role },
  { name: 'operation', type: 'text', of: ({ operation }) => operation },
  { name: 'effect', type: 'text', of: ({ effect }) => effect },
  { name: 'target', type: 'text', of: ({ target }) => target },
  { name: 'outcome', type: 'text', of: ({ outcome }) => outcome },
  { name: 'detail', type: 'text', of: ({ detail }) => detail },
  { name: 'network', type: 'text', of: ({ network }) => network },
];
const NAMES = COLUMNS.map(({ name }) => name).join(', ');

const APPEND = numbered(`insert into audit (${NAMES}) select ${NAMES} from ${unnest(COLUMNS, 't', 'n')} order by n`);

const LIST = `
select ${AUDIT} from audit u
where u.ordinal < $1 and ($2::text is null or u.agent = $2) and ($3::text is null or u.operation = $3)
  and ($4::text is null or u.target = $4) and ($5::text is null or u.effect = $5)
  and ($6::bigint is null or u.at >= $6) and ($7::bigint is null or u.at < $7)
order by u.ordinal desc limit $8`;

const COUNT = 'select count(*)::int as count from audit where at < $1';

const FORGET = `
delete from audit where ordinal in (select ordinal from audit where at < $1 order by at limit $2 for update skip locked) returning 1`;

export function auditTrailOf(database: Database): AuditTrail {
  return {
    async appendAudit(records) {
      if (records.length > 0) await database.query('audit-append', APPEND, parameters(COLUMNS, records.map(storableAudit)));
    },

    async audit({ agent, operation, target, effect, from, to }, limit, cursor) {
      const before = checkedCursor(auditCursor, cursor) ?? '9223372036854775807';
      const given = [agent, operation, target, effect, from, to].map((value) => value ?? null);
      const found = (await database.query('audit', LIST, [before, ...given, limit + 1], 'long')).map(decodeAudit);
      const items = found.slice(0, limit);
      return { items: items.map(({ record }) => record), next: found.length > limit ? (items.at(-1)?.ordinal ?? null) : null };
    },

    async countAudit(before) {
      const [row] = await database.query('audit-count', COUNT, [before], 'long');
      return decodeCount(row);
    },

    async forgetAudit(before, limit) {
      return (await database.query('audit-forget', FORGET, [before, limit], 'long')).length;
    },
  };
}
