/** JSON values as people read them. Pure. */
import type { Json } from '#machines/definition.ts';

export interface ValueLine {
  /** Path within the value, with dots. Empty for the value itself. */
  readonly key: string;
  readonly value: Json;
}

/** 2001 in milliseconds. Smaller numbers are no times. */
const FIRST_TIME = 1_000_000_000_000;
const TIME_KEY = /(^at|At|Since|Until|due|now)$/;

/** A number below a key that names a time, in milliseconds since the epoch. */
export function isTimeAt(path: string, value: Json): value is number {
  return typeof value === 'number' && value >= FIRST_TIME && TIME_KEY.test(path.split('/').at(-1) ?? '');
}

/** A text as it is, and a line for each value of what holds several. */
export function linesOf(value: Json): readonly ValueLine[] {
  const lines: ValueLine[] = [];
  collect('', value, lines);
  return lines;
}

function collect(key: string, value: Json, lines: ValueLine[]): void {
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value);
    if (inner.length === 0) lines.push({ key, value: Array.isArray(value) ? '[]' : '{}' });
    for (const [name, one] of inner) collect(key === '' ? name : `${key}.${name}`, one ?? null, lines);
  } else lines.push({ key, value });
}

/** The delay and the state of XState's own timers, and other names as they are. */
export function timerName(id: string, machine: string): string {
  const prefix = 'xstate.after.';
  if (!id.startsWith(prefix)) return id;
  const place = id.indexOf(`.${machine}.`, prefix.length);
  if (place < 0) return id.slice(prefix.length);
  return `${id.slice(prefix.length, place)} (${id.slice(place + machine.length + 2)})`;
}
