/** Counts in Redis, a hash for each partition, which scripts/commit.lua keeps with the sessions. */
import * as z from 'zod';
import type { SessionRow } from '#storage/port.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { reading } from '#storage/redis/decode.ts';
import { partitionKeys } from '#storage/redis/keys.ts';
import { PARTITIONS } from '#storage/redis/partitions.ts';
import type { StateCount, StateCounts } from '#storage/state-counts.ts';

const counted = z.record(z.string(), z.coerce.number());
const field = z.tuple([z.string(), z.number(), z.string()]);

/** The field of the hash in which a session is counted. Empty for a closed one, which is not. */
export function countedAs({ machineId, machineVersion, state, open }: SessionRow): string {
  return open ? JSON.stringify([machineId, machineVersion, state]) : '';
}

export function stateCountsOf(connection: Connection): StateCounts {
  return {
    async stateCounts() {
      const hashes = await Promise.all(PARTITIONS.map((partition) => connection.call('hgetall', partitionKeys(partition).counts)));
      const sums = new Map<string, number>();
      for (const hash of hashes) {
        const counts = reading('state counts', () => counted.parse(hash));
        for (const [name, sessions] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + sessions);
      }
      return [...sums].map(([name, sessions]): StateCount => {
        const [machineId, machineVersion, state] = reading('state count', () => field.parse(JSON.parse(name)));
        return { machineId, machineVersion, state, sessions };
      });
    },
  };
}
