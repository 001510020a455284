/**
 * Expiring records in Redis. There are few, so all are in one slot of a cluster, and each change is
 * one script call.
 */
import { checkExpiringRecord, type ExpiringRecord, type ExpiringRecords, expiringRecordSchema } from '#storage/expiring-records.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { EXPIRING_RECORDS_KEY } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

const KEYS = [EXPIRING_RECORDS_KEY];

export function expiringRecordsOf(connection: Connection): ExpiringRecords {
  const all = async (now: number): Promise<readonly ExpiringRecord[]> =>
    decodeTexts(await connection.call('hvals', EXPIRING_RECORDS_KEY))
      .map(decodeRecord)
      .filter(({ expiresAt }) => expiresAt > now);

  return {
    async expiringRecord(kind, id, now) {
      const text = await connection.call('hget', EXPIRING_RECORDS_KEY, `${kind} ${id}`);
      const record = typeof text === 'string' ? decodeRecord(text) : undefined;
      return record !== undefined && record.expiresAt > now ? record : undefined;
    },

    async expiringRecords(kind, owner, limit, now) {
      return (await all(now))
        .filter((record) => record.kind === kind && (owner === undefined || record.owner === owner))
        .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },

    async putExpiringRecord(record, now) {
      checkExpiringRecord(record);
      const { kind, id, version } = record;
      const args = [`${kind} ${id}`, version, now, JSON.stringify(record)];
      return decodeCount(await connection.run(SCRIPTS.putExpiringRecord, KEYS, args)) > 0;
    },

    async removeExpiringRecord(kind, id) {
      return decodeCount(await connection.call('hdel', EXPIRING_RECORDS_KEY, `${kind} ${id}`)) > 0;
    },

    async forgetExpiringRecords(now, limit) {
      return decodeCount(await connection.run(SCRIPTS.forgetExpiringRecords, KEYS, [now, limit]));
    },
  };
}

function decodeRecord(text: string): ExpiringRecord {
  return reading('expiring record', () => expiringRecordSchema.parse(JSON.parse(text)));
}
