/** Opens the limits that instances keep together, in Redis where there is one. */
import type { Quota } from '#channels/quota.ts';
import type { Clock } from '#machines/clock.ts';
import { createRedisLimits } from '#storage/redis/limits.ts';
import { countInstances, sharedQuota, sharedRateLimit } from './shared-rate-limits.ts';

export interface SharedLimitsParts {
  readonly redis: Parameters<typeof createRedisLimits>[0] | undefined;
  readonly actors: { readonly instances: number };
  readonly exchange: { readonly well: boolean };
  readonly clock: Clock;
  readonly onError: (where: string, error: unknown) => void;
}

export interface OpenedSharedLimits {
  /** Calls of a provider in a scope. */
  readonly quota: (scope: string) => Quota;
  /** Requests in a scope. Undefined if each instance counts for itself. */
  readonly rateLimitStore: ((scope: string) => ReturnType<typeof sharedRateLimit>) | undefined;
  readonly stopCounting: () => void;
}

export function openSharedLimits({ redis, actors, exchange, clock, onError }: SharedLimitsParts): OpenedSharedLimits {
  const counts = redis && createRedisLimits(redis);
  const instances = countInstances({ known: () => actors.instances, well: () => exchange.well, clock, onError });
  return {
    quota: (scope) => sharedQuota(counts, scope, instances.count),
    rateLimitStore: counts && ((scope) => sharedRateLimit(counts, scope)),
    stopCounting: instances.stop,
  };
}
