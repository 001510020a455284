import type { SessionId } from '#machines/ids.ts';
import { type FileRow, filesOf, PART, type PartStore } from '#storage/file-parts.ts';
import type { Files } from '#storage/files.ts';

export interface MemoryFiles extends Files {
  /** Those of a session that is deleted. */
  remove(sessionId: SessionId): void;
}

interface Kept {
  readonly files: Map<string, { readonly row: FileRow; readonly parts: readonly Uint8Array[] }>;
  readonly writing: Map<string, { readonly at: number; readonly parts: Uint8Array[] }>;
}

/** Files of a store in memory, with the same answers as PostgreSQL's. */
export function memoryFiles(has: (id: SessionId) => boolean): MemoryFiles {
  const sessions = new Map<SessionId, Kept>();

  /** Undefined without a session. */
  function keptOf(sessionId: SessionId): Kept | undefined {
    if (!has(sessionId)) return undefined;
    const kept = sessions.get(sessionId) ?? { files: new Map(), writing: new Map() };
    sessions.set(sessionId, kept);
    return kept;
  }

  const store: PartStore = {
    async keep(row, bytes) {
      const kept = keptOf(row.sessionId);
      // A copy, so that a caller and the store never share an object.
      if (kept?.files.has(row.id) === false) kept.files.set(row.id, { row, parts: [Uint8Array.from(bytes)] });
      return kept !== undefined;
    },

    async begin({ sessionId, id }, at) {
      return keptOf(sessionId)?.writing.set(id, { at, parts: [] }) !== undefined;
    },

    async write({ sessionId, id }, index, bytes) {
      const writing = keptOf(sessionId)?.writing.get(id);
      if (writing !== undefined) writing.parts[index] = Uint8Array.from(bytes);
      return writing !== undefined;
    },

    async finish({ sessionId, id }, row) {
      const kept = keptOf(sessionId);
      const writing = kept?.writing.get(id);
      if (kept === undefined || writing === undefined) return 'ended';
      if (kept.files.has(row.id)) return 'exists';
      kept.files.set(row.id, { row, parts: writing.parts });
      kept.writing.delete(id);
      return 'done';
    },

    async drop({ sessionId, id }) {
      sessions.get(sessionId)?.writing.delete(id);
    },

    async find(sessionId, id) {
      const file = sessions.get(sessionId)?.files.get(id);
      if (file === undefined) return undefined;
      const { row, parts } = file;
      const [first] = parts;
      const isWhole = first !== undefined && row.size <= PART;
      return {
        row,
        ...(isWhole ? { bytes: Uint8Array.from(first) } : {}),
        async part(index) {
          const bytes = sessions.get(sessionId)?.files.has(id) === true ? parts[index] : undefined;
          return bytes === undefined ? undefined : Uint8Array.from(bytes);
        },
      };
    },

    async forgetUnclaimed(before, limit) {
      const old = [...sessions.values()]
        .flatMap(({ writing }) => [...writing].map(([id, { at }]) => ({ writing, id, at })))
        .filter(({ at }) => at < before)
        .sort((a, b) => a.at - b.at)
        .slice(0, limit);
      for (const { writing, id } of old) writing.delete(id);
      return old.length;
    },
  };

  return {
    ...filesOf(store),
    remove: (sessionId) => {
      sessions.delete(sessionId);
    },
  };
}
