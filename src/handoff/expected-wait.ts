/** How long a customer will wait for a human, from how long others of the queue have waited. */
import type { HandoffRecords } from '#storage/handoff.ts';

/** Waits that the estimate is made of. */
const SAMPLE = 20;
/** Fewer say nothing. */
const LEAST = 5;
/** Older waits say nothing of now, in milliseconds. */
const RECENT_MS = 4 * 3_600_000;
/** A shorter wait is not worth a word, in milliseconds. */
const SHORT_MS = 30_000;
/** A longer one is no promise that anybody would keep, in minutes. */
const MOST_MINUTES = 240;

/**
 * Minutes that a customer will wait who has waited for `waitedMs`. Undefined if too little is
 * known, or the customer has waited for longer than others do.
 */
export async function expectedWait(
  records: Pick<HandoffRecords, 'waits'>,
  { queue, waitedMs, now }: { readonly queue: string | null; readonly waitedMs: number; readonly now: number },
): Promise<number | undefined> {
  const waits = await records.waits(queue, now - RECENT_MS, SAMPLE);
  if (waits.length < LEAST) return undefined;
  const left = medianOf(waits) - waitedMs;
  return left < SHORT_MS ? undefined : roundedMinutes(left);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** Whole minutes up to 10, then fives up to an hour, then hours. */
function roundedMinutes(ms: number): number | undefined {
  const minutes = ms / 60_000;
  const step = minutes <= 10 ? 1 : minutes <= 55 ? 5 : 60;
  const rounded = Math.max(1, Math.round(minutes / step) * step);
  return rounded > MOST_MINUTES ? undefined : rounded;
}
