/** What the outbox is given: where work comes from, and who does it. */
import type { Delivery, Store, WorkItem } from '#storage/port.ts';
import type { EffectContext } from '../contract/api.ts';
import type { Clock } from '../contract/clock.ts';
import type { CrashPoints } from '../contract/crash-points.ts';
import type { RuntimeMetrics } from '../contract/metrics.ts';

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  /** A lease lasts this long and is renewed three times as often, in milliseconds. */
  readonly leaseMs: number;
  /** Between two looks for work that nobody holds, in milliseconds. */
  readonly sweepMs: number;
  /** Items that this process holds at most; the rest waits in the store. */
  readonly maxHeld: number;
  readonly crash: CrashPoints;
  readonly metrics: RuntimeMetrics;
  /** Does one attempt. Resolves to the provider's id of what was sent. */
  readonly perform: (item: WorkItem, context: EffectContext, held: () => boolean) => Promise<string | undefined>;
  /** How many attempts an effect of this type gets. */
  readonly attemptsOf: (type: string) => number;
  /**
   * Starts an invocation; `fresh` is false when an earlier attempt may have begun. Asks `isOurs` last, and throws if its lease ran out
   * meanwhile. Resolves to false if its session no longer waits for it.
   */
  readonly invoke: (item: WorkItem, fresh: boolean, isOurs: () => boolean) => Promise<boolean>;
  /** At each heartbeat of an invocation that runs here: what was meant for it may have been committed on another instance. */
  readonly listen: (item: WorkItem) => Promise<void>;
  readonly stopInvocation: (item: WorkItem, givenBack: boolean) => void;
  /** Tells the session that an effect failed for good. Resolves to true once that is durable, false if the session is gone. */
  readonly failed: (item: WorkItem, code: string, reason: string) => Promise<boolean>;
  readonly delivered: (item: WorkItem, delivery: Delivery) => void;
  /** Work was freed for anybody. */
  readonly freed: () => void;
  readonly onError: (where: string, error: unknown) => void;
}
