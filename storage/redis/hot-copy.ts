/**
 * Hot copy as bytes, the row as one JSON document, compressed by Brotli at its fastest level.
 *
 * Redis is paid for by memory. A session with 20 messages shrinks to two fifths. Compressing one
 * takes 17 µs, while deflate takes 50 for a tenth less (docs/decisions/0030-redis.md).
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { SessionRow } from '#storage/port.ts';
import { reading, wholeRow } from '#storage/redis/decode.ts';

const FASTEST = { params: { [constants.BROTLI_PARAM_QUALITY]: 0 } };
/** A few bytes of another client in this Redis must not fill our memory. */
const UNPACKED = { maxOutputLength: 64 * 1024 * 1024 };

/** `snapshotText` is the row's snapshot as JSON text, if the caller has it. */
export function encodeHot({ snapshot, ...row }: SessionRow, snapshotText = JSON.stringify(snapshot)): Buffer {
  return brotliCompressSync(`${JSON.stringify(row).slice(0, -1)},"snapshot":${snapshotText}}`, FASTEST);
}

/** Throws `StatechatError` code `unreadable_record`. */
export function decodeHot(bytes: Buffer): SessionRow {
  return reading('hot copy', () => wholeRow.parse(JSON.parse(brotliDecompressSync(bytes, UNPACKED).toString())));
}
