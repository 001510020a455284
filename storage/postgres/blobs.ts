import { type Blobs, checkBlob } from '#storage/blobs.ts';
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeBytes } from '#storage/postgres/decode.ts';

/** Blobs in PostgreSQL. */
export function blobsOf(database: Database): Blobs {
  return {
    async put(name, bytes) {
      checkBlob(name, bytes);
      const put = 'insert into blobs (name, bytes) values ($1, $2) on conflict (name) do update set bytes = excluded.bytes';
      await database.query('blob-put', put, [name, bytes], 'long');
    },

    async get(name) {
      const [row] = await database.query('blob', 'select bytes from blobs where name = $1', [storable(name)], 'long');
      return row === undefined ? undefined : decodeBytes(row);
    },

    async delete(name) {
      await database.query('blob-delete', 'delete from blobs where name = $1', [storable(name)]);
    },
  };
}
