/**
 * Figures of a measure, from sums of the roll-ups.
 *
 * Owns which sums are read, and how a figure is made of them. Does not own what a measure is
 * (analytics-measures.ts), or the steps of a range (analytics-ranges.ts).
 */
import { BUCKET_MS, type RollupDimension, type RollupFilter, type RollupSum, type Rollups } from '#storage/rollups.ts';
import { MEASURES, type Measure, type MeasureName, measureOf, sumsOf } from './analytics-measures.ts';
import { percentile } from './duration-classes.ts';

/** How a figure is split. */
export type Split = RollupDimension | 'key';

/** A figure. `value` is null where there is nothing to divide by, or nothing was measured. */
export interface Figure {
  readonly value: number | null;
  /** On how many it stands. */
  readonly n: number;
  /** Of durations. `value` is the median. */
  readonly p90?: number | null;
  readonly p99?: number | null;
  readonly mean?: number | null;
}

export interface Group {
  /** The value of what it is split by. Empty if it is not. */
  readonly name: string;
  readonly total: Figure;
  readonly steps: readonly Figure[];
}

export interface Question {
  readonly filter: RollupFilter;
  readonly edges: readonly number[];
  readonly by: Split | undefined;
  /** Groups at most. The greatest come first, and the others are added up as `OTHER`. */
  readonly top: number;
  /** Days, weeks and months that begin later are in no average. Milliseconds since the epoch. */
  readonly now: number;
}

/** A measure that a filter or a split does not fit has no figures. */
function fits(measure: Measure, { filter, by }: Pick<Question, 'filter' | 'by'>): boolean {
  const needed = Object.keys(filter) as RollupDimension[];
  if (!needed.every((dimension) => measure.dimensions.includes(dimension))) return false;
  return by === undefined || (by === 'key' ? measure.keys !== undefined : measure.dimensions.includes(by));
}

const OTHER = '…';

export async function figuresOf(
  rollups: Pick<Rollups, 'rollupSums'>,
  names: readonly MeasureName[],
  question: Question,
): Promise<ReadonlyMap<MeasureName, readonly Group[]>> {
  const { filter, edges, by } = question;
  const measures = names.map((name) => [name, measureOf(name)] as const).filter(([, measure]) => fits(measure, question));
  const keyed = (measure: Measure): boolean =>
    by === 'key' || measure.formula.form === 'duration' || sumsOf(measure).some(({ keys }) => keys !== undefined);
  const read = async (byKey: boolean): Promise<readonly RollupSum[]> => {
    const asked = measures.filter(([, measure]) => keyed(measure) === byKey).flatMap(([, measure]) => sumsOf(measure).map(({ of }) => of));
    if (asked.length === 0) return [];
    const split = by === undefined || by === 'key' ? {} : { by };
    return rollups.rollupSums({ measures: [...new Set(asked)], edges, filter, byKey, ...split });
  };
  const [plain, withKeys] = await Promise.all([read(false), read(true)]);
  return new Map(measures.map(([name, measure]) => [name, groupsOf(measure, keyed(measure) ? withKeys : plain, question)] as const));
}

function groupsOf(measure: Measure, sums: readonly RollupSum[], { edges, by, top, now }: Question): readonly Group[] {
  const wanted = new Set(sumsOf(measure).map(({ of }) => of));
  const own = sums.filter(({ measure: of }) => wanted.has(of));
  const nameOf = (sum: RollupSum): string => (by === undefined ? '' : by === 'key' ? sum.key : sum.group);
  const byName = Map.groupBy(own, nameOf);
  if (by === undefined && byName.size === 0) byName.set('', []);
  const whole = { from: edges[0] ?? 0, to: edges.at(-1) ?? 0, now };
  const sized = [...byName].map(([name, of]) => ({ name, of, size: figure(measure, of, whole).n }));
  const ordered = sized
    .filter(({ size }) => by === undefined || size !== 0)
    .toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  const shown: { readonly name: string; readonly of: readonly RollupSum[] }[] = ordered.slice(0, top);
  const rest = ordered.slice(top).flatMap(({ of }) => of);
  if (rest.length > 0) shown.push({ name: OTHER, of: rest });
  return shown.map(({ name, of }) => {
    const byStep = Map.groupBy(of, ({ step }) => step);
    return {
      name,
      total: figure(measure, of, whole),
      steps: edges.slice(0, -1).map((from, step) => figure(measure, byStep.get(step) ?? [], { from, to: edges[step + 1] ?? from, now })),
    };
  });
}

/** A part of the range, in buckets. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

function figure({ formula }: Measure, sums: readonly RollupSum[], part: Part): Figure {
  const taken = ({ of, keys }: { readonly of: string; readonly keys?: readonly string[] }) =>
    sums.filter(({ measure, key }) => measure === of && (keys === undefined || keys.includes(key)));
  const number = (found: readonly RollupSum[]): number => found.reduce((sum, { n }) => sum + n, 0);
  const amount = (found: readonly RollupSum[]): number => found.reduce((sum, { total }) => sum + total, 0);
  switch (formula.form) {
    case 'count': {
      const n = number(taken(formula.sums));
      return { value: n, n };
    }
    case 'sum': {
      const n = amount(taken(formula.sums));
      return { value: n, n };
    }
    case 'mean': {
      const found = taken(formula.sums);
      const n = number(found);
      return { value: n === 0 ? null : amount(found) / n, n };
    }
    case 'average': {
      const n = number(taken(formula.sums));
      const periods = periodsIn(part, formula.period);
      return { value: periods === 0 ? null : n / periods, n };
    }
    case 'duration': {
      const found = taken(formula.sums);
      const n = number(found);
      const mean = n === 0 ? null : Math.round(amount(found) / n);
      return { value: percentile(found, 0.5), n, p90: percentile(found, 0.9), p99: percentile(found, 0.99), mean };
    }
    case 'ratio': {
      const over = formula.over.flatMap(taken);
      const n = number(formula.under.flatMap(taken));
      return { value: n === 0 ? null : (formula.total === 'over' ? amount(over) : number(over)) / n, n };
    }
  }
}

const DAY_MS = 86_400_000;

/**
 * Days, weeks or months of UTC that begin in the part, by their noon, as their counts are placed.
 */
function periodsIn({ from, to, now }: Part, period: 'day' | 'week' | 'month'): number {
  const first = Math.ceil((from * BUCKET_MS) / DAY_MS - 0.5);
  let periods = 0;
  for (let day = first; (day + 0.5) * DAY_MS < to * BUCKET_MS && day * DAY_MS <= now; day += 1) {
    const date = new Date(day * DAY_MS);
    if (period === 'day' || (period === 'week' ? date.getUTCDay() === 1 : date.getUTCDate() === 1)) periods += 1;
  }
  return periods;
}

export function isMeasure(name: string): name is MeasureName {
  return Object.hasOwn(MEASURES, name);
}
