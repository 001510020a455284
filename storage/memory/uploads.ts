import { checkUpload, type Upload, type Uploads } from '#storage/uploads.ts';

/** Uploads of a store in memory, with the same answers as PostgreSQL's. */
export function memoryUploads(): Uploads {
  const kept = new Map<string, Upload>();
  const keyOf = (address: string, id: string): string => `${address} ${id}`;

  return {
    async put(upload) {
      checkUpload(upload);
      const key = keyOf(upload.address, upload.id);
      const known = kept.get(key);
      // A copy, so that a caller and the store never share an object.
      const { bytes, ...facts } = known ?? upload;
      kept.set(key, { ...facts, bytes: known === undefined ? Uint8Array.from(bytes) : bytes, at: Math.max(facts.at, upload.at) });
    },

    async get(address, id) {
      const upload = kept.get(keyOf(address, id));
      return upload === undefined ? undefined : { ...upload, bytes: Uint8Array.from(upload.bytes) };
    },

    async forget(before, limit) {
      const old = [...kept]
        .filter(([, { at }]) => at < before)
        .toSorted(([, a], [, b]) => a.at - b.at)
        .slice(0, limit);
      for (const [key] of old) kept.delete(key);
      return old.length;
    },
  };
}
