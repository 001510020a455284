/**
 * Blobs port. It keeps bytes under a name until they are deleted, such as the session of a device
 * that a channel paired. Each store has one (`StoreLifecycle.blobs`).
 *
 * Failures to reach the store are `Unavailable`.
 */
import { InvalidInput } from '#machines/errors.ts';

/** Bytes of one blob. A driver holds it several times while it is read. */
export const MAX_BLOB = 64 * 1_024 * 1_024;

export interface Blobs {
  /** Replaces what is under the name. Throws `InvalidInput` for more than `MAX_BLOB` bytes. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  delete(name: string): Promise<void>;
}

/** Throws `InvalidInput`. */
export function checkBlob(name: string, bytes: Uint8Array): void {
  if (!/^[\w.:-]{1,200}$/.test(name)) throw new InvalidInput(`"${name.slice(0, 80)}" cannot name a blob`);
  if (bytes.byteLength > MAX_BLOB)
    throw new InvalidInput(`The blob "${name}" has ${bytes.byteLength} bytes: at most ${MAX_BLOB} are kept`, { most: MAX_BLOB });
}
