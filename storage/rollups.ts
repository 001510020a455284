/**
 * Port of the roll-ups that analytics reads. A turn that commits journal entries leaves a mark of
 * its session in the same step. One instance at a time reads the marks, counts the new entries and
 * applies the counts together with how far it has counted. Each store has one
 * (`StoreLifecycle.rollups`). Failures to reach the store are `Unavailable`.
 *
 * Invariants
 * 1. An entry is counted exactly once. `applyRollup` stores the counts of a batch, how far each of
 *    its sessions is counted, and a new position, or nothing. It fails if the position is not the
 *    one that the batch was computed from, so of two instances that count at once one loses.
 * 2. No entry is skipped. A mark is visible exactly when its entries are, and it is deleted by the
 *    batch that counted them. There is no number that one could read past.
 * 3. Counts outlive their sessions. What is kept of one session is deleted with it.
 */
import type { Json } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { JournalEntry, Page } from '#storage/port.ts';

/** Milliseconds of a bucket. Every time zone's offset is a whole number of them. */
export const BUCKET_MS = 900_000;

export const ROLLUP_DIMENSIONS = ['assistant', 'channel', 'queue', 'agent'] as const;
export type RollupDimension = (typeof ROLLUP_DIMENSIONS)[number];

/** Something that happened, added up. Empty where a dimension does not apply. */
export interface RollupCount extends Readonly<Record<RollupDimension, string>> {
  readonly measure: string;
  /** Number of quarter hours since the epoch. */
  readonly bucket: number;
  /** What the measure tells apart, such as an outcome or a class of durations. */
  readonly key: string;
  readonly n: number;
  /** What the measure adds up, such as milliseconds. Whole numbers. */
  readonly total: number;
}

/**
 * A session counts for something in a quarter hour, such as `outcome:abandoned`. The dimensions are
 * those of the count.
 */
export interface RollupLabel extends Readonly<Record<RollupDimension, string>> {
  readonly sessionId: SessionId;
  readonly label: string;
  readonly bucket: number;
}

/** A session whose journal has entries that may not be counted. */
export interface RollupMark {
  readonly sessionId: SessionId;
  /** Names this mark of the session to its store. */
  readonly mark: string;
}

/** What is kept of one session. */
export interface RolledSession extends Readonly<Record<RollupDimension, string>> {
  readonly sessionId: SessionId;
  /** Entries up to this one are counted. */
  readonly seq: number;
  readonly openedAt: number;
  readonly lastAt: number;
  /** What the next entries are counted from. */
  readonly facts: Json;
}

/** A session to be counted. `rolled` is undefined before its first entry is. */
export interface RollupSource {
  readonly sessionId: SessionId;
  readonly address: Address;
  readonly assistant: string;
  readonly openedAt: number;
  readonly rolled: RolledSession | undefined;
}

export type RollupEntry = Pick<JournalEntry, 'sessionId' | 'seq' | 'at' | 'kind' | 'payload'>;

/** On which days a customer wrote, numbers of days since the epoch in UTC, ascending. */
export interface RolledCustomer {
  readonly key: string;
  readonly days: readonly number[];
}

export interface RollupProgress {
  /** Number of batches that were applied. */
  readonly position: number;
  /** Sessions from before the roll-ups are counted from the newest on, down to this one. */
  readonly backTo: SessionId | null;
  /** All of those are counted. */
  readonly complete: boolean;
}

/** Before the first batch. */
export const NO_PROGRESS: RollupProgress = { position: 0, backTo: null, complete: false };

export interface RollupBatch {
  /** The position that it was computed from. */
  readonly position: number;
  readonly sessions: readonly RolledSession[];
  readonly counts: readonly RollupCount[];
  readonly labels: readonly RollupLabel[];
  readonly customers: readonly RolledCustomer[];
  readonly marks: readonly RollupMark[];
  readonly backTo: SessionId | null;
  readonly complete: boolean;
}

export type RollupFilter = Readonly<Partial<Record<RollupDimension, string>>>;

export interface RollupQuery {
  readonly measures: readonly string[];
  /** Buckets, ascending. Step i is from `edges[i]` up to `edges[i + 1]`. At most `MAX_EDGES`. */
  readonly edges: readonly number[];
  readonly filter: RollupFilter;
  /** One sum for each value of it. */
  readonly by?: RollupDimension;
  /** One sum for each key. */
  readonly byKey: boolean;
}

export const MAX_EDGES = 1_000;

export interface RollupSum {
  readonly measure: string;
  readonly step: number;
  /** The value of the dimension `by`. Empty without one. */
  readonly group: string;
  /** Empty without `byKey`. */
  readonly key: string;
  readonly n: number;
  readonly total: number;
}

/**
 * Sessions that count for the label from bucket `from` up to `to`. Without a label, sessions that
 * were opened then.
 */
export interface ListedSessionQuery {
  readonly from: number;
  readonly to: number;
  readonly filter: RollupFilter;
  readonly label?: string;
}

export interface ListedSession extends Omit<RolledSession, 'seq' | 'facts'> {
  /** All that it counts for, in order. */
  readonly labels: readonly string[];
}

export interface Rollups {
  rollupProgress(): Promise<RollupProgress>;
  /** Marks, at most `limit`. A session may have several. */
  rollupMarks(limit: number): Promise<readonly RollupMark[]>;
  /** Ids of sessions, newest first. */
  rollupHistory(limit: number, before: SessionId | null): Promise<readonly SessionId[]>;
  /** Sessions that were deleted are left out. */
  rollupSources(ids: readonly SessionId[]): Promise<readonly RollupSource[]>;
  /** Entries of each session after its `after`, in order, at most `limit` of each. */
  rollupEntries(
    sessions: readonly { readonly sessionId: SessionId; readonly after: number }[],
    limit: number,
  ): Promise<readonly RollupEntry[]>;
  rolledCustomers(keys: readonly string[]): Promise<readonly RolledCustomer[]>;
  /**
   * Forgets on which days these customers wrote, whatever their counts were. The position moves on,
   * so that a batch under way does not bring them back.
   */
  forgetCustomers(keys: readonly string[]): Promise<void>;
  /** False if the position has moved on. Nothing was stored then. */
  applyRollup(batch: RollupBatch): Promise<boolean>;
  /**
   * Adds up one further hour or day whose buckets are all before `until`, so that later questions
   * read less. False if there was none, or another instance did it. A store without such sums has
   * none.
   */
  condenseRollups(until: number): Promise<boolean>;
  rollupSums(query: RollupQuery): Promise<readonly RollupSum[]>;
  /** The last that counted first. */
  listedSessions(query: ListedSessionQuery, limit: number, cursor?: string): Promise<Page<ListedSession>>;
}

/** One count for each place, so that a batch names no place twice. */
export function addedUp(counts: readonly RollupCount[]): readonly RollupCount[] {
  const places = new Map<string, RollupCount>();
  for (const count of counts) {
    const place = placeOf(count);
    const before = places.get(place);
    places.set(place, before === undefined ? count : { ...count, n: before.n + count.n, total: before.total + count.total });
  }
  return [...places.values()].filter(({ n, total }) => n !== 0 || total !== 0);
}

export function placeOf({ measure, bucket, assistant, channel, queue, agent, key }: RollupCount): string {
  return JSON.stringify([measure, bucket, assistant, channel, queue, agent, key]);
}

/** The step of a bucket, or -1 outside of all. */
function stepOf(edges: readonly number[], bucket: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= bucket) low = middle + 1;
    else high = middle;
  }
  return low >= edges.length ? -1 : low - 1;
}

function matchesRollup(of: Readonly<Record<RollupDimension, string>>, filter: RollupFilter): boolean {
  return ROLLUP_DIMENSIONS.every((dimension) => filter[dimension] === undefined || filter[dimension] === of[dimension]);
}

/** Adds up what a store without a query language has read. */
export function summed(counts: Iterable<RollupCount>, { measures, edges, filter, by, byKey }: RollupQuery): readonly RollupSum[] {
  const sums = new Map<string, RollupSum>();
  for (const count of counts) {
    const step = stepOf(edges, count.bucket);
    if (step < 0 || !measures.includes(count.measure) || !matchesRollup(count, filter)) continue;
    const [group, key] = [by === undefined ? '' : count[by], byKey ? count.key : ''];
    const place = JSON.stringify([count.measure, step, group, key]);
    const { n = 0, total = 0 } = sums.get(place) ?? {};
    sums.set(place, { measure: count.measure, step, group, key, n: n + count.n, total: total + count.total });
  }
  return [...sums.values()].filter(({ n, total }) => n !== 0 || total !== 0);
}

/** Session with all of its labels, in a store that reads them together. */
export interface LabelledSession {
  readonly session: RolledSession;
  readonly labels: readonly RollupLabel[];
}

/** The sessions of a page, from all of them. */
export function listedPage(
  all: readonly LabelledSession[],
  { from, to, filter, label }: ListedSessionQuery,
  limit: number,
  cursor: string | undefined,
): Page<ListedSession> {
  const isIn = ({ bucket, ...of }: Pick<RollupLabel, 'bucket' | RollupDimension>): boolean =>
    bucket >= from && bucket < to && matchesRollup(of, filter);
  const after = cursor === undefined ? undefined : placeInOrder(cursor);
  const found = all
    .flatMap(({ session, labels }): PlacedSession[] => {
      const { seq: _seq, facts: _facts, ...own } = session;
      const listed = { ...own, labels: [...new Set(labels.map((one) => one.label))].sort() };
      if (label === undefined)
        return isIn({ ...own, bucket: Math.floor(own.openedAt / BUCKET_MS) }) ? [{ ...listed, place: own.openedAt }] : [];
      const places = labels.filter((one) => one.label === label && isIn(one)).map(({ bucket }) => bucket);
      return places.length === 0 ? [] : [{ ...listed, place: Math.max(...places) }];
    })
    .filter((one) => after === undefined || one.place < after.place || (one.place === after.place && one.sessionId < after.sessionId))
    .toSorted((a, b) => b.place - a.place || (a.sessionId < b.sessionId ? 1 : -1));
  return pageOf(found, limit);
}

/** With what it is in order by, which is when it counted, or was opened. */
export interface PlacedSession extends ListedSession {
  readonly place: number;
}

/** A page of what was found, which is one more than the page if there is another. */
export function pageOf(found: readonly PlacedSession[], limit: number): Page<ListedSession> {
  const last = found[limit - 1];
  return {
    items: found.slice(0, limit).map(({ place: _place, ...listed }) => listed),
    next: found.length > limit && last !== undefined ? `${last.place}.${last.sessionId}` : null,
  };
}

export function placeInOrder(cursor: string): { readonly place: number; readonly sessionId: string } {
  const [place = '', sessionId = ''] = cursor.split('.');
  return { place: Number(place), sessionId };
}
