import type { Delivery } from '#storage/port.ts';

/**
 * pending < sent < delivered < read. `failed` ends a message that was not yet delivered, and
 * nothing follows it.
 */
const RANK = { pending: 0, sent: 1, failed: 2, delivered: 2, read: 3 } as const satisfies Record<Delivery['status'], number>;

/**
 * Mark of a message after `next` was reported, which is further or unchanged. Providers report out
 * of order and more than once, so a mark that is not further is ignored and no error. Fields that
 * `next` lacks (the provider's id) stay.
 */
export function advance(current: Delivery | null, next: Delivery): Delivery {
  if (current === null) return next;
  if (current.status === 'failed' || RANK[next.status] <= RANK[current.status]) return current;
  return { ...(current.ref === undefined ? {} : { ref: current.ref }), ...next };
}
