/**
 * Wakes sessions when their timers are due.
 *
 * Owns: alarms in this process for sessions that it has at hand, which ring on time; and the
 * regular look into the store for sessions that nobody has at hand.
 * Invariants: an alarm only says "look": the turn decides what is due. Losing every alarm costs at
 * most the time of one look. The store gives a due session to one instance only.
 */

import type { Clock } from '#machines/clock.ts';
import type { Address } from '#machines/ids.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { CrashPoints } from '../contract/crash-points.ts';

export interface TimerServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  /**
   * Between two looks into the store, in milliseconds. With `graceMs` it bounds how late a timer
   * can fire.
   */
  readonly pollMs: number;
  /** How long a due session is left to the instance that has it at hand, in milliseconds. */
  readonly graceMs: number;
  /** How long a claimed session is ours to wake before another instance may, in milliseconds. */
  readonly claimMs: number;
  readonly crash: CrashPoints;
  /** `row`: as the store gave it to us to be woken. Resolves when its timers have fired. */
  readonly wake: (address: Address, row?: SessionRow) => Promise<unknown>;
  readonly onError: (where: string, error: unknown) => void;
}

/**
 * Claimed sessions under way at most. Many that are due at once are taken a few at a time, so that
 * messages get their turns in between.
 */
const MAX_WAKING = 32;
/** Between two looks while more are due, in milliseconds. */
const NEXT_MS = 2;

export class TimerService {
  readonly #options: TimerServiceOptions;
  readonly #armed = new Map<Address, { readonly due: number; readonly cancel: () => void }>();
  #cancelPoll: (() => void) | undefined;
  #waking = 0;
  #stopped = false;

  constructor(options: TimerServiceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPoll?.();
    for (const { cancel } of this.#armed.values()) cancel();
    this.#armed.clear();
  }

  /** Sets the one alarm of an address; null takes it away. */
  set(address: Address, due: number | null): void {
    const armed = this.#armed.get(address);
    if (armed?.due === due || (armed === undefined && due === null)) return;
    armed?.cancel();
    if (due === null || this.#stopped) {
      this.#armed.delete(address);
      return;
    }
    const cancel = this.#options.clock.after(Math.max(0, due - this.#options.clock.now()), () => {
      this.#armed.delete(address);
      this.#options.crash('between wake and turn');
      void this.#options.wake(address);
    });
    this.#armed.set(address, { due, cancel });
  }

  /** One look into the store. Resolves to whether there may be more to find. */
  async poll(): Promise<boolean> {
    const { store, clock, graceMs, claimMs, crash, wake } = this.#options;
    const room = MAX_WAKING - this.#waking;
    if (room <= 0) return true;
    const now = clock.now();
    const due = await store.claimDue(now - graceMs, now + claimMs, room);
    if (due.length > 0) crash('between wake and turn');
    this.#waking += due.length;
    for (const row of due) void wake(row.address, row).finally(() => this.#waking--);
    return due.length === room;
  }

  #schedule(ms: number): void {
    this.#cancelPoll = this.#options.clock.after(ms, () => void this.#pollAndSchedule());
  }

  async #pollAndSchedule(): Promise<void> {
    let more = false;
    try {
      more = await this.poll();
    } catch (error) {
      this.#options.onError('looking for due sessions', error);
    }
    if (!this.#stopped) this.#schedule(more ? NEXT_MS : this.#options.pollMs);
  }
}
