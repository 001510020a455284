/**
 * The outbox does committed work, which is effects in lanes, and invocations beside them.
 *
 * Owns what is held here, the heartbeat, and when more is taken over. Does not own leases in the
 * store (leases.ts), the order within a lane (lanes.ts), attempts at an effect (attempts.ts), how
 * outcomes reach the store (completions.ts), what an error means (retry-policy.ts), what an effect
 * or an invocation does (the handlers of work-handlers.ts).
 *
 * Invariants
 * 1. Only the holder of its lease begins work. An instance that could not renew a lease in time
 *    (the store was away, the process was suspended) leaves the item to the instance that takes it
 *    over (`test/actors/runtime-work.test.ts`).
 * 2. An item keeps its place in its lane while it waits for another attempt, or frees the whole
 *    lane (`test/actors/runtime-work.test.ts`).
 * 3. Done work is marked at once. A crash between a provider's acceptance and that mark makes the
 *    next holder do it again. This is the one window in which something may happen twice
 *    (`test/actors/draining.test.ts`).
 * 4. An invocation that this instance can't continue, and an effect that another instance has to
 *    do, is free at once. The next sweep is left to other instances
 *    (`test/actors/outbox/releases.test.ts`).
 */
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, WorkItem } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { every, nextPoll } from '../contract/waiting.ts';
import { addressOf, isMessage, keyOf, movedItem } from '../contract/work-item.ts';
import { toJson } from '../interpreter/serialize.ts';
import { Admission } from './admission.ts';
import { type Attempted, type AttemptOptions, attemptUntilDone } from './attempts.ts';
import { Completions } from './completions.ts';
import { type Held, Lanes } from './lanes.ts';
import { Leases } from './leases.ts';
import type { EffectHandler, InvocationHandler, WorkLease } from './work-handlers.ts';

export interface OutboxOptions
  extends Pick<Settings, 'store' | 'clock' | 'owner' | 'leaseMs' | 'sweepMs' | 'maxLeases' | 'crash' | 'metrics' | 'onError'> {
  readonly effects: EffectHandler;
  readonly invocations: InvocationHandler;
  /** Work was released, so other instances may claim it now. */
  readonly released: () => void;
}

/**
 * The last part of the time that a stop may take. Nothing is begun in it, because what is cut off
 * in the middle would be done twice.
 */
const STOP_MARGIN = 0.3;
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #held = new Map<string, Held>();
  readonly #lanes: Lanes;
  readonly #completions: Completions;
  readonly #leases: Leases;
  readonly #admission = new Admission();
  readonly #attempts: AttemptOptions;
  #stopping = false;
  /** When the last work may be begun, on the clock of `performance.now()`. */
  #beginsUntil = Number.POSITIVE_INFINITY;
  /** Ends waits for another attempt. What can't be done now is left to others. */
  readonly #draining = new AbortController();
  #active = 0;
  /**
   * The next sweep is left to other instances, because this one released an item that it can't
   * continue.
   */
  #yields = false;
  readonly #stops: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    const { store, clock, owner, leaseMs, sweepMs, onError } = options;
    this.#completions = new Completions({ store, clock, owner, onError });
    const lose = (held: Held): void => this.#lose(held);
    this.#leases = new Leases({ store, clock, owner, leaseMs, completions: this.#completions, held: this.#held, lose });
    this.#attempts = {
      ...options,
      isHeld: ({ leaseUntil }) => clock.now() < leaseUntil && performance.now() < this.#beginsUntil,
      saveProgress: (item, progress) => this.#leases.saveProgress(item, progress),
      draining: this.#draining.signal,
    };
    this.#lanes = new Lanes({
      store,
      clock,
      recheckMs: sweepMs / 4,
      held: this.#held,
      attempt: (held, earlier) => this.#attempt(held, earlier),
      release: (item) => {
        if (this.#held.delete(keyOf(item))) this.#release(item, item.notBefore);
      },
      busy: (where, work) => this.#busy(where, work),
      onError,
    });
  }

  /** No work is being done or marked. Invocations that run are not counted. */
  get idle(): boolean {
    return this.#active === 0 && this.#completions.idle;
  }

  /** A heartbeat that failed is sent again soon, because a lease does not wait for the next one. */
  start(): void {
    const { clock, sweepMs, leaseMs, onError } = this.#options;
    this.#stops.push(
      every(clock, sweepMs, 'sweep', () => this.sweep(), onError),
      every(clock, leaseMs / 3, 'heartbeat', () => this.#renew([...this.#held.values()]), onError, leaseMs / 30),
    );
  }

  /**
   * A stop begins that takes at most `graceMs`, of which turns may need most. Nothing is begun in
   * the last part of it.
   */
  prepareStop(graceMs: number): void {
    this.#beginsUntil = Math.min(this.#beginsUntil, performance.now() + graceMs * (1 - STOP_MARGIN));
  }

  /**
   * Claims nothing more, does what is held for at most `graceMs`, and releases the rest for other
   * instances. An effect that fails now waits for them too. What is still under way then keeps its
   * lease. It may yet reach its provider, and another instance that did it at once, and what
   * follows it, would be overtaken by that.
   */
  async stop(graceMs: number): Promise<void> {
    this.#halt();
    this.prepareStop(graceMs);
    const deadline = performance.now() + graceMs;
    while (!this.idle && performance.now() < deadline) await nextPoll();
    this.#end();
    const released = [...this.#held.values()].flatMap(({ item, abort, underWay }) => {
      abort.abort();
      // Called before it is released. The code here must not run beside that of the instance that
      // takes it over.
      if (item.kind === 'invocation') this.#options.invocations.stop(item, true);
      return underWay ? [] : [this.#completions.release(item, 0)];
    });
    this.#held.clear();
    await Promise.all(released);
    if (released.length > 0) this.#options.released();
  }

  /** Forgets everything at once, as a crash would. */
  abandon(): void {
    this.#halt();
    this.#end();
    for (const { abort } of this.#held.values()) abort.abort();
    this.#held.clear();
  }

  /**
   * Takes work that was just committed under a lease of this instance. `at` is when its turn was
   * computed, in milliseconds since the epoch.
   */
  accept(items: readonly WorkItem[], at: number): void {
    for (const item of items) this.#hold(item, item.lane !== null && this.#lanes.isOwned(item.lane), true, this.#leases.from(at));
  }

  /** The lane is new, so no other instance can have work in it. */
  markOwned(lane: string): void {
    this.#lanes.markOwned(lane);
  }

  /**
   * Another instance may have work in this lane. Work that is accepted from now on must not
   * overtake it.
   */
  markContended(lane: string): void {
    this.#lanes.markContended(lane);
  }

  /**
   * Sessions moved, and so did their work. What is being sent goes to the address that it began
   * with.
   */
  moved(from: Address, to: Address): void {
    for (const held of this.#held.values()) if (addressOf(held.item) === from) held.item = movedItem(held.item, to);
    this.#lanes.moved(from, to);
  }

  /** A commit settled or cancelled these items, so their rows are gone. */
  forget(sessionId: SessionId, serials: readonly number[]): void {
    for (const serial of serials) this.#drop(keyOf({ sessionId, serial }));
  }

  /** The item is done here, or waits here to be done. */
  holds(key: string): boolean {
    return this.#held.has(key);
  }

  /**
   * A turn elsewhere settled this item, cancelled it or sent it something. Checks its lease now and
   * not at the next heartbeat.
   */
  async recheck(sessionId: SessionId, serial: number): Promise<void> {
    const held = this.#held.get(keyOf({ sessionId, serial }));
    if (held) await this.#renew([held]);
  }

  /** Claims work that no instance holds. */
  async sweep(): Promise<void> {
    const room = this.#options.maxLeases - this.#held.size;
    const yields = this.#yields;
    this.#yields = false;
    if (this.#stopping || yields || room <= 0) return;
    const { items, leaseUntil } = await this.#leases.claim(room);
    // The store may have leased this instance items that it does not know of, which a claim passes
    // over. So what comes before these is checked.
    for (const item of items) this.#hold(item, false, false, leaseUntil);
  }

  #hold(item: WorkItem, clear: boolean, fresh: boolean, leaseUntil: number): void {
    const key = keyOf(item);
    const known = this.#held.get(key);
    if (known) return void Object.assign(known, { leaseUntil });
    if (this.#stopping || this.#held.size >= this.#options.maxLeases) return this.#release(item, 0);
    const held: Held = { item, abort: new AbortController(), leaseUntil, underWay: false };
    this.#held.set(key, held);
    if (item.kind === 'invocation') {
      void this.#busy(`run ${item.type}`, () => this.#startInvocation(held, fresh));
    } else if (item.lane === null) {
      void this.#busy(`effect ${item.type}`, () => this.#attempt(held, item.attempts));
    } else {
      this.#lanes.queue(item.lane, item, clear);
    }
  }

  async #startInvocation(held: Held, fresh: boolean): Promise<void> {
    const { item } = held;
    if (this.#held.get(keyOf(item)) !== held) return;
    const { invocations, clock, sweepMs, onError } = this.#options;
    try {
      if (!(await invocations.start(item, fresh, this.#leaseOf(held)))) await this.#finish(item, null);
    } catch (error) {
      onError(`run ${item.type}`, error);
      this.#drop(keyOf(item));
      await this.#completions.release(item, clock.now() + sweepMs);
    }
  }

  #leaseOf(held: Held): WorkLease {
    const { item } = held;
    return {
      isHeld: () => this.#options.clock.now() < held.leaseUntil,
      saveProgress: async (progress) => this.#leases.saveProgress(item, toJson(progress ?? null, 'progress')),
      release: () => {
        if (this.#held.get(keyOf(item)) !== held) return;
        this.#held.delete(keyOf(item));
        this.#options.invocations.stop(item, true);
        // Other instances are not notified. Those that can't continue it either would claim and
        // release it in a loop.
        this.#yields = true;
        void this.#completions.release(item, 0);
      },
    };
  }

  /**
   * What is logged about it belongs to the trace of its turn. Resolves to false if the item was
   * released for later.
   */
  #attempt(held: Held, earlier: number): Promise<boolean> {
    const attempts = async (): Promise<boolean> => this.#attempted(held, await attemptUntilDone(held, earlier, this.#attempts));
    return this.#options.effects.inTrace(held.item, attempts);
  }

  async #attempted({ item }: Held, ended: Attempted): Promise<boolean> {
    const { clock, effects } = this.#options;
    switch (ended.type) {
      case 'done':
        await this.#finish(item, { status: 'sent', at: clock.now(), ...(ended.ref === undefined ? {} : { ref: ended.ref }) });
        return true;
      case 'failed': {
        const { code, reason } = ended;
        if (!(await effects.failed(item, code, reason))) await this.#finish(item, { status: 'failed', at: clock.now(), reason });
        this.#drop(keyOf(item));
        return true;
      }
      case 'aborted':
        return true;
      case 'unheld':
        // Another instance may have taken it over. If not, it must be free, because a claim passes
        // over what this instance holds.
        if (this.#held.delete(keyOf(item))) void this.#completions.release(item, item.notBefore, ended.left);
        return false;
      case 'later':
        if (ended.elsewhere) this.#yields = true;
        this.#drop(keyOf(item));
        await this.#completions.release(item, clock.now() + ended.waitMs, ended.left);
        return false;
    }
  }

  /**
   * Settled or cancelled on another instance, or taken over while this one could not reach the
   * store.
   */
  #lose({ item }: Held): void {
    if (item.lane !== null) this.#lanes.lose(item.lane);
    this.#drop(keyOf(item));
  }

  async #finish(item: WorkItem, delivery: Delivery | null): Promise<void> {
    const message = isMessage(item);
    const isOurs = await this.#completions.done(item, message ? delivery : null);
    // Another instance took it over and does it again. What follows it here comes after that.
    if (!isOurs && item.lane !== null) this.#lanes.lose(item.lane);
    // There is no abort. Nothing runs any more that it could end, and it costs an error with its
    // stack.
    this.#held.delete(keyOf(item));
    if (message && delivery) this.#options.effects.delivered(item, delivery);
  }

  async #renew(work: readonly Held[]): Promise<void> {
    for (const { item } of await this.#leases.renew(work))
      if (item.kind === 'invocation') void this.#busy(`run ${item.type}`, () => this.#options.invocations.listen(item));
  }

  /**
   * Work that is accepted from now on must not overtake the released item, whichever instance does
   * it.
   */
  #release(item: WorkItem, notBefore: number): void {
    if (item.lane !== null) this.markContended(item.lane);
    void this.#completions.release(item, notBefore).then(() => {
      if (notBefore <= this.#options.clock.now()) this.#options.released();
    });
  }

  #halt(): void {
    this.#draining.abort();
    this.#stopping = true;
  }

  /**
   * Ends the heartbeat. It must not be called before what is under way is marked. Until then its
   * lease is renewed, however long that takes.
   */
  #end(): void {
    this.#completions.stop();
    for (const stop of this.#stops) stop();
  }

  /** The item is another instance's now, or its row is gone. */
  #drop(key: string): void {
    const held = this.#held.get(key);
    if (!held || !this.#held.delete(key)) return;
    // A turn elsewhere may have stopped it.
    if (held.item.kind === 'invocation') this.#options.invocations.stop(held.item, false);
    else held.abort.abort();
  }

  async #busy(where: string, work: () => Promise<unknown>): Promise<void> {
    this.#active++;
    await this.#admission.turn();
    await work()
      .catch((error: unknown) => this.#options.onError(where, error))
      .finally(() => this.#active--);
  }
}
