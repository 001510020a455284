/**
 * Files in PostgreSQL.
 *
 * Invariant. A file is stored while its session's row is locked, and deleted in the statement that
 * deletes the row (archive.ts), so none is left behind.
 */
import { sessionOfFile } from '#machines/session/files.ts';
import { checkFile, type Files, noSessionForFile } from '#storage/files.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCounts, decodeFile } from '#storage/postgres/decode.ts';

/** Counts the session. */
const PUT = `
with found as materialized (
  select id from sessions where id = $1 for key share
), kept as (
  insert into files (session_id, id, name, mime_type, at, bytes) select id, $2, $3, $4, $5, $6 from found on conflict do nothing
)
select count(*)::int as sessions from found`;

const GET = `
select f.session_id as "sessionId", f.id, f.name, f.mime_type as "mimeType", f.at, f.bytes
from files f where f.session_id = $1 and f.id = $2`;

export function filesOf(database: Database): Files {
  return {
    async put(file) {
      const { id, name, mimeType } = checkFile(file);
      const { sessionId, at, bytes } = file;
      const [row] = await database.query('file-put', PUT, [sessionId, id, name, mimeType, at, bytes], 'long');
      if (decodeCounts(row).sessions === 0) throw noSessionForFile(sessionId);
    },

    async get(id) {
      const [row] = await database.query('file', GET, [sessionOfFile(id), id], 'long');
      return row === undefined ? undefined : decodeFile(row);
    },
  };
}
