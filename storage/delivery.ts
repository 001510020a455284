import type { Delivery } from '#storage/port.ts';

/** pending < sent < delivered < read. `failed` ends what was not yet delivered; nothing follows it. */
const RANK = { pending: 0, sent: 1, failed: 2, delivered: 2, read: 3 } as const satisfies Record<Delivery['status'], number>;

/**
 * Where a message's mark stands after `next` was reported: further, or where it was. Providers report out of order and
 * more than once, so anything that is not further is no error, it is ignored. What is not said anew (the provider's id) stays.
 */
export function advance(current: Delivery | null, next: Delivery): Delivery {
  if (current === null) return next;
  if (current.status === 'failed' || RANK[next.status] <= RANK[current.status]) return current;
  return { ...(current.ref === undefined ? {} : { ref: current.ref }), ...next };
}
