/**
 * Partitions. What a turn decides (its row, the chain of sessions at its address, journal, event
 * ids, work) and the indexes over it (due times, free work, listings) must change together, so they
 * must be in one slot of a cluster. An index per address would find nothing, and one for all
 * addresses would be in another slot, so a timer could be committed and its index entry lost. So an
 * address belongs to one of 64 partitions, the partition is the hash tag, and each partition has its
 * own indexes. A query for due sessions reads all partitions.
 */

/**
 * One tag a partition, chosen so that partition p has slots p·256 to p·256 + 255, which spread
 * evenly over any number of nodes. There are 64, because each is polled for due timers four times a
 * second, and conversations never need a cluster of more than a few dozen primaries. This is the
 * layout of stored data, and changing it loses what is stored.
 */
const TAGS = [
  10, 18, 113, 342, 29, 21, 3, 122, 69, 61, 72, 162, 50, 58, 153, 43, 11, 19, 112, 343, 28, 20, 2, 123, 68, 60, 73, 163, 51, 59, 152, 42,
  12, 102, 111, 119, 133, 23, 1, 9, 173, 63, 70, 78, 52, 142, 49, 41, 13, 103, 110, 118, 132, 22, 0, 8, 172, 62, 71, 79, 53, 143, 48, 40,
] as const;

export const PARTITIONS: readonly number[] = TAGS.map((_, partition) => partition);

/** FNV-1a over the UTF-16 units. It is stable for ever, even for short keys. */
export function partitionOf(address: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < address.length; index += 1) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
  // The low bits of FNV are its weak ones.
  return ((hash ^ (hash >>> 16)) >>> 0) % TAGS.length;
}

/** The hash tag of the keys of a partition. */
export function tagOf(partition: number): string {
  return `{${TAGS[partition]}}`;
}
