import type { Database } from '#storage/postgres/database.ts';
import { decodeUpload } from '#storage/postgres/decode.ts';
import { checkUpload, type Uploads } from '#storage/uploads.ts';

const PUT = `
insert into uploads (address, id, name, mime_type, at, bytes) values ($1, $2, $3, $4, $5, $6)
on conflict (address, id) do update set at = greatest(uploads.at, excluded.at)`;

const GET = `
select u.address, u.id, u.name, u.mime_type as "mimeType", u.at, u.bytes from uploads u where u.address = $1 and u.id = $2`;

const FORGET = `
delete from uploads where (address, id) in (
  select address, id from uploads where at < $1 order by at limit $2 for update skip locked
) returning 1`;

/** Uploads in PostgreSQL. */
export function uploadsOf(database: Database): Uploads {
  return {
    async put(upload) {
      checkUpload(upload);
      const { address, id, name, mimeType, at, bytes } = upload;
      await database.query('upload-put', PUT, [address, id, name, mimeType, at, bytes], 'long');
    },

    async get(address, id) {
      const [row] = await database.query('upload', GET, [address, id], 'long');
      return row === undefined ? undefined : decodeUpload(row);
    },

    async forget(before, limit) {
      return (await database.query('uploads-forget', FORGET, [before, limit], 'long')).length;
    },
  };
}
