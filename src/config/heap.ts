/**
 * How many of each kind of thing the heap may hold. Without these bounds, a process with a small
 * heap ends under a load that a bigger one does not notice. `docs/runbook.md` has what each takes.
 * The web channel bounds its streams in the same way.
 */

/**
 * What a connection may take of the heap, in bytes. An idle one takes 2 KB, and a request under way
 * takes more.
 */
const CONNECTION_BYTES = 20_000;

/** What a session in the cache may take, in bytes. One of three exchanges takes 28 KB. */
const SESSION_BYTES = 40_000;

/** What half of the heap holds, and no more than most systems give file descriptors. */
export function connectionsWithin(heapBytes: number): number {
  return Math.max(500, Math.min(20_000, Math.floor(heapBytes / 2 / CONNECTION_BYTES)));
}

/** What a quarter of the heap holds. More than 5,000 save little, because Redis has copies too. */
export function cachedSessionsWithin(heapBytes: number): number {
  return Math.max(100, Math.min(5_000, Math.floor(heapBytes / 4 / SESSION_BYTES)));
}
