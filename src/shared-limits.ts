/**
 * Limits that all instances keep together, where there is a Redis to count in. While there is none, or it does not answer,
 * each instance counts for itself: of what a provider allows it takes its share.
 */
import { type ClientRateLimitInfo, MemoryStore, type Store as RateLimitStore } from 'express-rate-limit';
import { MemoryQuota, type Quota } from '#channels/telegram/adapter.ts';
import type { SharedLimits } from '#storage/redis/limits.ts';

/** `instances`: how many there are, as far as is known. `scope`: whose limits they are. */
export function sharedQuota(limits: SharedLimits | undefined, scope: string, instances: () => number): Quota {
  const own = new MemoryQuota();
  return {
    async take(wanted, now) {
      const taken = await limits?.take(scope, wanted);
      if (taken !== undefined) return 'end' in taken ? { done: taken.end } : taken;
      // A chat is written to by one instance at a time (its lane), so only what is for all chats has to be shared out.
      const share = wanted.map((limit) =>
        limit.key === 'bot' ? { ...limit, slots: Math.max(1, Math.floor(limit.slots / instances())) } : limit,
      );
      return own.take(share, now);
    },
  };
}

/** Counts requests for express-rate-limit. */
export function sharedRateLimit(limits: SharedLimits, scope: string): RateLimitStore {
  const own = new MemoryStore();
  let windowMs = 60_000;
  return {
    localKeys: false,
    init(options) {
      windowMs = options.windowMs;
      own.init(options);
    },
    async increment(key): Promise<ClientRateLimitInfo> {
      const counted = await limits.count(scope, key, windowMs);
      if (counted === undefined) return own.increment(key);
      return { totalHits: counted.total, resetTime: new Date(Date.now() + counted.leftMs) };
    },
    decrement: (key) => own.decrement(key),
    resetKey: (key) => own.resetKey(key),
    shutdown: () => own.shutdown(),
  };
}
