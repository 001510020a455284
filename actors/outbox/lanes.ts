/**
 * Lanes keep the order in which work of one lane is done.
 *
 * Owns a queue for each lane with work held here, and what is known of other instances' work in
 * it. A lane is owned while only this instance has work in it. It becomes contended when another
 * instance may have committed to it.
 * Does not own leases (leases.ts), and the attempts at an item (attempts.ts).
 *
 * Invariants
 * 1. One item of a lane is done at a time, in order of session opening and serial
 *    (`test/actors/runtime-work.test.ts`).
 * 2. No item is overtaken, neither by one held here nor by one that another instance holds or is
 *    about to claim (`test/actors/outbox/lanes.test.ts`, `lost-lanes.test.ts`,
 *    `contended-lanes.test.ts`).
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '#machines/clock.ts';
import type { Store, WorkItem } from '#storage/port.ts';
import { pause } from '../contract/waiting.ts';
import { inOrder, keyOf } from '../contract/work-item.ts';

/** A work item that this instance holds a lease on. */
export interface Held {
  /** Another one, of the same key, after its session moved. */
  item: WorkItem;
  readonly abort: AbortController;
  /** The end of the last renewal that the store confirmed, in milliseconds since the epoch. */
  leaseUntil: number;
  /** An attempt at it may have reached its provider, and is not over. */
  underWay: boolean;
}

export interface LanesOptions {
  readonly store: Store;
  readonly clock: Clock;
  /**
   * Time between two checks whether other instances are done with what comes before, in
   * milliseconds.
   */
  readonly recheckMs: number;
  /** By key. An item that is queued here and no longer held has been dropped. */
  readonly held: ReadonlyMap<string, Held>;
  /** Resolves to false if the item was released for later. */
  readonly attempt: (held: Held, earlier: number) => Promise<boolean>;
  /** Releases an item for other instances, if it is still held. */
  readonly release: (item: WorkItem) => void;
  readonly busy: (where: string, work: () => Promise<unknown>) => Promise<void>;
  readonly onError: (where: string, error: unknown) => void;
}

interface Lane {
  name: string;
  /**
   * In order. `clear` is true if no other instance holds work of this lane that comes before it.
   */
  readonly waiting: { item: WorkItem; clear: boolean }[];
  /** How often another instance may have committed to this lane. */
  contentions: number;
  running: boolean;
  /** Work of a lane that has become part of this one, and was being done then. */
  before: Promise<void> | undefined;
  done: Promise<void>;
}

/**
 * Owned lanes that are remembered. The work of any other lane is checked in the store, which costs
 * a query.
 */
const OWNED_LANES = 10_000;

export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  /**
   * Lanes in which only this instance has work. No other has committed to them since that was found
   * out.
   */
  readonly #owned = new LRUCache<string, true>({ max: OWNED_LANES });

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  isOwned(name: string): boolean {
    return this.#owned.has(name);
  }

  /** The lane is new, so no other instance can have work in it. */
  markOwned(name: string): void {
    this.#owned.set(name, true);
  }

  /**
   * Another instance may have work in this lane. Work that is queued from now on must not overtake
   * it.
   */
  markContended(name: string): void {
    this.#owned.delete(name);
    const running = this.#lanes.get(name);
    if (running) running.contentions++;
  }

  /** Another instance has taken over work of this lane, and what waits here may come behind it. */
  lose(name: string): void {
    this.markContended(name);
    for (const waiting of this.#lanes.get(name)?.waiting ?? []) waiting.clear = false;
  }

  /** `clear` is true if no other instance holds work of this lane that comes before the item. */
  queue(name: string, item: WorkItem, clear: boolean): void {
    const lane: Lane = this.#lanes.get(name) ?? {
      name,
      waiting: [],
      contentions: 0,
      running: false,
      before: undefined,
      done: Promise.resolve(),
    };
    this.#lanes.set(name, lane);
    lane.waiting.push({ item, clear });
    lane.waiting.sort((a, b) => inOrder(a.item, b.item));
    if (lane.running) return;
    lane.running = true;
    lane.done = this.#options.busy(`lane ${name}`, () => this.#run(lane));
  }

  /**
   * Work of a lane belongs to another one from now on. Where that has work here already, what is
   * being done is finished first. Another instance may hold work of the old lane, and that may come
   * before what waits in the new one.
   */
  moved(from: string, to: string): void {
    this.#owned.delete(from);
    const lane = this.#lanes.get(from);
    if (lane !== undefined) this.#merge(lane, to);
    this.lose(to);
  }

  #merge(lane: Lane, to: string): void {
    this.#lanes.delete(lane.name);
    for (const waiting of lane.waiting) {
      waiting.item = this.#options.held.get(keyOf(waiting.item))?.item ?? waiting.item;
      waiting.clear = false;
    }
    lane.name = to;
    const there = this.#lanes.get(to);
    if (there === undefined) {
      this.#lanes.set(to, lane);
      return;
    }
    there.before = Promise.all([there.before, lane.done]).then(() => undefined);
    there.waiting.push(...lane.waiting.splice(1));
    there.waiting.sort((a, b) => inOrder(a.item, b.item));
  }

  async #run(lane: Lane): Promise<void> {
    const { held: allHeld, clock, recheckMs, attempt, release } = this.#options;
    try {
      for (let head = lane.waiting[0]; head !== undefined; head = lane.waiting[0]) {
        if (lane.before !== undefined) {
          const { before } = lane;
          await before;
          if (lane.before === before) lane.before = undefined;
          continue;
        }
        const { item, clear } = head;
        const held = allHeld.get(keyOf(item));
        if (held && !clear) {
          const comesFirst = await this.#comesFirst(lane, item);
          // Meanwhile this instance may have taken over what comes before it. Then that is the
          // head.
          if (lane.waiting[0] !== head) continue;
          if (!comesFirst) {
            await pause(clock, recheckMs, held.abort.signal);
            continue;
          }
        }
        if (held && !(await attempt(held, item.attempts))) {
          this.markContended(lane.name);
          break;
        }
        remove(lane.waiting, head);
      }
    } finally {
      // If the loop ended early, nothing would do what waits here. The instance that claims the
      // head when it may be tried again takes the whole lane.
      for (const { item } of lane.waiting.splice(0)) release(item);
      lane.running = false;
      if (this.#lanes.get(lane.name) === lane) this.#lanes.delete(lane.name);
    }
  }

  /**
   * No other instance holds, or is about to claim, work of this lane that comes before the head.
   */
  async #comesFirst(lane: Lane, head: WorkItem): Promise<boolean> {
    const { store, held, onError } = this.#options;
    const { name } = lane;
    try {
      const { contentions } = lane;
      const pending = await store.pendingWork(name);
      const others = pending.filter((item) => !held.has(keyOf(item)));
      // The lane moved while the store was read, so this is no answer about what it is now.
      if (lane.name !== name) return false;
      const isCurrent = this.#lanes.get(name) === lane && lane.contentions === contentions;
      if (others.length === 0 && isCurrent) this.#owned.set(name, true);
      return !others.some((item) => inOrder(item, head) < 0);
    } catch (error) {
      onError(`lane ${name}`, error);
      return false;
    }
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
