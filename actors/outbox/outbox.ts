/**
 * Does committed work: effects in lanes, invocations beside them.
 *
 * Owns: leases and their heartbeat, attempts at effects, taking over what another instance left behind.
 * Does not own: the order within a lane (lanes.ts), how outcomes reach the store (completions.ts), what an error means (retry-policy.ts),
 * what an effect does (its definition), what an invocation runs (invocation-runner.ts).
 * Invariants: work is begun only by the holder of its lease: who could not renew it in time (the store was away, this process was
 * suspended) leaves it to whoever takes it over. An item keeps its place in its lane while it waits for another attempt, or
 * frees the whole lane. Done work is marked at once; between a provider's acceptance and that mark a crash makes the next
 * holder do it again (the one window in which something may happen twice).
 */
import type { Json } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Delivery, WorkItem } from '#storage/port.ts';
import { every, nextPoll, nextRound, pause } from '../contract/clock.ts';
import { addressOf, isMessage, keyOf } from '../contract/work-item.ts';
import { Completions } from './completions.ts';
import { type Held, Lanes } from './lanes.ts';
import type { OutboxOptions } from './outbox-options.ts';
import { classifyFailure, LONGEST_HOLD_MS, rethrowUncounted } from './retry-policy.ts';

/** Of a lease, what is not used up: instances know their store's time to a few milliseconds, not to none. */
const LEASE_MARGIN = 0.1;
/** Of the time that a stop may take, the last part, in which nothing is begun: what would be cut off in its middle would be done twice. */
const STOP_MARGIN = 0.3;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #held = new Map<string, Held>();
  readonly #lanes: Lanes;
  readonly #outcomes: Completions;
  #stopping = false;
  /** When the last work may be begun, on the clock of `performance.now()`. */
  #beginsUntil = Number.POSITIVE_INFINITY;
  /** Ends waits for another attempt: what can't be done now is left to others. */
  readonly #draining = new AbortController();
  #active = 0;
  readonly #stops: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    const { store, clock, owner, sweepMs, onError } = options;
    this.#outcomes = new Completions({ store, clock, owner, onError });
    this.#lanes = new Lanes({
      store,
      clock,
      recheckMs: sweepMs / 4,
      held: this.#held,
      attempt: (held, earlier) => this.#attempt(held, earlier),
      giveBack: (item) => {
        if (this.#held.delete(keyOf(item))) this.#giveBack(item, item.notBefore);
      },
      busy: (where, work) => this.#busy(where, work),
      onError,
    });
  }

  /** Nothing is being done or marked right now. Invocations that run are not counted. */
  get idle(): boolean {
    return this.#active === 0 && this.#outcomes.idle;
  }

  /** A heartbeat that the store did not hear is sent again soon: a lease does not wait for the next one. */
  start(): void {
    const { clock, sweepMs, leaseMs, onError } = this.#options;
    this.#stops.push(
      every(clock, sweepMs, 'sweep', () => this.sweep(), onError),
      every(clock, leaseMs / 3, 'heartbeat', () => this.#renew([...this.#held.values()].map(({ item }) => item)), onError, leaseMs / 30),
    );
  }

  /** Stops taking work on, does what is held for at most `graceMs`, and frees the rest for others. What fails now waits for them too. */
  async stop(graceMs: number): Promise<void> {
    this.#halt();
    const deadline = performance.now() + graceMs;
    this.#beginsUntil = deadline - graceMs * STOP_MARGIN;
    while (!this.idle && performance.now() < deadline) await nextPoll();
    this.#end();
    const freed = [...this.#held.values()].map(({ item, abort }) => {
      abort.abort();
      // Before it is freed: whoever takes it over must not be talked over.
      if (item.kind === 'invocation') this.#options.stopInvocation(item, true);
      return this.#outcomes.later(item, 0);
    });
    this.#held.clear();
    await Promise.all(freed);
    if (freed.length > 0) this.#options.freed();
  }

  /** Forgets everything at once, as a crash would. */
  abandon(): void {
    this.#halt();
    this.#end();
    for (const { abort } of this.#held.values()) abort.abort();
    this.#held.clear();
  }

  /** Work that was just committed and is leased to us, no earlier than `at`: when its turn was computed, in milliseconds since the epoch. */
  accept(items: readonly WorkItem[], at: number): void {
    for (const item of items) this.#take(item, item.lane !== null && this.#lanes.isClear(item.lane), true, this.#leaseFrom(at));
  }

  /** The lane is new: nobody else can have work in it. */
  markOwned(lane: string): void {
    this.#lanes.markOwned(lane);
  }

  /** Somebody else may have work in this lane: what comes from now on must not overtake it. */
  markContended(lane: string): void {
    this.#lanes.markContended(lane);
  }

  /** These were settled or cancelled by a commit: their rows are gone. */
  forget(sessionId: SessionId, serials: readonly number[]): void {
    for (const serial of serials) this.#drop(keyOf({ sessionId, serial }));
  }

  /** Another instance has to go on with this run: we find it no sooner than the others do. */
  leave(runId: string): void {
    const item = this.#held.get(runId)?.item;
    if (!item || !this.#held.delete(runId)) return;
    this.#options.stopInvocation(item, true);
    this.#giveBack(item, this.#options.clock.now() + this.#options.sweepMs);
  }

  /** It is done here, or waits here to be done. */
  holds(key: string): boolean {
    return this.#held.has(key);
  }

  /** Somebody says that a turn elsewhere settled this, cancelled it or told it something: looks now and not at the next heartbeat. */
  async look(sessionId: SessionId, serial: number): Promise<void> {
    if (this.#held.has(keyOf({ sessionId, serial }))) await this.#renew([{ sessionId, serial }]);
  }

  /** Takes over what nobody holds. */
  async sweep(): Promise<void> {
    const { clock, leaseMs, maxHeld } = this.#options;
    const room = maxHeld - this.#held.size;
    if (this.#stopping || room <= 0) return;
    const now = clock.now();
    const { work, clear } = await this.#outcomes.claim(now, now + leaseMs, Math.min(room, 200));
    for (const item of work) this.#take(item, clear, false, this.#leaseFrom(now));
  }

  #leaseFrom(now: number): number {
    return now + this.#options.leaseMs * (1 - LEASE_MARGIN);
  }

  #take(item: WorkItem, clear: boolean, fresh: boolean, leaseUntil: number): void {
    const key = keyOf(item);
    const ours = this.#held.get(key);
    if (ours) return void Object.assign(ours, { leaseUntil });
    if (this.#stopping || this.#held.size >= this.#options.maxHeld) return this.#giveBack(item, 0);
    const held: Held = { item, abort: new AbortController(), leaseUntil };
    this.#held.set(key, held);
    if (item.kind === 'invocation') {
      void this.#busy(`run ${item.type}`, () => this.#startRun(held, fresh));
    } else if (item.lane === null) {
      void this.#busy(`effect ${item.type}`, () => this.#attempt(held, item.attempts));
    } else {
      this.#lanes.queue(item.lane, item, clear);
    }
  }

  async #startRun(held: Held, fresh: boolean): Promise<void> {
    const { item } = held;
    if (this.#held.get(keyOf(item)) !== held) return;
    try {
      if (!(await this.#options.invoke(item, fresh, () => this.#options.clock.now() < held.leaseUntil))) await this.#finish(item, null);
    } catch (error) {
      this.#options.onError(`run ${item.type}`, error);
      this.#drop(keyOf(item));
      await this.#outcomes.later(item, this.#options.clock.now() + this.#options.sweepMs);
    }
  }

  /** Resolves to false if the item was given back for later. */
  async #attempt(held: Held, earlier: number): Promise<boolean> {
    const { item, abort } = held;
    const { crash, clock, metrics, perform, attemptsOf } = this.#options;
    const isHeld = (): boolean => clock.now() < held.leaseUntil && performance.now() < this.#beginsUntil;
    let progress = item.progress;
    for (let attempt = earlier + 1; !abort.signal.aborted; ) {
      if (!isHeld()) {
        // Somebody else may be at it, or is to be. If not, it must be free: what is ours is passed over when we look for work.
        if (this.#held.delete(keyOf(item))) void this.#outcomes.later(item, item.notBefore, { attempts: attempt - 1, progress });
        return false;
      }
      const began = performance.now();
      try {
        crash('before effect');
        const saveProgress = async (saved: Json): Promise<void> => {
          progress = saved;
          await this.saveProgress(item, saved);
        };
        const { sessionId } = item;
        const context = { sessionId, address: addressOf(item), key: keyOf(item), attempt, signal: abort.signal, progress, saveProgress };
        const work = perform(item, context, isHeld);
        crash('during effect');
        const ref = await work;
        crash('after effect');
        metrics.effect(item.type, 'done', performance.now() - began);
        await this.#finish(item, { status: 'sent', at: clock.now(), ...(ref === undefined ? {} : { ref }) });
        return true;
      } catch (error) {
        if (abort.signal.aborted) break;
        const { retryable, code, reason, waitMs, counts } = classifyFailure(error, attempt);
        if (!retryable || (counts && attempt >= attemptsOf(item.type))) {
          metrics.effect(item.type, 'failed', performance.now() - began);
          this.#options.onError(`effect ${item.type}`, error);
          if (!(await this.#options.failed(item, code, reason))) await this.#finish(item, { status: 'failed', at: clock.now(), reason });
          this.#drop(keyOf(item));
          return true;
        }
        metrics.effect(item.type, 'retried', performance.now() - began);
        this.#options.onError(`effect ${item.type}`, error);
        if (waitMs > LONGEST_HOLD_MS || this.#stopping) {
          this.#drop(keyOf(item));
          await this.#outcomes.later(item, clock.now() + waitMs, { attempts: counts ? attempt : attempt - 1, progress });
          return false;
        }
        await pause(clock, waitMs, AbortSignal.any([abort.signal, this.#draining.signal]));
        if (counts) attempt++;
      }
    }
    return true;
  }

  /** What an interrupted attempt leaves for the next one. */
  async saveProgress({ sessionId, serial }: Pick<WorkItem, 'sessionId' | 'serial'>, progress: Json): Promise<void> {
    const { store, owner, clock, leaseMs } = this.#options;
    await store.renewWork(owner, [{ sessionId, serial, progress }], clock.now() + leaseMs).catch(rethrowUncounted);
  }

  async #finish(item: WorkItem, delivery: Delivery | null): Promise<void> {
    const message = isMessage(item);
    await this.#outcomes.done(item, message ? delivery : null);
    // Nothing runs any more that would have to be aborted (and an abort costs an error with its stack).
    this.#held.delete(keyOf(item));
    if (message && delivery) this.#options.delivered(item, delivery);
  }

  async #renew(work: readonly Pick<WorkItem, 'sessionId' | 'serial'>[]): Promise<void> {
    const { store, owner, clock, leaseMs } = this.#options;
    const items = work.map(({ sessionId, serial }) => ({ sessionId, serial }));
    if (items.length === 0) return;
    const now = clock.now();
    const kept = new Set((await store.renewWork(owner, items, now + leaseMs)).map(keyOf));
    // Gone: settled or cancelled on another instance, or taken over while we could not reach the store.
    for (const key of items.map(keyOf)) {
      const held = this.#held.get(key);
      const item = held?.item;
      if (!held || !item) continue;
      if (kept.has(key)) {
        held.leaseUntil = this.#leaseFrom(now);
        if (item.kind === 'invocation') void this.#busy(`run ${item.type}`, () => this.#options.listen(item));
        continue;
      }
      if (item.lane !== null) this.#lanes.lose(item.lane);
      this.#drop(key);
    }
  }

  /** What comes from now on must not overtake it, whoever does it. */
  #giveBack(item: WorkItem, notBefore: number): void {
    if (item.lane !== null) this.markContended(item.lane);
    void this.#outcomes.later(item, notBefore).then(() => {
      if (notBefore <= this.#options.clock.now()) this.#options.freed();
    });
  }

  #halt(): void {
    this.#draining.abort();
    this.#stopping = true;
  }

  /** Not before: what is under way is to be marked, however long that may take, and its lease to be kept. */
  #end(): void {
    this.#outcomes.stop();
    for (const stop of this.#stops) stop();
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (!held || !this.#held.delete(key)) return;
    // Somebody else's now, or nobody's: a turn elsewhere may have stopped it.
    if (held.item.kind === 'invocation') this.#options.stopInvocation(held.item, false);
    else held.abort.abort();
  }

  /** In the next round of the event loop: whoever sent the events that asked for this work hears first that they are stored. */
  async #busy(where: string, work: () => Promise<unknown>): Promise<void> {
    this.#active++;
    await nextRound();
    await work()
      .catch((error: unknown) => this.#options.onError(where, error))
      .finally(() => this.#active--);
  }
}
