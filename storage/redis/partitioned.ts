/**
 * Spreads calls over slots. In a cluster the keys of one call must share a slot, so there is a call
 * a partition. On one server a call takes all its items, whatever the partition.
 */
import type { Connection } from '#storage/redis/connection.ts';
import { decodePeek } from '#storage/redis/decode.ts';
import { PARTITIONS } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

/**
 * Most items in one call. Redis does nothing else meanwhile. 64 turns take about two milliseconds,
 * and larger calls are no faster.
 */
const CALL_SIZE = 64;

/** Groups of what may go in one call, each item in one of them. */
export function calls<T>(connection: Connection, items: readonly T[], partition: (item: T) => number): T[][] {
  const groups = connection.clustered ? [...Map.groupBy(items, partition).values()] : [[...items]];
  return groups.flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / CALL_SIZE) }, (_, index) => group.slice(index * CALL_SIZE, (index + 1) * CALL_SIZE)),
  );
}

/** Counts, by partition index, the earliest `limit` entries that are due by `now`. */
export async function dueByPartition(
  connection: Connection,
  index: (partition: number) => string,
  now: number,
  limit: number,
): Promise<{ readonly partition: number; readonly count: number }[]> {
  const groups = calls(connection, PARTITIONS, (partition) => partition);
  const found = await Promise.all(
    groups.map(async (partitions) => {
      const peeked = decodePeek(await connection.run(SCRIPTS.peek, partitions.map(index), [now, limit]));
      return peeked.map(({ key, time }) => ({ partition: partitions[key - 1] ?? 0, time }));
    }),
  );
  const earliest = found
    .flat()
    .sort((a, b) => a.time - b.time)
    .slice(0, limit);
  return [...Map.groupBy(earliest, ({ partition }) => partition)].map(([partition, { length }]) => ({ partition, count: length }));
}
