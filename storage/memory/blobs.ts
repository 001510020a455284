import { type Blobs, checkBlob } from '#storage/blobs.ts';

/** Blobs of a store in memory. */
export function memoryBlobs(): Blobs {
  const kept = new Map<string, Uint8Array>();
  return {
    async put(name, bytes) {
      checkBlob(name, bytes);
      // A copy, so that a caller and the store never share an object.
      kept.set(name, Uint8Array.from(bytes));
    },

    async get(name) {
      const bytes = kept.get(name);
      return bytes === undefined ? undefined : Uint8Array.from(bytes);
    },

    async delete(name) {
      kept.delete(name);
    },
  };
}
