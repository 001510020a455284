/**
 * Parts of files in PostgreSQL. A file of one part is in its row of `files`. A longer one of an
 * earlier version is too, and is read from there in parts.
 *
 * Invariants
 * 1. A file is stored while its session's row is locked, and deleted in the statement that deletes
 *    the row (archive.ts), so none is left behind.
 * 2. That statement leaves the contents without a session. Nobody reads or continues these, and
 *    they are deleted one in a statement, so that the deletion of a session stays short.
 * 3. Rows are locked in the order session, content, part, as a deletion does.
 */
import { type Content, PART, type PartStore } from '#storage/file-parts.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeBytes, decodeCount, decodeFinished, decodeFound } from '#storage/postgres/decode.ts';

/** Counts the session. */
const KEEP = `
with found as materialized (
  select id from sessions where id = $1 for key share
), kept as (
  insert into files (session_id, id, name, mime_type, at, bytes) select id, $2, $3, $4, $5, $6 from found on conflict do nothing
)
select count(*)::int as count from found`;

const BEGIN = `
with found as materialized (
  select id from sessions where id = $2 for key share
), begun as (
  insert into file_contents (id, session_id, at) select $1, id, $3 from found
)
select count(*)::int as count from found`;

const WRITE = `
with open as materialized (
  select id from file_contents where id = $1 and unfinished and session_id is not null for key share
)
insert into file_parts (content_id, part, bytes) select id, $2, $3 from open returning 1`;

/** Whether the content was still being written, and whether it is the file's now. */
const FINISH = `
with found as materialized (
  select id from sessions where id = $1 for key share
), open as materialized (
  select c.id, c.session_id from file_contents c join found f on c.session_id = f.id where c.id = $7 and c.unfinished for update of c
), kept as (
  insert into files (session_id, id, name, mime_type, at, size, content_id) select session_id, $2, $3, $4, $5, $6, id from open
  on conflict do nothing returning content_id
), finished as (
  update file_contents c set unfinished = false from kept k where c.id = k.content_id
)
select exists (select 1 from open) as open, exists (select 1 from kept) as kept`;

const DROP = 'delete from file_contents where id = $1 and unfinished';

const FIND = `
select f.session_id as "sessionId", f.id, f.name, f.mime_type as "mimeType", f.at, coalesce(f.size, octet_length(f.bytes))::float8 as size,
  f.content_id as content, case when octet_length(f.bytes) <= ${PART} then f.bytes end as bytes
from files f where f.session_id = $1 and f.id = $2`;

const PART_OF_CONTENT = `
select p.bytes from file_parts p join file_contents c on c.id = p.content_id
where p.content_id = $1 and p.part = $2 and c.session_id is not null`;

const PART_OF_ROW = `select substring(bytes from $3 for ${PART}) as bytes from files where session_id = $1 and id = $2`;

/** The index has these alone. */
const FORGET = `
delete from file_contents where id = (
  select id from file_contents where (unfinished or session_id is null) and (at < $1 or session_id is null)
  order by at limit 1 for update skip locked
) returning 1`;

export function partsOf(database: Database): PartStore {
  return {
    async keep({ sessionId, id, name, mimeType, at }, bytes) {
      const [row] = await database.query('file-keep', KEEP, [sessionId, id, name, mimeType, at, bytes], 'long');
      return decodeCount(row) === 1;
    },

    async begin({ id, sessionId }: Content, at) {
      const [row] = await database.query('file-begin', BEGIN, [id, sessionId, at], 'long');
      return decodeCount(row) === 1;
    },

    async write({ id }, index, bytes) {
      return (await database.query('file-write', WRITE, [id, index, bytes], 'long')).length === 1;
    },

    async finish(content, { sessionId, id, name, mimeType, at, size }) {
      const [row] = await database.query('file-finish', FINISH, [sessionId, id, name, mimeType, at, size, content.id], 'long');
      const { open, kept } = decodeFinished(row);
      return kept ? 'done' : open ? 'exists' : 'ended';
    },

    async drop({ id }) {
      await database.query('file-drop', DROP, [id], 'long');
    },

    async find(sessionId, id) {
      const [row] = await database.query('file-find', FIND, [sessionId, id], 'long');
      if (row === undefined) return undefined;
      const { content, ...found } = decodeFound(row);
      return {
        ...found,
        async part(index) {
          const [part] =
            content === null
              ? await database.query('file-part-of-row', PART_OF_ROW, [sessionId, id, index * PART + 1], 'long')
              : await database.query('file-part', PART_OF_CONTENT, [content, index], 'long');
          return part === undefined ? undefined : decodeBytes(part);
        },
      };
    },

    async forgetUnclaimed(before, limit) {
      let forgotten = 0;
      while (forgotten < limit && (await database.query('file-forget', FORGET, [before], 'long')).length === 1) forgotten += 1;
      return forgotten;
    },
  };
}
