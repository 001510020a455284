/**
 * Arrays in PostgreSQL's formats. Numbers, flags and uuids are array literals. Texts and documents
 * use the binary format, which needs no escaping on either side. Escaping would be most of the cost
 * of a batch of snapshots.
 */

/** Type numbers of PostgreSQL, fixed for ever in its catalog. */
const TEXT = 25;
const JSON_TYPE = 114;

/**
 * Numbers are whole, milliseconds and counts. A fraction is cut off, so that a time is never later
 * than it was.
 */
export function ints(values: readonly (number | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : Math.floor(value))).join()}}`;
}

export function flags(values: readonly boolean[]): string {
  return `{${values.join()}}`;
}

export function uuids(values: readonly (string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

export function texts(values: readonly (string | null)[]): Buffer {
  return binary(
    TEXT,
    values.map((value) => (value === null ? null : storable(value))),
  );
}

/** JSON texts, written and read word for word. U+0000 and lone surrogates are escapes in them. */
export function documents(values: readonly string[]): Buffer {
  return binary(JSON_TYPE, values);
}

/** A text[] inside a text, for rows that each have a list. */
export function literal(values: readonly string[]): string {
  return `{${values.map((value) => `"${storable(value).replace(/["\\]/g, '\\$&')}"`).join()}}`;
}

/**
 * PostgreSQL's text cannot hold U+0000, and one such character must not fail the turns of its
 * batch.
 */
export function storable(value: string): string {
  return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}

/**
 * Header with dimensions, has-nulls, element type, length and lower bound. Then each element after
 * its length in bytes.
 */
function binary(type: number, values: readonly (string | null)[]): Buffer {
  let size = 20;
  for (const value of values) size += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : size);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(type, 8);
  if (values.length === 0) return buffer;
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = 20;
  for (const value of values) {
    const written = value === null ? 0 : buffer.write(value, at + 4);
    buffer.writeInt32BE(value === null ? -1 : written, at);
    at += 4 + written;
  }
  return buffer;
}
