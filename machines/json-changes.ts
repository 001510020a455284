/**
 * What differs between two JSON values, for people. A list that lost items at its front and got
 * others at its end is shown as that, because histories of a fixed length are. Pure.
 */
import type { Json } from './definition.ts';

/** A change of one value. `before` is absent for what is new, `after` for what is gone. */
export interface JsonChange {
  /** JSON Pointer (RFC 6901). Items of a list have the index after the change, or that before. */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** In the order of the keys of `after`, what is gone last. Both values must be plain JSON. */
export function jsonChanges(before: Json | undefined, after: Json | undefined): readonly JsonChange[] {
  const changes: JsonChange[] = [];
  collect('', before, after, changes);
  return changes;
}

function collect(path: string, before: Json | undefined, after: Json | undefined, changes: JsonChange[]): void {
  if (isEqual(before, after)) return;
  if (isList(before) && isList(after)) return collectItems(path, before, after, changes);
  if (isRecord(before) && isRecord(after)) {
    for (const key of Object.keys(after)) collect(child(path, key), before[key], after[key], changes);
    for (const key of Object.keys(before)) if (!(key in after)) collect(child(path, key), before[key], undefined, changes);
    return;
  }
  changes.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
}

function collectItems(path: string, before: readonly Json[], after: readonly Json[], changes: JsonChange[]): void {
  const gone = shiftOf(before, after);
  for (let index = 0; index < gone; index += 1) changes.push(removed(path, index, before));
  const kept = before.slice(gone);
  for (let index = 0; index < Math.max(kept.length, after.length); index += 1) {
    if (index >= after.length) changes.push(removed(path, index + gone, before));
    else collect(child(path, index), kept[index], after[index], changes);
  }
}

/** Items that left at the front, if what remained is the beginning of the list that followed. */
function shiftOf(before: readonly Json[], after: readonly Json[]): number {
  for (let gone = 1; gone < before.length; gone += 1) {
    const kept = before.length - gone;
    if (kept <= after.length && before.slice(gone).every((item, index) => isEqual(item, after[index]))) return gone;
  }
  return 0;
}

function removed(path: string, index: number, list: readonly Json[]): JsonChange {
  const before = list[index];
  return { path: child(path, index), ...(before === undefined ? {} : { before }) };
}

function child(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (isList(one) || isList(other)) {
    return isList(one) && isList(other) && one.length === other.length && one.every((item, index) => isEqual(item, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && isEqual(one[key], other[key]));
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
