/** Where the entries of a journal stand on a timeline. Pure. */
import type { TimelineEntry } from './session-api.ts';
import { timerName } from './shown-value.ts';

export type LaneId = TimelineEntry['lane'] | 'deliveries';
export const LANES: readonly LaneId[] = ['customer', 'assistant', 'agent', 'timers', 'runs', 'effects', 'deliveries', 'machine'];

export interface Mark {
  readonly entry: TimelineEntry;
  readonly lane: LaneId;
  /** In pixels from the beginning. */
  readonly x: number;
}

/** A time that stands above its entry. */
export interface Tick {
  readonly at: number;
  readonly x: number;
}

/** Time without an entry that is longer than its room. */
export interface Pause {
  readonly x: number;
  readonly width: number;
  readonly ms: number;
}

export interface TimelineLayout {
  /** In the order of `x`, like the others. */
  readonly marks: readonly Mark[];
  readonly ticks: readonly Tick[];
  readonly pauses: readonly Pause[];
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
/** Room of a time above the lanes, in pixels. */
const TICK = 96;

/** On compressed time every entry has the same room. On real time a long pause is cut short. */
export function layoutOf(entries: readonly TimelineEntry[], realTime: boolean): TimelineLayout {
  const xs = new Map<number, number>();
  const marks: Mark[] = [];
  const ticks: Tick[] = [];
  const pauses: Pause[] = [];
  let x = EDGE;
  let before: number | undefined;
  for (const entry of entries) {
    const { seq, at, lane, delivery } = entry;
    if (before !== undefined) {
      const ms = at - before;
      const room = realTime ? Math.min(LONGEST, Math.max(LEAST, (ms / 1_000) * SECOND)) : GAP;
      if (realTime && room === LONGEST) pauses.push({ x, width: room, ms });
      x += room;
    }
    before = at;
    xs.set(seq, x);
    if (ticks.length === 0 || x - (ticks.at(-1)?.x ?? 0) >= TICK) ticks.push({ at, x });
    marks.push({ entry, lane, x });
    if (delivery !== null) marks.push({ entry, lane: 'deliveries', x });
  }
  return { marks, ticks, pauses, width: x + TICK, xOf: (seq) => xs.get(seq) ?? EDGE };
}

/** Those that reach between two places, of a list in the order of `x`. */
export function within<T extends { readonly x: number; readonly width?: number }>(
  list: readonly T[],
  from: number,
  to: number,
): readonly T[] {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = list[middle];
    if (one !== undefined && one.x + (one.width ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const shown: T[] = [];
  for (let index = low; index < list.length; index += 1) {
    const one = list[index];
    if (one === undefined || one.x > to) break;
    shown.push(one);
  }
  return shown;
}

/** Entries around a step, for a list of so many. Their numbers follow each other. */
export function around(entries: readonly TimelineEntry[], seq: number, most: number): readonly TimelineEntry[] {
  const index = indexOf(entries, seq);
  const from = Math.max(0, Math.min(index - Math.floor(most / 2), entries.length - most));
  return entries.slice(from, from + most);
}

export function entryAt(entries: readonly TimelineEntry[], seq: number): TimelineEntry | undefined {
  return entries[indexOf(entries, seq)];
}

/** The instance that committed the turn of a step, which the first entry of the turn names. */
export function instanceAt(entries: readonly TimelineEntry[], seq: number): string | undefined {
  for (let index = indexOf(entries, seq); index >= 0; index -= 1) {
    const instance = entries[index]?.instance;
    if (instance !== undefined) return instance;
  }
  return undefined;
}

/** The last entry that a run sent, after the one that started it. Undefined if it sent none. */
export function outcomeOf(entries: readonly TimelineEntry[], serial: number, startSeq: number): TimelineEntry | undefined {
  return entries.findLast(({ seq, lane, serial: sender }) => seq > startSeq && lane === 'runs' && sender === serial);
}

/** What an entry is about, in a few words. Empty if its kind says all. */
export function subjectOf({ text, lane, about, event }: TimelineEntry, machine: string): string {
  const name = about === undefined || lane !== 'timers' ? about : timerName(about, machine);
  return text || name || event || '';
}

/** What kept an entry from taking effect. */
export function resultOf({ ignored, refused, parked }: Pick<TimelineEntry, 'ignored' | 'refused' | 'parked'>) {
  if (ignored !== undefined) return 'ignored';
  if (refused !== undefined) return 'refused';
  return parked === undefined ? undefined : 'parked';
}

/** Numbers of entries are 1, 2, 3 … without a gap. */
function indexOf(entries: readonly TimelineEntry[], seq: number): number {
  return Math.max(0, Math.min(entries.length - 1, seq - (entries[0]?.seq ?? 1)));
}
