/**
 * Limits that all instances keep together, where there is a Redis to count in. While there is none,
 * or it does not answer, each instance counts for itself, and takes its share of what a provider
 * allows.
 */
import { type ClientRateLimitInfo, MemoryStore, type Store as RateLimitStore } from 'express-rate-limit';
import { every } from '#actors/contract/waiting.ts';
import { MemoryQuota, type Quota } from '#channels/quota.ts';
import type { Clock } from '#machines/clock.ts';
import type { SharedLimits } from '#storage/redis/limits.ts';

export interface InstanceCountParts {
  /** How many instances there are, as far as this one knows. */
  readonly known: () => number;
  /** Notices of the others arrive. */
  readonly well: () => boolean;
  readonly clock: Clock;
  readonly onError: (where: string, error: unknown) => void;
}

/**
 * How long notices must arrive before a lower count is believed, in milliseconds. Longer than two
 * notices.
 */
const BELIEVED_MS = 10_000;
const POLL_MS = 1_000;

/**
 * Counts the instances that share a limit. An instance whose notices do not arrive still sends. So
 * while none arrive, and until they had time to arrive again, the count stays what it was.
 */
export function countInstances({ known, well, clock, onError }: InstanceCountParts): { count(): number; stop(): void } {
  let most = 1;
  let at = clock.now();
  const count = (): number => {
    const [now, instances] = [clock.now(), known()];
    if (instances >= most || (well() && now - at > BELIEVED_MS)) most = instances;
    else if (well()) return most;
    at = now;
    return most;
  };
  return { count, stop: every(clock, POLL_MS, 'counting the instances', async () => void count(), onError) };
}

/**
 * @param instances how many share the limits.
 * @param scope the channel's account whose limits they are.
 */
export function sharedQuota(limits: SharedLimits | undefined, scope: string, instances: () => number): Quota {
  const own = new MemoryQuota();
  return {
    async take(wanted, now) {
      const taken = await limits?.take(scope, wanted);
      if (taken !== undefined) return 'end' in taken ? { done: taken.end } : taken;
      // One instance at a time writes to a peer, in its lane. So only the limits of the account are
      // divided.
      const share = wanted.map((limit) =>
        limit.of === 'account' ? { ...limit, slots: Math.max(1, Math.floor(limit.slots / instances())) } : limit,
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
    async get(key): Promise<ClientRateLimitInfo | undefined> {
      const totalHits = await limits.counted(scope, key);
      return totalHits === undefined ? own.get(key) : { totalHits, resetTime: undefined };
    },
    async decrement(key) {
      if ((await limits.count(scope, key, windowMs, -1)) === undefined) await own.decrement(key);
    },
    resetKey: (key) => own.resetKey(key),
    shutdown: () => own.shutdown(),
  };
}
