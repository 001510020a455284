/**
 * The wall clock of a time zone. It turns what the clock shows into moments, over changes to and
 * from daylight saving. `Intl` has the zones, so nothing is imported. Two runtimes may have
 * different releases of the time zone database, so no machine may use it in a transition.
 */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Whether this runtime knows the zone by this name. An offset such as `+02:00` is not a name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /**
   * First moment at which the clock shows this time of this day, or a later one. A time that the
   * clock skips is the moment of the skip, and of a time that it shows twice it is the first.
   *
   * @param day days since 1 January 1970
   * @param minute minutes since midnight. 1,440 is the midnight that ends the day.
   * @returns milliseconds since the epoch
   */
  reached(day: number, minute: number): number {
    const shown = day * DAY + minute * MINUTE;
    // No zone is a whole day away from UTC, so these moments surround the one that is looked for.
    // No zone changes its offset twice within two days.
    let from = shown - DAY;
    let to = shown + DAY;
    const before = this.#offset(from);
    const after = this.#offset(to);
    if (before === after) return shown - before;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.#offset(middle) === before) from = middle;
      else to = middle;
    }
    return shown - before < to ? shown - before : Math.max(to, shown - after);
  }

  /** Milliseconds by which the clock is ahead of UTC. */
  #offset(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(at / 1_000) * 1_000;
  }
}
