/** Counts of states that many viewers of one instance share. */
import type { StateCount, StateCounts } from '#storage/state-counts.ts';

/** How long counts are shown again, in milliseconds. Each page asks every few seconds. */
const KEPT_MS = 1_000;

/** However many ask, the store counts once a second. A failure is not kept. */
export function recentCounts(counts: StateCounts, now: () => number): StateCounts {
  let kept: { readonly at: number; readonly counts: Promise<readonly StateCount[]> } | undefined;
  return {
    stateCounts() {
      const at = now();
      if (kept !== undefined && at - kept.at < KEPT_MS) return kept.counts;
      const counted = counts.stateCounts();
      kept = { at, counts: counted };
      counted.catch(() => {
        kept = undefined;
      });
      return counted;
    },
  };
}
