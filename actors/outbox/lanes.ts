/**
 * The order in which work of one lane is done.
 *
 * Owns: a queue for each lane with work held here, and what is known of other instances' work in it.
 * Does not own: leases, and the attempts at an item (outbox.ts).
 *
 * Invariants: in a lane one item is done at a time, in order of session opening and serial, and an item is never
 * overtaken: not by one held here, nor by one that another instance holds or is about to take.
 */
import { LRUCache } from 'lru-cache';
import type { Store, WorkItem } from '#storage/port.ts';
import { type Clock, pause } from '../contract/clock.ts';
import { inOrder, keyOf } from '../contract/work-item.ts';

/** Work whose lease is ours. */
export interface Held {
  readonly item: WorkItem;
  readonly abort: AbortController;
  /** As far as we know, in milliseconds since the epoch: the last renewal of which the store told us. */
  leaseUntil: number;
}

export interface LanesOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Between two looks whether others are done with what comes before ours, in milliseconds. */
  readonly recheckMs: number;
  /** By key: what is queued here and no longer held has been dropped. */
  readonly held: ReadonlyMap<string, Held>;
  /** Resolves to false if the item was given back for later. */
  readonly attempt: (held: Held, earlier: number) => Promise<boolean>;
  /** Gives an item back for others, if it is still held. */
  readonly giveBack: (item: WorkItem) => void;
  readonly busy: (where: string, work: () => Promise<unknown>) => Promise<void>;
  readonly onError: (where: string, error: unknown) => void;
}

interface Lane {
  /** In order. `clear`: nobody else holds work of this lane that comes before it. */
  readonly waiting: { readonly item: WorkItem; clear: boolean }[];
  /** How often it became doubtful who else holds work of this lane. */
  doubts: number;
  running: boolean;
}

/** Lanes of which it is remembered that they are clear. Of any other it is asked again, which costs a query. */
const CLEAR_LANES = 10_000;

export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that hold nothing but what we hold ourselves: nobody else has committed to them since we found that out. */
  readonly #clear = new LRUCache<string, true>({ max: CLEAR_LANES });

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  isClear(name: string): boolean {
    return this.#clear.has(name);
  }

  /** The lane is new: nobody else can have work in it. */
  markOwned(name: string): void {
    this.#clear.set(name, true);
  }

  /** Somebody else may have work in this lane: what comes from now on must not overtake it. */
  markContended(name: string): void {
    this.#clear.delete(name);
    const running = this.#lanes.get(name);
    if (running) running.doubts++;
  }

  /** Somebody else has taken over work of this lane, and what waits here may come behind it. */
  lose(name: string): void {
    this.markContended(name);
    for (const waiting of this.#lanes.get(name)?.waiting ?? []) waiting.clear = false;
  }

  /** `clear`: nobody else holds work of this lane that comes before the item. */
  queue(name: string, item: WorkItem, clear: boolean): void {
    const lane = this.#lanes.get(name) ?? { waiting: [], doubts: 0, running: false };
    this.#lanes.set(name, lane);
    lane.waiting.push({ item, clear });
    lane.waiting.sort((a, b) => inOrder(a.item, b.item));
    if (lane.running) return;
    lane.running = true;
    void this.#options.busy(`lane ${name}`, () => this.#run(name, lane));
  }

  async #run(name: string, lane: Lane): Promise<void> {
    const { held: allHeld, clock, recheckMs, attempt, giveBack } = this.#options;
    try {
      for (let head = lane.waiting[0]; head !== undefined; head = lane.waiting[0]) {
        const { item, clear } = head;
        const held = allHeld.get(keyOf(item));
        if (held && !clear) {
          const comesFirst = await this.#comesFirst(name, lane, item);
          // While we asked, what comes before it may have been taken over by us: then that is the head.
          if (lane.waiting[0] !== head) continue;
          if (!comesFirst) {
            await pause(clock, recheckMs, held.abort.signal);
            continue;
          }
        }
        if (held && !(await attempt(held, item.attempts))) {
          this.markContended(name);
          break;
        }
        remove(lane.waiting, head);
      }
    } finally {
      // Whatever ended the loop early: nothing may wait here with nobody to do it. Whoever comes by when the head may
      // be tried again takes the whole lane.
      for (const { item } of lane.waiting.splice(0)) giveBack(item);
      lane.running = false;
      if (this.#lanes.get(name) === lane) this.#lanes.delete(name);
    }
  }

  /** Nobody else holds, or is about to take, work of this lane that comes before ours. */
  async #comesFirst(name: string, lane: Lane, head: WorkItem): Promise<boolean> {
    const { store, held, onError } = this.#options;
    try {
      const { doubts } = lane;
      const pending = await store.pendingWork(name);
      const others = pending.filter((item) => !held.has(keyOf(item)));
      if (others.length === 0 && lane.doubts === doubts) this.#clear.set(name, true);
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
