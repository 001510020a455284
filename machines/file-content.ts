/**
 * Bytes of a file that are read when they are needed, whole or in part, without holding all of them
 * in memory.
 */
import { InvalidInput } from './errors.ts';

export interface FileContent {
  /** Bytes. */
  readonly size: number;
  /** Each call reads anew. Leaving the iteration ends the reading. */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** Offsets of bytes. `to` is the first that is not read. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** All bytes in memory. Throws `InvalidInput` for more than `most`, before any is read. */
export async function bytesOf({ size, read }: FileContent, most: number): Promise<Uint8Array> {
  if (size > most) throw new InvalidInput(`The file has ${size} bytes: at most ${most} are read into memory`, { size, most });
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const part of read()) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** Of bytes that are in memory already. */
export function contentOf(bytes: Uint8Array): FileContent {
  return {
    size: bytes.byteLength,
    async *read(range) {
      yield range === undefined ? bytes : bytes.subarray(range.from, range.to);
    },
  };
}
