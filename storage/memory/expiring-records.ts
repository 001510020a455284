import { checkExpiringRecord, type ExpiringRecord, type ExpiringRecords } from '#storage/expiring-records.ts';

/** Expiring records of a store in memory, with the same answers as PostgreSQL's. */
export function memoryExpiringRecords(): ExpiringRecords {
  const kept = new Map<string, ExpiringRecord>();
  const keyOf = ({ kind, id }: Pick<ExpiringRecord, 'kind' | 'id'>): string => `${kind} ${id}`;
  const alive = (record: ExpiringRecord | undefined, now: number): record is ExpiringRecord =>
    record !== undefined && record.expiresAt > now;

  return {
    async expiringRecord(kind, id, now) {
      const record = kept.get(keyOf({ kind, id }));
      return alive(record, now) ? structuredClone(record) : undefined;
    },

    async expiringRecords(kind, owner, limit, now) {
      const found = [...kept.values()].filter(
        (record) => record.kind === kind && alive(record, now) && (owner === undefined || record.owner === owner),
      );
      return structuredClone(found.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)).slice(0, limit));
    },

    async putExpiringRecord(record, now) {
      checkExpiringRecord(record);
      const key = keyOf(record);
      const before = kept.get(key);
      const fits = record.version === 1 ? !alive(before, now) : alive(before, now) && before.version === record.version - 1;
      if (fits) kept.set(key, structuredClone(record));
      return fits;
    },

    async removeExpiringRecord(kind, id) {
      return kept.delete(keyOf({ kind, id }));
    },

    async forgetExpiringRecords(now, limit) {
      const expired = [...kept].filter(([, record]) => !alive(record, now)).slice(0, limit);
      for (const [key] of expired) kept.delete(key);
      return expired.length;
    },
  };
}
