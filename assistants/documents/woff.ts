/**
 * Font of a WOFF 1.0 file as a plain OpenType font. fontkit would inflate the whole table of
 * outlines, in JavaScript, for each glyph that it reads.
 * Source: https://www.w3.org/TR/WOFF/
 */
import { inflateSync } from 'node:zlib';

const WOFF = { signature: 0x774f4646, header: 44, entry: 20 };
const OPEN_TYPE = { header: 12, entry: 16 };

/** Throws if the file is no WOFF file or is damaged. */
export function openTypeOf(woff: Buffer): Buffer {
  if (woff.readUInt32BE(0) !== WOFF.signature) throw new Error('The file is no WOFF file');
  const tables = woff.readUInt16BE(12);
  const head = Buffer.alloc(OPEN_TYPE.header + tables * OPEN_TYPE.entry);
  woff.copy(head, 0, 4, 8);
  head.writeUInt16BE(tables, 4);
  // What a binary search over the tables starts from.
  const entrySelector = 31 - Math.clz32(tables);
  const searchRange = 16 * 2 ** entrySelector;
  head.writeUInt16BE(searchRange, 6);
  head.writeUInt16BE(entrySelector, 8);
  head.writeUInt16BE(tables * 16 - searchRange, 10);
  const parts: Buffer[] = [head];
  let offset = head.length;
  for (let table = 0; table < tables; table++) {
    const from = WOFF.header + table * WOFF.entry;
    const to = OPEN_TYPE.header + table * OPEN_TYPE.entry;
    const bytes = tableOf(woff, from);
    woff.copy(head, to, from, from + 4);
    woff.copy(head, to + 4, from + 16, from + 20);
    head.writeUInt32BE(offset, to + 8);
    head.writeUInt32BE(bytes.length, to + 12);
    // Tables begin at multiples of four bytes.
    parts.push(bytes, Buffer.alloc(-bytes.length & 3));
    offset += bytes.length + (-bytes.length & 3);
  }
  return Buffer.concat(parts);
}

/** A table as it was before it was compressed. */
function tableOf(woff: Buffer, entry: number): Buffer {
  const offset = woff.readUInt32BE(entry + 4);
  const compressed = woff.readUInt32BE(entry + 8);
  const length = woff.readUInt32BE(entry + 12);
  const bytes = woff.subarray(offset, offset + compressed);
  const table = compressed < length ? inflateSync(bytes) : bytes;
  if (table.length !== length) throw new Error(`A table of the WOFF file has ${table.length} bytes and should have ${length}`);
  return table;
}
