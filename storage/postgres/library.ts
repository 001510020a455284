/**
 * Library in PostgreSQL.
 *
 * Invariant. A change is one statement that states the version before it. The row's lock lets one
 * of many callers through.
 */
import { checkLibraryItem, itemKey, type Library } from '#storage/library.ts';
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeLibraryItem, LIBRARY_ITEM } from '#storage/postgres/decode.ts';
import { violates } from '#storage/postgres/unavailable.ts';

const GET = `select ${LIBRARY_ITEM} from library l where l.id = $1`;

const LIST = `select ${LIBRARY_ITEM} from library l where l.kind = $1 and coalesce(l.owner, '') in ('', $2) order by l.id collate "C" limit $3`;

const PUT = `
with inserted as (
  insert into library (id, kind, owner, name, key, content, changed_by, changed_at, version)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9::int where $9::int = 1
  returning 1
), updated as (
  update library set owner = $3, name = $4, key = $5, content = $6, changed_by = $7, changed_at = $8, version = $9::int
  where id = $1 and kind = $2 and version = $9::int - 1
  returning 1
)
select 1 from inserted union all select 1 from updated`;

const REMOVE = 'delete from library where id = $1 and version = $2 returning 1';

export function libraryOf(database: Database): Library {
  return {
    async libraryItem(id) {
      const [row] = await database.query('library-item', GET, [storable(id)]);
      return row === undefined ? undefined : decodeLibraryItem(row);
    },

    async libraryItems(kind, agentId, limit) {
      return (await database.query('library-items', LIST, [kind, storable(agentId), limit])).map(decodeLibraryItem);
    },

    async putLibraryItem(item) {
      checkLibraryItem(item);
      const { id, kind, owner, name, content, changedBy, changedAt, version } = item;
      const texts = [id, kind, owner, name, itemKey(name)].map((text) => (text === null ? null : storable(text)));
      const values = [...texts, JSON.stringify(content), storable(changedBy), changedAt, version];
      try {
        return (await database.query('library-put', PUT, values)).length > 0 ? 'stored' : 'conflict';
      } catch (error) {
        if (violates(error, 'library_pkey') || violates(error, 'library_key')) return 'taken';
        throw error;
      }
    },

    async removeLibraryItem(id, version) {
      return (await database.query('library-remove', REMOVE, [storable(id), version])).length > 0;
    },
  };
}
