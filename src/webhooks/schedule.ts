/** When an event is sent again, and when an endpoint is given up. In milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The wait after each failed attempt at an event. Together they are 76 hours. */
export const WAITS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
];

/** After that many failures in a row, of any session, the receiver counts as down. */
export const DOWN_AFTER = 5;
/**
 * While it is down, one request at a time finds out whether it is back, at most this far apart. So
 * it is found soon, and not bothered.
 */
const LONGEST_PROBE_WAIT = 10 * MINUTE;
/** An endpoint without any success for that long is disabled. */
export const GIVE_UP_AFTER = 72 * HOUR;
/** A receiver may ask for no longer wait than that. */
const LONGEST_RETRY_AFTER = 24 * HOUR;

/** Undefined if the event is given up. `attempts` counts the failed ones. */
export function waitAfter(attempts: number): number | undefined {
  return WAITS[attempts - 1];
}

/** The wait until the next probe of a receiver that is down. */
export function probeWait(failures: number): number {
  return Math.min(WAITS[failures - DOWN_AFTER] ?? LONGEST_PROBE_WAIT, LONGEST_PROBE_WAIT);
}

/** `Retry-After` in milliseconds from now. It has seconds or a date. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER);
}
