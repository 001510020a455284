/**
 * Expiring records in PostgreSQL.
 *
 * Invariant. A change is one statement that states the version before it. The row's lock lets one
 * of many callers through.
 */
import { checkExpiringRecord, type ExpiringRecords } from '#storage/expiring-records.ts';
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeExpiringRecord, EXPIRING_RECORD } from '#storage/postgres/decode.ts';

const GET = `select ${EXPIRING_RECORD} from expiring_records e where e.kind = $1 and e.id = $2 and e.expires_at > $3`;

const LIST = `
select ${EXPIRING_RECORD} from expiring_records e
where e.kind = $1 and e.expires_at > $2
order by e.created_at desc, e.id limit $3`;

const LIST_OWN = `
select ${EXPIRING_RECORD} from expiring_records e
where e.kind = $1 and e.owner = $2 and e.expires_at > $3
order by e.created_at desc, e.id limit $4`;

const INSERT = `
insert into expiring_records (kind, id, owner, version, content, created_at, expires_at) values ($1, $2, $3, 1, $4, $5, $6)
on conflict (kind, id) do update
set owner = excluded.owner, version = 1, content = excluded.content, created_at = excluded.created_at, expires_at = excluded.expires_at
where expiring_records.expires_at <= $7
returning 1`;

const UPDATE = `
update expiring_records set owner = $3, version = $4::int, content = $5, created_at = $6, expires_at = $7
where kind = $1 and id = $2 and version = $4::int - 1 and expires_at > $8
returning 1`;

const REMOVE = 'delete from expiring_records where kind = $1 and id = $2 returning 1';

const FORGET = `
with expired as (select kind, id from expiring_records where expires_at <= $1 order by expires_at limit $2 for update skip locked)
delete from expiring_records e using expired x where e.kind = x.kind and e.id = x.id returning 1`;

export function expiringRecordsOf(database: Database): ExpiringRecords {
  return {
    async expiringRecord(kind, id, now) {
      const [row] = await database.query('expiring-record', GET, [kind, storable(id), now]);
      return row === undefined ? undefined : decodeExpiringRecord(row);
    },

    async expiringRecords(kind, owner, limit, now) {
      const rows =
        owner === undefined
          ? await database.query('expiring-records', LIST, [kind, now, limit])
          : await database.query('expiring-records-own', LIST_OWN, [kind, storable(owner), now, limit]);
      return rows.map(decodeExpiringRecord);
    },

    async putExpiringRecord(record, now) {
      checkExpiringRecord(record);
      const { kind, id, owner, version, content, createdAt, expiresAt } = record;
      const [key, by, text] = [storable(id), storable(owner), JSON.stringify(content)];
      const rows =
        version === 1
          ? await database.query('expiring-record-new', INSERT, [kind, key, by, text, createdAt, expiresAt, now])
          : await database.query('expiring-record-next', UPDATE, [kind, key, by, version, text, createdAt, expiresAt, now]);
      return rows.length > 0;
    },

    async removeExpiringRecord(kind, id) {
      return (await database.query('expiring-record-remove', REMOVE, [kind, storable(id)])).length > 0;
    },

    async forgetExpiringRecords(now, limit) {
      return (await database.query('expiring-records-forget', FORGET, [now, limit])).length;
    },
  };
}
