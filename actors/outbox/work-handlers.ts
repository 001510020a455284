/** The handlers that the outbox calls to do its work, one for effects and one for invocations. */
import type { Json } from '#machines/definition.ts';
import type { Delivery, WorkItem } from '#storage/port.ts';
import type { EffectContext } from '../contract/api.ts';

export interface EffectHandler {
  /** Runs `work` in the trace of the turn that made the item. */
  inTrace<T>(item: WorkItem, work: () => T): T;
  /** How many attempts an effect of this type gets. */
  attempts(type: string): number;
  /**
   * Makes one attempt. `isHeld` is false once the lease may have run out. Resolves to the
   * provider's id of what was sent.
   */
  perform(item: WorkItem, context: EffectContext, isHeld: () => boolean): Promise<string | undefined>;
  /**
   * The effect failed for good. Resolves to true once the session's turn about it is durable, false
   * if the session is closed.
   */
  failed(item: WorkItem, code: string, reason: string): Promise<boolean>;
  /** The journal entry of this item now shows this delivery. */
  delivered(item: WorkItem, delivery: Delivery): void;
}

export interface InvocationHandler {
  /**
   * Starts the code of an invocation, or releases its lease. `fresh` is false if an earlier attempt
   * may have begun. Resolves to false if the session does not wait for it. Throws `Unavailable` if
   * the lease ran out before the code could start.
   */
  start(item: WorkItem, fresh: boolean, lease: WorkLease): Promise<boolean>;
  /**
   * Called at each heartbeat of an invocation, because a turn on another instance may have sent it
   * something.
   */
  listen(item: WorkItem): Promise<void>;
  /**
   * Stops the code if it runs here. `released` means that another instance continues the
   * invocation.
   */
  stop(item: WorkItem, released: boolean): void;
}

/** The lease on one work item, as its handler sees it. */
export interface WorkLease {
  /** False once the lease may have run out. Nothing may be begun then. */
  isHeld(): boolean;
  /** Stores what an interrupted attempt leaves for the next one. */
  saveProgress(progress: Json): Promise<void>;
  /** Releases the item so that another instance can claim it. For one that can't be done here. */
  release(): void;
}
