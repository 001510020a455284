/**
 * TimerService wakes sessions when their timers are due.
 *
 * Owns timers for the sessions in the memory of this process, which fire on time, and the poll for
 * sessions that no instance has in memory.
 * Does not own what is due. The turn decides that.
 *
 * Invariants
 * 1. Losing every timer costs at most the time of one poll (`test/actors/runtime-work.test.ts`).
 * 2. The store gives a due session to one instance only (`test/contracts/store-reads.ts`).
 */
import type { Address } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';

export interface TimerServiceOptions extends Pick<Settings, 'store' | 'clock' | 'pollMs' | 'graceMs' | 'leaseMs' | 'crash' | 'onError'> {
  /**
   * Resolves when the session's timers have fired. `row` is the row that the store gave this
   * instance to wake.
   */
  readonly wake: (address: Address, row?: SessionRow) => Promise<unknown>;
}

/**
 * Claimed sessions under way at most. If many are due at once they are claimed a few at a time, so
 * that messages get their turns in between.
 */
const MAX_WAKING = 32;
/** Time between two polls while more are due, in milliseconds. */
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

  /** Sets the one timer of an address. Null removes it. */
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

  /** Polls the store once. Resolves to true if more sessions may be due. */
  async poll(): Promise<boolean> {
    const { store, clock, graceMs, leaseMs, crash, wake } = this.#options;
    const room = MAX_WAKING - this.#waking;
    if (room <= 0) return true;
    const now = clock.now();
    const due = await store.claimDue(now - graceMs, now + leaseMs, room);
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
      this.#options.onError('polling for due sessions', error);
    }
    if (!this.#stopped) this.#schedule(more ? NEXT_MS : this.#options.pollMs);
  }
}
