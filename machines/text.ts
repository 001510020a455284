/**
 * Rules for every text that enters or leaves the program. Pure.
 *
 * Invariants (`test/machines/text.test.ts`)
 * 1. A well-formed text has no half of a surrogate pair and no U+0000. UTF-8 cannot hold the one,
 *    PostgreSQL cannot hold the other, and providers refuse both. U+FFFD replaces both, so
 *    the length stays the same.
 * 2. What is well-formed already is returned as it is, the same object for a value.
 * 3. Nothing here cuts a surrogate pair.
 */

const REPLACEMENT = '\uFFFD';

export function wellFormed(text: string): string {
  const paired = text.toWellFormed();
  return paired.includes('\0') ? paired.replaceAll('\0', REPLACEMENT) : paired;
}

/**
 * The same for every string and every key in a JSON value. Objects that are no plain data stay as
 * they are. A value that was not validated may be nested too deep for this.
 */
export function wellFormedJson<T>(value: T): T;
export function wellFormedJson(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return wellFormedArray(value);
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? wellFormedObject(value) : value;
}

function wellFormedArray(list: readonly unknown[]): readonly unknown[] {
  const copy = list.map(wellFormedJson);
  return copy.every((part, index) => part === list[index]) ? list : copy;
}

function wellFormedObject(value: object): object {
  const members = Object.entries(value);
  const copy = members.map(([key, part]) => [wellFormed(key), wellFormedJson(part)] as const);
  return copy.every(([key, part], index) => key === members[index]?.[0] && part === members[index]?.[1]) ? value : Object.fromEntries(copy);
}

/** JSON in which every string is well-formed once it is parsed. `value` must be JSON. */
export function jsonText(value: unknown): string {
  return wellFormedJsonText(JSON.stringify(value));
}

/**
 * The same for what `JSON.stringify` has written, also with other text around it. It writes halves
 * of pairs and U+0000 as escapes, and nothing else as `\ud…`.
 */
export function wellFormedJsonText(json: string): string {
  if (!json.includes('\\ud') && !json.includes('\\u0000')) return json;
  return json.replace(/\\(?:u(?:d[89a-f][\da-f]{2}|0000)|.)/gs, (found) => (found.length === 6 ? REPLACEMENT : found));
}

/** At most `length` UTF-16 units, and never half a character. */
export function clip(text: string, length: number): string {
  const cut = text.slice(0, Math.max(0, length));
  return endsInHalf(cut) ? cut.slice(0, -1) : cut;
}

/** True if the other half of a surrogate pair may follow. */
export function endsInHalf(text: string): boolean {
  return /[\uD800-\uDBFF]$/.test(text);
}

/**
 * Whether a person sees anything. White space, controls, joiners, direction marks, variation
 * selectors, fillers and blanks show nothing by themselves. U+FFFC and U+FFFD only stand for
 * something that is missing.
 */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/**
 * U+13430 to U+1343F join hieroglyphs, U+2800 is the blank of Braille, and U+FFF9 to U+FFFB enclose
 * annotations.
 */
const VISIBLE =
  /[^\p{White_Space}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{13430}-\u{1343F}\u2800\uFFF9-\uFFFD]/u;
