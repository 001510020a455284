/** Times and durations of a session's entries, to the millisecond where it matters. */
export interface SessionTimes {
  /** Date and time, with seconds. */
  readonly whole: (at: number) => string;
  /** Time of day, with milliseconds. */
  readonly precise: (at: number) => string;
  /** Time of day, with seconds. */
  readonly clock: (at: number) => string;
  /** As in "1 hr, 5 min" or "0.35 sec". */
  readonly duration: (ms: number) => string;
}

/** Times stand close to each other, so they have no words. */
const SHORT = { hourCycle: 'h23' } as const;

/** Units of a duration, in milliseconds, the longest first. */
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

export function sessionTimes(locale: string, timeZone?: string): SessionTimes {
  const zone = timeZone === undefined ? {} : { timeZone };
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', ...zone });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', ...SHORT, ...zone });
  const precise = new Intl.DateTimeFormat(locale, {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, ...SHORT },
    ...zone,
  });
  const unit = (name: string, maximumFractionDigits: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits });
  const longer = UNITS.map(([name, ms]) => ({ ms, format: unit(name, 0) }));
  const seconds = unit('second', 0);
  const parts = unit('second', 2);
  const list = new Intl.ListFormat(locale, { type: 'unit', style: 'narrow' });
  return {
    whole: (at) => whole.format(at),
    precise: (at) => precise.format(at),
    clock: (at) => clock.format(at),
    duration: (ms) => {
      if (ms < 60_000) return (ms < 10_000 ? parts : seconds).format(ms / 1_000);
      let left = ms;
      const said = longer.flatMap(({ ms: one, format }) => {
        const count = Math.floor(left / one);
        left -= count * one;
        return count === 0 ? [] : [format.format(count)];
      });
      // Two units are precise enough for a pause.
      return list.format(said.slice(0, 2));
    },
  };
}
