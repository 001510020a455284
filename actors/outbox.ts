/**
 * Does committed work: effects in lanes, invocations beside them.
 *
 * Owns: leases and their heartbeat, the order within a lane, retries, taking over what another instance left behind.
 * Does not own: what an effect does (its definition), what an invocation runs (invocation-runner.ts).
 *
 * Invariants: work is done only by the holder of its lease. In a lane one item is done at a time, in order of session
 * opening and serial, and an item is never overtaken, not even while it waits for another attempt. Done work is marked
 * at once; between a provider's acceptance and that mark a crash makes the next holder do it again (the one window in
 * which something may happen twice).
 */
import { LRUCache } from 'lru-cache';
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, Store, WorkItem, WorkOutcome } from '#storage/port.ts';
import type { EffectContext } from './api.ts';
import type { Clock } from './clock.ts';
import type { CrashPoints } from './crash-points.ts';
import type { RuntimeMetrics } from './metrics.ts';

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
  readonly perform: (item: WorkItem, context: EffectContext) => Promise<string | undefined>;
  /** How many attempts an effect of this type gets. */
  readonly attemptsOf: (type: string) => number;
  /** Starts an invocation; `fresh` is false when an earlier attempt may have begun. Resolves to false if its session no longer waits for it. */
  readonly invoke: (item: WorkItem, fresh: boolean) => Promise<boolean>;
  /** At each heartbeat of an invocation that runs here: what was meant for it may have been committed on another instance. */
  readonly listen: (item: WorkItem) => Promise<void>;
  readonly stopInvocation: (item: WorkItem) => void;
  /** Tells the session that an effect failed for good. Resolves to true once that is durable, false if the session is gone. */
  readonly failed: (item: WorkItem, code: string, reason: string) => Promise<boolean>;
  readonly delivered: (item: WorkItem, delivery: Delivery) => void;
  readonly trouble: (where: string, error: unknown) => void;
}

interface Held {
  readonly item: WorkItem;
  readonly abort: AbortController;
}

interface Lane {
  /** In order. `clear`: nobody else holds work of this lane that comes before it. */
  readonly waiting: { readonly item: WorkItem; readonly clear: boolean }[];
  /** How often it became doubtful who else holds work of this lane. */
  doubts: number;
  running: boolean;
}

/** Lanes of which it is remembered that they are clear. Of any other it is asked again, which costs a query. */
const CLEAR_LANES = 10_000;
/** A wait longer than this frees the lane for whoever comes by, in milliseconds. */
const LONGEST_HOLD_MS = 30_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #held = new Map<string, Held>();
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that hold nothing but what we hold ourselves: nobody else has committed to them since we found that out. */
  readonly #clear = new LRUCache<string, true>({ max: CLEAR_LANES });
  #outcomes: { readonly outcome: WorkOutcome; readonly done: () => void }[] = [];
  #marking = false;
  #stopping = false;
  #active = 0;
  readonly #cancels = new Set<() => void>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Nothing is being done or marked right now. Invocations that run are not counted. */
  get idle(): boolean {
    return this.#active === 0 && !this.#marking && this.#outcomes.length === 0;
  }

  start(): void {
    this.#every(this.#options.sweepMs, 'sweep', () => this.sweep());
    this.#every(this.#options.leaseMs / 3, 'heartbeat', () => this.#renew());
  }

  /** Stops taking work on, does what is held for at most `graceMs`, and frees the rest for others. What fails now waits for them too. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#cancels) cancel();
    const deadline = performance.now() + graceMs;
    while (!this.idle && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    const freed = [...this.#held.values()].map(({ item, abort }) => {
      abort.abort();
      return this.#mark({ ...outcomeOf(item), status: 'later', attempts: item.attempts, notBefore: 0, progress: item.progress });
    });
    this.#held.clear();
    await Promise.all(freed);
  }

  /** Forgets everything at once, as a crash would. */
  abandon(): void {
    this.#stopping = true;
    for (const cancel of this.#cancels) cancel();
    for (const { abort } of this.#held.values()) abort.abort();
    this.#held.clear();
  }

  /** Work that was just committed and is leased to us. */
  accept(items: readonly WorkItem[]): void {
    for (const item of items) this.#take(item, item.lane !== null && this.#clear.has(item.lane), true);
  }

  /** The lane is new: nobody else can have work in it. */
  trust(lane: string): void {
    this.#clear.set(lane, true);
  }

  /** Somebody else may have work in this lane: what comes from now on must not overtake it. */
  doubt(lane: string): void {
    this.#clear.delete(lane);
    const running = this.#lanes.get(lane);
    if (running) running.doubts++;
  }

  /** These were settled or cancelled by a commit: their rows are gone. */
  forget(sessionId: SessionId, serials: readonly number[]): void {
    for (const serial of serials) this.#drop(keyOf({ sessionId, serial }));
  }

  /** Takes over what nobody holds. */
  async sweep(): Promise<void> {
    const { store, owner, clock, leaseMs, maxHeld } = this.#options;
    const room = maxHeld - this.#held.size;
    if (this.#stopping || room <= 0) return;
    const now = clock.now();
    for (const item of await store.claimWork(owner, now, now + leaseMs, Math.min(room, 200))) this.#take(item, true, false);
  }

  #take(item: WorkItem, clear: boolean, fresh: boolean): void {
    const key = keyOf(item);
    if (this.#stopping || this.#held.has(key)) return;
    if (this.#held.size >= this.#options.maxHeld) {
      if (item.lane !== null) this.doubt(item.lane);
      void this.#mark({ ...outcomeOf(item), status: 'later', attempts: item.attempts, notBefore: 0, progress: item.progress });
      return;
    }
    const held = { item, abort: new AbortController() };
    this.#held.set(key, held);
    if (item.kind === 'invocation') {
      void this.#busy(`run ${item.type}`, () => this.#startRun(item, fresh));
    } else if (item.lane === null) {
      void this.#busy(`effect ${item.type}`, () => this.#attempt(held, item.attempts));
    } else {
      const lane = this.#lanes.get(item.lane) ?? { waiting: [], doubts: 0, running: false };
      this.#lanes.set(item.lane, lane);
      lane.waiting.push({ item, clear });
      lane.waiting.sort((a, b) => inOrder(a.item, b.item));
      if (!lane.running) void this.#busy(`lane ${item.lane}`, () => this.#runLane(item.lane ?? '', lane));
    }
  }

  async #startRun(item: WorkItem, fresh: boolean): Promise<void> {
    try {
      if (!(await this.#options.invoke(item, fresh))) await this.#finish(item, null);
    } catch (error) {
      this.#options.trouble(`run ${item.type}`, error);
      this.#drop(keyOf(item));
      const notBefore = this.#options.clock.now() + this.#options.sweepMs;
      await this.#mark({ ...outcomeOf(item), status: 'later', attempts: item.attempts, notBefore, progress: item.progress });
    }
  }

  async #runLane(name: string, lane: Lane): Promise<void> {
    lane.running = true;
    try {
      for (let head = lane.waiting[0]; head !== undefined; head = lane.waiting[0]) {
        const { item, clear } = head;
        const held = this.#held.get(keyOf(item));
        if (held && !clear && !(await this.#isClear(name, lane, item))) {
          await this.#sleep(this.#options.sweepMs / 4, held.abort.signal);
          continue;
        }
        if (held && !(await this.#attempt(held, item.attempts))) {
          this.doubt(name);
          break;
        }
        remove(lane.waiting, head);
      }
    } finally {
      // Whatever ended the loop early: nothing may wait here with nobody to do it.
      this.#releaseLane(lane);
      lane.running = false;
      if (this.#lanes.get(name) === lane) this.#lanes.delete(name);
    }
  }

  /** Nobody else holds, or is about to take, work of this lane that comes before ours. */
  async #isClear(name: string, lane: Lane, head: WorkItem): Promise<boolean> {
    try {
      const { doubts } = lane;
      const pending = await this.#options.store.pendingWork(name);
      const others = pending.filter((item) => !this.#held.has(keyOf(item)));
      if (others.length === 0 && lane.doubts === doubts) this.#clear.set(name, true);
      return !others.some((item) => inOrder(item, head) < 0);
    } catch (error) {
      this.#options.trouble(`lane ${name}`, error);
      return false;
    }
  }

  /** Whoever comes by when the head may be tried again takes the whole lane. */
  #releaseLane(lane: Lane): void {
    for (const { item } of lane.waiting.splice(0)) {
      if (!this.#held.delete(keyOf(item))) continue;
      if (item.lane !== null) this.doubt(item.lane);
      void this.#mark({ ...outcomeOf(item), status: 'later', attempts: item.attempts, notBefore: item.notBefore, progress: item.progress });
    }
  }

  /** Resolves to false if the item was given back for later. */
  async #attempt({ item, abort }: Held, earlier: number): Promise<boolean> {
    const { crash, clock, metrics, perform, attemptsOf } = this.#options;
    let progress = item.progress;
    for (let attempt = earlier + 1; !abort.signal.aborted; ) {
      const began = performance.now();
      try {
        crash('before effect');
        const work = perform(item, {
          ...effectContext(item, attempt, abort.signal, progress),
          saveProgress: async (saved) => {
            progress = saved;
            await this.#saveProgress(item, saved);
          },
        });
        crash('during effect');
        const ref = await work;
        crash('after effect');
        metrics.effect(item.type, 'done', performance.now() - began);
        await this.#finish(item, { status: 'sent', at: clock.now(), ...(ref === undefined ? {} : { ref }) });
        return true;
      } catch (error) {
        if (abort.signal.aborted) break;
        const { retryable, code, reason, waitMs, counts } = verdict(error, attempt);
        if (!retryable || (counts && attempt >= attemptsOf(item.type))) {
          metrics.effect(item.type, 'failed', performance.now() - began);
          if (!(await this.#options.failed(item, code, reason))) await this.#finish(item, { status: 'failed', at: clock.now(), reason });
          this.#drop(keyOf(item));
          return true;
        }
        metrics.effect(item.type, 'retried', performance.now() - began);
        this.#options.trouble(`effect ${item.type}`, error);
        if (waitMs > LONGEST_HOLD_MS || this.#stopping) {
          this.#drop(keyOf(item));
          await this.#mark({
            ...outcomeOf(item),
            status: 'later',
            attempts: counts ? attempt : attempt - 1,
            notBefore: clock.now() + waitMs,
            progress,
          });
          return false;
        }
        await this.#sleep(waitMs, abort.signal);
        if (counts) attempt++;
      }
    }
    return true;
  }

  async saveProgress(item: Pick<WorkItem, 'sessionId' | 'serial'>, progress: Json): Promise<void> {
    await this.#saveProgress(item, progress);
  }

  async #saveProgress({ sessionId, serial }: Pick<WorkItem, 'sessionId' | 'serial'>, progress: Json): Promise<void> {
    const { store, owner, clock, leaseMs } = this.#options;
    await store.renewWork(owner, [{ sessionId, serial, progress }], clock.now() + leaseMs);
  }

  async #finish(item: WorkItem, delivery: Delivery | null): Promise<void> {
    const message = Reflect.get(Object(item.payload), 'message') === true;
    await this.#mark({ ...outcomeOf(item), status: 'done', delivery: message ? delivery : null });
    // Nothing runs any more that would have to be aborted (and an abort costs an error with its stack).
    this.#held.delete(keyOf(item));
    if (message && delivery) this.#options.delivered(item, delivery);
  }

  /** Outcomes that are known together are stored together. Resolves once stored, however long the store is away. */
  #mark(outcome: WorkOutcome): Promise<void> {
    return new Promise((done) => {
      this.#outcomes.push({ outcome, done });
      if (this.#marking) return;
      this.#marking = true;
      setImmediate(() => void this.#markAll());
    });
  }

  async #markAll(): Promise<void> {
    const { store, owner, trouble } = this.#options;
    while (this.#outcomes.length > 0) {
      const batch = this.#outcomes.splice(0, 500);
      try {
        await store.finishWork(
          owner,
          batch.map(({ outcome }) => outcome),
        );
        for (const { done } of batch) done();
      } catch (error) {
        trouble('marking work', error);
        if (this.#stopping) {
          for (const { done } of batch) done();
          break;
        }
        this.#outcomes.unshift(...batch);
        await this.#sleep(200);
      }
    }
    this.#marking = false;
  }

  async #renew(): Promise<void> {
    const { store, owner, clock, leaseMs } = this.#options;
    const items = [...this.#held.values()].map(({ item: { sessionId, serial } }) => ({ sessionId, serial }));
    if (items.length === 0) return;
    const kept = new Set((await store.renewWork(owner, items, clock.now() + leaseMs)).map(keyOf));
    // Gone: settled or cancelled on another instance, or taken over while we could not reach the store.
    for (const key of items.map(keyOf)) {
      const item = this.#held.get(key)?.item;
      if (item === undefined) continue;
      if (kept.has(key)) {
        if (item.kind === 'invocation') void this.#busy(`run ${item.type}`, () => this.#options.listen(item));
        continue;
      }
      if (item.lane !== null) this.doubt(item.lane);
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    held.abort.abort();
    if (held.item.kind === 'invocation') this.#options.stopInvocation(held.item);
  }

  async #busy(where: string, work: () => Promise<unknown>): Promise<void> {
    this.#active++;
    try {
      await work();
    } catch (error) {
      this.#options.trouble(where, error);
    } finally {
      this.#active--;
    }
  }

  #every(ms: number, where: string, work: () => Promise<void>): void {
    const again = (): void => {
      const cancel = this.#options.clock.after(ms, () => {
        this.#cancels.delete(cancel);
        void work()
          .catch((error: unknown) => this.#options.trouble(where, error))
          .finally(() => {
            if (!this.#stopping) again();
          });
      });
      this.#cancels.add(cancel);
    };
    again();
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}

interface Verdict {
  readonly retryable: boolean;
  readonly code: string;
  readonly reason: string;
  readonly waitMs: number;
  /** A provider that says when to come back has not failed us: such an attempt does not count. */
  readonly counts: boolean;
}

/** What an error means for the effect that threw it. Only what says so itself is final; anything else may pass. */
function verdict(error: unknown, attempt: number): Verdict {
  const known = error instanceof StatechatError;
  const asked: unknown = Reflect.get(Object(error), 'retryAfterMs');
  return {
    retryable: known ? error.retryable : true,
    code: known ? error.code : 'effect_threw',
    reason: error instanceof Error ? error.message : String(error),
    waitMs: typeof asked === 'number' ? asked : Math.min(250 * 2 ** (attempt - 1), LONGEST_HOLD_MS),
    counts: typeof asked !== 'number',
  };
}

function effectContext(item: WorkItem, attempt: number, signal: AbortSignal, progress: Json): Omit<EffectContext, 'saveProgress'> {
  const address: unknown = Reflect.get(Object(item.payload), 'address');
  return { sessionId: item.sessionId, address: String(address) as Address, key: keyOf(item), attempt, signal, progress };
}

function outcomeOf({ sessionId, serial, seq }: WorkItem): { readonly sessionId: SessionId; readonly serial: number; readonly seq: number } {
  return { sessionId, serial, seq };
}

/** The stable idempotency key of a piece of work. */
export function keyOf({ sessionId, serial }: Pick<WorkItem, 'sessionId' | 'serial'>): string {
  return `${sessionId}.${serial}`;
}

/** Session ids sort by opening time. */
function inOrder(a: WorkItem, b: WorkItem): number {
  if (a.sessionId !== b.sessionId) return a.sessionId < b.sessionId ? -1 : 1;
  return a.serial - b.serial;
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
