/**
 * Classes of durations. A class holds durations up to 19 % longer than its shortest one, four
 * classes to a doubling. The counts of classes are added up over any hours and dimensions, which
 * percentiles cannot be. A percentile that is read from them is within 9 % of the exact one.
 */

/** Classes in a doubling. */
const PER_DOUBLING = 4;

/** Key of the class of a duration in milliseconds. Less than a millisecond is class 0. */
export function durationClass(ms: number): string {
  return ms < 1 ? '0' : String(1 + Math.floor(Math.log2(ms) * PER_DOUBLING));
}

/** The shortest duration of a class, and of the next one. */
function classBounds(key: string): readonly [number, number] {
  const index = Number(key);
  return index <= 0 ? [0, 1] : [2 ** ((index - 1) / PER_DOUBLING), 2 ** (index / PER_DOUBLING)];
}

export interface ClassCount {
  readonly key: string;
  readonly n: number;
}

/**
 * The duration that this share of all is not longer than, in whole milliseconds. Null for none. It
 * is the middle of its class, which no duration of the class is further from than 9 %.
 */
export function percentile(classes: readonly ClassCount[], share: number): number | null {
  const ordered = classes.filter(({ n }) => n > 0).toSorted((a, b) => Number(a.key) - Number(b.key));
  const all = ordered.reduce((sum, { n }) => sum + n, 0);
  if (all === 0) return null;
  let rank = Math.max(1, Math.ceil(share * all));
  for (const { key, n } of ordered) {
    if (rank > n) {
      rank -= n;
      continue;
    }
    const [from, to] = classBounds(key);
    return from < 1 ? 0 : Math.round(Math.sqrt(from * to));
  }
  return null;
}
