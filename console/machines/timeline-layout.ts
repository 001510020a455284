/** Where the entries of a journal stand on a timeline. Pure. */
import type { TimelineEntry } from './session-api.ts';

export type LaneId = TimelineEntry['lane'] | 'deliveries';
export const LANES: readonly LaneId[] = ['customer', 'assistant', 'agent', 'timers', 'runs', 'effects', 'deliveries', 'machine'];

export interface Mark {
  readonly seq: number;
  readonly lane: LaneId;
  /** In pixels from the beginning. */
  readonly x: number;
}

export interface TimelineLayout {
  /** In the order of `x`. */
  readonly marks: readonly Mark[];
  readonly width: number;
  /** By the number of the entry. */
  readonly xOf: (seq: number) => number;
}

/** Between two entries on compressed time, and the least on real time, in pixels. */
const GAP = 18;
const LEAST = 6;
/** Width of a second on real time, and of the longest pause, in pixels. */
const SECOND = 8;
const LONGEST = 400;
const EDGE = 16;

/** On compressed time every entry has the same room. On real time a long pause is cut short. */
export function layoutOf(entries: readonly TimelineEntry[], realTime: boolean): TimelineLayout {
  const xs = new Map<number, number>();
  const marks: Mark[] = [];
  let x = EDGE;
  let before: number | undefined;
  for (const { seq, at, lane, delivery } of entries) {
    if (before !== undefined) x += realTime ? Math.min(LONGEST, Math.max(LEAST, ((at - before) / 1_000) * SECOND)) : GAP;
    before = at;
    xs.set(seq, x);
    marks.push({ seq, lane, x });
    if (delivery !== null) marks.push({ seq, lane: 'deliveries', x });
  }
  return { marks, width: x + EDGE, xOf: (seq) => xs.get(seq) ?? EDGE };
}

/** Those between two places, of marks in order. */
export function marksWithin(marks: readonly Mark[], from: number, to: number): readonly Mark[] {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.x ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const shown: Mark[] = [];
  for (let index = low; index < marks.length; index += 1) {
    const mark = marks[index];
    if (mark === undefined || mark.x > to) break;
    shown.push(mark);
  }
  return shown;
}
