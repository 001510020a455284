import type { SessionId } from '#machines/ids.ts';
import { sessionOfFile } from '#machines/session/files.ts';
import { checkFile, type Files, noSessionForFile, type StoredFile } from '#storage/files.ts';

export interface MemoryFiles extends Files {
  /** Those of a session that is deleted. */
  remove(sessionId: SessionId): void;
}

/** Files of a store in memory, with the same answers as PostgreSQL's. */
export function memoryFiles(has: (id: SessionId) => boolean): MemoryFiles {
  const kept = new Map<SessionId, Map<string, StoredFile>>();

  return {
    async put(file) {
      const { sessionId, bytes, at } = file;
      const reference = checkFile(file);
      if (!has(sessionId)) throw noSessionForFile(sessionId);
      const files = kept.get(sessionId) ?? new Map<string, StoredFile>();
      kept.set(sessionId, files);
      // A copy, so that a caller and the store never share an object.
      if (!files.has(reference.id)) files.set(reference.id, { ...reference, sessionId, bytes: Uint8Array.from(bytes), at });
    },

    async get(id) {
      const file = kept.get(sessionOfFile(id))?.get(id);
      return file === undefined ? undefined : { ...file, bytes: Uint8Array.from(file.bytes) };
    },

    remove: (sessionId) => {
      kept.delete(sessionId);
    },
  };
}
