/**
 * Limits for all instances together, counted in Redis by its clock.
 *
 * Owns the counting. Does not own the limits themselves, the reaction when one is reached, or
 * what an instance does that cannot reach Redis.
 *
 * Invariants
 * 1. A slot is in use from the moment that it is taken until a window after its call has ended, so
 *    the peer's count never exceeds a window.
 * 2. A slot of an instance that died is free again after `FORGOTTEN_MS`.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { BudgetedRedis } from '#storage/redis/budgeted.ts';
import { countKey, slotsKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

export interface SlotLimit {
  readonly key: string;
  readonly slots: number;
  readonly windowMs: number;
}

/** The caller calls `end` when the call that needed the slots has ended, also if it failed. */
export type SlotsTaken = { readonly end: () => void } | { readonly waitMs: number };

export interface SharedLimits {
  /**
   * Takes one slot of every limit, or takes none and returns the milliseconds until a retry is
   * worthwhile. Undefined if Redis cannot be reached now.
   */
  take(scope: string, limits: readonly SlotLimit[]): Promise<SlotsTaken | undefined>;
  /**
   * Counts one more of `key` in a window that began with the first. With a `step` of -1, one less
   * in a window that is still there. Undefined if Redis cannot be reached now.
   */
  count(
    scope: string,
    key: string,
    windowMs: number,
    step?: 1 | -1,
  ): Promise<{ readonly total: number; readonly leftMs: number } | undefined>;
  /** What `count` has counted of `key`. Undefined if Redis cannot be reached now. */
  counted(scope: string, key: string): Promise<number | undefined>;
}

/** Longer than any call to a provider takes, in milliseconds. */
const FORGOTTEN_MS = 60_000;
/** Pause before a retry for a slot that is in use. */
const IN_USE_MS = 50;

export function createRedisLimits(redis: BudgetedRedis): SharedLimits {
  const counted = z.tuple([z.number(), z.number()]);

  return {
    async take(scope, limits) {
      const keys = limits.map(({ key }) => slotsKey(scope, key));
      const ticket = randomUUID();
      const args = [ticket, FORGOTTEN_MS, IN_USE_MS, ...limits.flatMap(({ slots, windowMs }) => [slots, windowMs])];
      const waitMs = await redis.ask(async ({ run }) => z.number().parse(await run(SCRIPTS.takeSlots, keys, args)));
      if (waitMs === undefined) return undefined;
      if (waitMs !== 0) return { waitMs };
      const windows = limits.map(({ windowMs }) => windowMs);
      return { end: () => void redis.ask(({ run }) => run(SCRIPTS.endSlots, keys, [ticket, ...windows])) };
    },

    async count(scope, key, windowMs, step = 1) {
      return redis.ask(async ({ run }) => {
        const [total, leftMs] = counted.parse(await run(SCRIPTS.count, [countKey(scope, key)], [windowMs, step]));
        return { total, leftMs };
      });
    },

    async counted(scope, key) {
      return redis.ask(async ({ call }) => Number((await call('get', countKey(scope, key))) ?? 0));
    },
  };
}
