/**
 * The store clock is the clock that all instances on one store share. It decides what is due and
 * which leases have run out. An instance's wall clock may be off by half a minute, or be set while
 * the instance runs.
 *
 * Owns how far the store's clock is from this process's steady clock, which is read repeatedly.
 *
 * Invariants, with their tests in `test/actors/timers/store-clock.test.ts`
 * 1. Between two readings the time advances by the process's steady clock. Nothing depends on the
 *    wall clock of this machine. While the store is away, the last reading holds.
 * 2. A reading is uncertain by half of its round trip. The best one counts until its age has made
 *    it worse than the next one, or until another contradicts it (the store's clock was set,
 *    another server took over, this process was suspended).
 */
import type { Clock } from '#machines/clock.ts';
import { systemClock } from '../contract/system-clock.ts';
import { every } from '../contract/waiting.ts';

export interface StoreClockOptions {
  /** The store's clock, in milliseconds since the epoch. */
  readonly ask: () => Promise<number>;
  /**
   * Time between two readings, in milliseconds. A clock that is set is noticed so late. Default:
   * 5,000.
   */
  readonly everyMs?: number;
  /** A clock in milliseconds that only goes forward, from any start. Default is that of Node. */
  readonly steady?: () => number;
  /** Calls back later. Default is a timer of Node. */
  readonly after?: Clock['after'];
  readonly onError?: (where: string, error: unknown) => void;
}

export interface StoreClock extends Clock {
  /** Milliseconds that `now` may be off the store's clock, as far as is known. */
  readonly uncertainty: number;
  stop(): void;
}

interface Reading {
  /** What to add to the steady clock. */
  readonly offset: number;
  /** Half of the round trip. */
  readonly error: number;
  /** When, on the steady clock. */
  readonly at: number;
}

/** Two quartz clocks drift apart by less than this, in milliseconds a millisecond. */
const DRIFT = 2e-4;
/** Both clocks are read in whole milliseconds. */
const GRAIN_MS = 1;

/** Readings before the clock is used. */
const FIRST_READINGS = 3;

/** Reads the store's clock and resolves. Rejects if that fails. */
export async function startStoreClock(options: StoreClockOptions): Promise<StoreClock> {
  const { ask, everyMs = 5_000, steady = () => performance.now(), after = systemClock.after, onError = () => {} } = options;

  async function read(): Promise<Reading> {
    const before = steady();
    const time = await ask();
    const at = steady();
    return { offset: time - (before + at) / 2, error: (at - before) / 2, at };
  }

  const uncertainty = ({ error, at }: Reading): number => error + (steady() - at) * DRIFT;
  let best = await read();

  function weigh(next: Reading): void {
    const contradicts = Math.abs(next.offset - best.offset) > next.error + uncertainty(best) + GRAIN_MS;
    if (contradicts || next.error <= uncertainty(best)) best = next;
  }

  // The first answer may have waited for a connection.
  for (let reading = 1; reading < FIRST_READINGS; reading++) weigh(await read());
  const stop = every({ after }, everyMs, 'asking the store for the time', async () => weigh(await read()), onError);

  return {
    now: () => Math.floor(steady() + best.offset),
    after,
    get uncertainty() {
      return uncertainty(best);
    },
    stop,
  };
}
