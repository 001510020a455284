/** How long a customer has waited, and how urgent that is. */

/** From here on a card warns, in milliseconds. */
export const SOON_MS = 2 * 60_000;
/** From here on it is late, in milliseconds. */
export const LATE_MS = 5 * 60_000;

export type Urgency = 'calm' | 'soon' | 'late';

export function urgencyOf(waitedMs: number): Urgency {
  return waitedMs >= LATE_MS ? 'late' : waitedMs >= SOON_MS ? 'soon' : 'calm';
}

/** `0:07`, `12:40`, `3:05:00`. A time ahead of the clock is 0. */
export function clockOf(waitedMs: number): string {
  const seconds = Math.max(0, Math.floor(waitedMs / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
