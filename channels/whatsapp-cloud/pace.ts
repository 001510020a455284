/**
 * Pacer that keeps sending within WhatsApp's limits, before it refuses and after.
 *
 * Owns when a message may be sent to a person. Does not own the calls.
 *
 * Invariants
 * 1. One person is sent 10 messages in a minute at most, which is the documented one in 6 s with a
 *    burst. The number sends and receives `perSecond` in a second at most, as far as that is ours.
 * 2. A person or number that WhatsApp holds back (131056, 130429) is left alone until the hold is
 *    over, for all callers. Holds of a person grow with each in a row, as Meta advises.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { RateLimited } from '../port.ts';
import type { Quota, QuotaLimit, SlotOrWait } from '../quota.ts';

/** A tenth above a second, for clocks and counters that differ from ours. */
const SECOND = 1_100;
const PAIR: Pick<QuotaLimit, 'slots' | 'windowMs'> = { slots: 10, windowMs: 60_000 };
/** Longest hold of a person in milliseconds. Meta advises 4^n seconds. */
const LONGEST_HOLD = 256_000;
/** Holds that are over are forgotten from this many on. */
const MAX_HOLDS = 10_000;

export interface PaceOptions {
  readonly clock: Clock;
  readonly quota: Quota;
  /** Messages that the number may send and receive in a second. */
  readonly perSecond: number;
  /** Longest wait in milliseconds. A longer one throws `RateLimited`, to be retried later. */
  readonly maxWaitMs: number;
}

interface Hold {
  readonly until: number;
  /** How many there were in a row. */
  readonly count: number;
}

export class Pace {
  private readonly options: PaceOptions;
  private readonly held = new Map<string, Hold>();
  private numberHeldUntil = 0;

  constructor(options: PaceOptions) {
    this.options = options;
  }

  /**
   * Resolves when a message may go to the person, with a function to call when it has gone. Throws
   * `RateLimited` if that is too far off, or the signal's reason.
   */
  async turn(person: string, signal: AbortSignal): Promise<() => void> {
    const { clock, maxWaitMs } = this.options;
    const begun = clock.now();
    for (;;) {
      signal.throwIfAborted();
      const taken = await this.take(person);
      if ('done' in taken) return () => taken.done(clock.now());
      const wait = taken.waitMs;
      if (clock.now() - begun + wait > maxWaitMs)
        throw new RateLimited(`the customer can be written to in ${Math.ceil(wait / 1_000)} s`, wait, { scope: 'pace' });
      await sleep(clock, wait, signal);
    }
  }

  private take(person: string): Promise<SlotOrWait> | SlotOrWait {
    const { clock, quota } = this.options;
    const waitMs = Math.max((this.held.get(person)?.until ?? 0) - clock.now(), this.numberHeldUntil - clock.now(), 0);
    if (waitMs > 0) return { waitMs };
    return quota.take([{ key: `pair:${person}`, ...PAIR, of: 'peer' }, this.numberLimit()], clock.now());
  }

  private numberLimit(): QuotaLimit {
    return { key: 'number', slots: this.options.perSecond, windowMs: SECOND, of: 'account' };
  }

  /** A message arrived, which counts against the number too. It cannot wait, so it never does. */
  async received(): Promise<void> {
    const { clock, quota } = this.options;
    const taken = await quota.take([this.numberLimit()], clock.now());
    if ('done' in taken) taken.done(clock.now());
  }

  /** WhatsApp refused for now. Resolves to how long the person is left alone, in milliseconds. */
  hold(person: string, { retryAfterMs, facts }: RateLimited): number {
    const now = this.options.clock.now();
    if (facts['scope'] !== 'pair') {
      this.numberHeldUntil = Math.max(this.numberHeldUntil, now + retryAfterMs);
      return retryAfterMs;
    }
    const count = (this.held.get(person)?.count ?? 0) + 1;
    const ms = Math.min(LONGEST_HOLD, Math.max(retryAfterMs, 4 ** count * 1_000));
    this.forget(now);
    this.held.set(person, { until: now + ms, count });
    return ms;
  }

  /** A message was taken, so the next hold of the person is short again. */
  sent(person: string): void {
    this.held.delete(person);
  }

  private forget(now: number): void {
    if (this.held.size < MAX_HOLDS) return;
    for (const [person, { until }] of this.held) if (until <= now) this.held.delete(person);
  }
}
