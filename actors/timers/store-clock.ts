/**
 * The clock that all instances on one store share: the store's own. An instance's wall clock may be
 * off by half a minute, or be set while it runs; what is due and whose lease has run out is decided
 * by this one instead.
 *
 * Owns: how far the store's clock is from this process's steady one, asked again and again.
 * Invariants: between two questions the time goes on by the process's steady clock, so that nothing
 * depends on the wall clock of this machine. While the store is away the last answer holds. An
 * answer is uncertain by half of its round trip: the best one counts, until its age has made it
 * worse than the next, or until another contradicts it (the store's clock was set, another server
 * took over, this process was suspended).
 */
import type { Clock } from '#machines/clock.ts';
import { systemClock } from '../contract/system-clock.ts';
import { every } from '../contract/waiting.ts';

export interface StoreClockOptions {
  /** The store's clock, in milliseconds since the epoch. */
  readonly ask: () => Promise<number>;
  /**
   * Between two questions, in milliseconds. Default 5,000: what a clock that is set costs at most.
   */
  readonly everyMs?: number;
  /** Milliseconds that only go forward, from any beginning. Default: Node's own. */
  readonly steady?: () => number;
  /** Calls back after a while. Default: Node's own. */
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

/** Two quartz clocks part by less than this, in milliseconds a millisecond. */
const DRIFT = 2e-4;
/** Clocks are read in whole milliseconds here and there. */
const GRAIN_MS = 1;

/** How often it is asked before anything goes by it. */
const FIRST_QUESTIONS = 3;

/** Asks, and resolves when there is an answer. Rejects if that fails. */
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
  for (let asked = 1; asked < FIRST_QUESTIONS; asked++) weigh(await read());
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
