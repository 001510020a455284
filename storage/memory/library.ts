import { checkLibraryItem, itemKey, type Library, type LibraryItem } from '#storage/library.ts';

/** Library of a store in memory, with the same answers as PostgreSQL's. */
export function memoryLibrary(): Library {
  const kept = new Map<string, LibraryItem>();

  return {
    async libraryItem(id) {
      return structuredClone(kept.get(id));
    },

    async libraryItems(kind, agentId, limit) {
      const found = [...kept.values()].filter((item) => item.kind === kind && (item.owner === null || item.owner === agentId));
      return structuredClone(found.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit));
    },

    async putLibraryItem(item) {
      checkLibraryItem(item);
      const { id, kind, owner, name, version } = item;
      const before = kept.get(id);
      if (version === 1 ? before !== undefined : before?.kind !== kind || before.version !== version - 1)
        return version === 1 ? 'taken' : 'conflict';
      const isTaken = [...kept.values()].some(
        (other) => other.id !== id && other.kind === kind && other.owner === owner && itemKey(other.name) === itemKey(name),
      );
      if (isTaken) return 'taken';
      kept.set(id, structuredClone(item));
      return 'stored';
    },

    async removeLibraryItem(id, version) {
      return kept.get(id)?.version === version && kept.delete(id);
    },
  };
}
