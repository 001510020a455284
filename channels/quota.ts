/**
 * Quotas count calls against a provider's limits. An adapter takes a slot of every limit before it
 * makes a call. One instance counts in memory. Instances that share an account need a shared
 * quota, which the host provides.
 */

export interface QuotaLimit {
  readonly key: string;
  readonly slots: number;
  readonly windowMs: number;
  /**
   * What the provider limits. `peer` is the calls to one customer or group, which one instance at a
   * time makes. `account` is all calls, so that instances which cannot count together each take a
   * share of the slots.
   */
  readonly of: 'peer' | 'account';
}

/**
 * `done` must be called when the call that the slots were taken for has ended, however it ended.
 */
export type SlotOrWait = { readonly done: (now: number) => void } | { readonly waitMs: number };

export interface Quota {
  /**
   * Takes one slot of every limit. If one limit has none left, it takes nothing and returns after
   * how many milliseconds to try again.
   */
  take(limits: readonly QuotaLimit[], now: number): Promise<SlotOrWait> | SlotOrWait;
}

/** How soon to ask again for a slot that a call in flight has, in milliseconds. */
const IN_FLIGHT_MS = 50;

interface Slot {
  /** When the call ended. Infinity while it has not. */
  endedAt: number;
}

/**
 * A quota of one instance, as a sliding window. It is exact over any interval, where a fixed window
 * lets twice the limit through at its edges. A slot is in use until the window after the end of its
 * call. However long calls take to arrive, the provider sees no more of them in a window.
 */
export class MemoryQuota implements Quota {
  private readonly used = new Map<string, { readonly windowMs: number; readonly log: Slot[] }>();
  private takes = 0;

  take(limits: readonly QuotaLimit[], now: number): SlotOrWait {
    if (++this.takes % 1_000 === 0) this.sweep(now);
    const logs = limits.map((limit) => {
      const log = (this.used.get(limit.key)?.log ?? []).filter(({ endedAt }) => endedAt > now - limit.windowMs);
      this.used.set(limit.key, { windowMs: limit.windowMs, log });
      return { limit, log };
    });
    const waitMs = Math.max(0, ...logs.map(({ limit, log }) => waitFor(limit, log, now)));
    if (waitMs > 0) return { waitMs };
    const slot: Slot = { endedAt: Number.POSITIVE_INFINITY };
    for (const { log } of logs) log.push(slot);
    const done = (end: number): void => {
      slot.endedAt = end;
    };
    return { done };
  }

  private sweep(now: number): void {
    for (const [key, { windowMs, log }] of this.used) if (log.every(({ endedAt }) => endedAt <= now - windowMs)) this.used.delete(key);
  }
}

function waitFor({ slots, windowMs }: QuotaLimit, log: readonly Slot[], now: number): number {
  if (log.length < slots) return 0;
  // The slot that has to be given back before there is one for this call.
  const { endedAt } = log.toSorted((a, b) => a.endedAt - b.endedAt)[log.length - slots] ?? { endedAt: now };
  return endedAt === Number.POSITIVE_INFINITY ? IN_FLIGHT_MS : endedAt + windowMs - now;
}
