/**
 * Library in Redis. There are few items, so all are in one slot of a cluster, and each change is
 * one script call.
 */
import * as z from 'zod';
import { checkLibraryItem, itemKey, type Library, type LibraryItem, libraryItemSchema } from '#storage/library.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { LIBRARY_KEY, LIBRARY_NAMES_KEY } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

const KEYS = [LIBRARY_KEY, LIBRARY_NAMES_KEY];
const write = z.enum(['stored', 'taken', 'conflict']);

export function libraryOf(connection: Connection): Library {
  return {
    async libraryItem(id) {
      const text = await connection.call('hget', LIBRARY_KEY, id);
      return text === null ? undefined : decodeItem(z.string().parse(text));
    },

    async libraryItems(kind, agentId, limit) {
      const items = decodeTexts(await connection.call('hvals', LIBRARY_KEY)).map(decodeItem);
      return items
        .filter((item) => item.kind === kind && (item.owner === null || item.owner === agentId))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },

    async putLibraryItem(item) {
      checkLibraryItem(item);
      const { id, kind, owner, name, version } = item;
      const place = JSON.stringify([kind, owner, itemKey(name)]);
      const args = [id, version, kind, place, JSON.stringify({ place, item })];
      return write.parse(await connection.run(SCRIPTS.putLibraryItem, KEYS, args));
    },

    async removeLibraryItem(id, version) {
      return decodeCount(await connection.run(SCRIPTS.removeLibraryItem, KEYS, [id, version])) > 0;
    },
  };
}

const document = z.object({ item: libraryItemSchema });

function decodeItem(text: string): LibraryItem {
  return reading('library item', () => document.parse(JSON.parse(text)).item);
}
