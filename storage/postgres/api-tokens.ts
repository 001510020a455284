/**
 * API tokens in PostgreSQL.
 *
 * Invariant. A change is one statement that states the version before it. The row's lock lets one
 * of many callers through.
 */
import { type ApiTokens, type ApiTokenUse, checkStoredApiToken } from '#storage/api-tokens.ts';
import { literal, storable } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import type { Database } from '#storage/postgres/database.ts';
import { API_TOKEN, decodeApiToken } from '#storage/postgres/decode.ts';

const GET = `select ${API_TOKEN} from api_tokens k where k.id = $1`;

const LIST = `select ${API_TOKEN} from api_tokens k order by k.created_at desc, k.id desc limit $1`;

const INSERT = `
insert into api_tokens (id, name, digest, former, scopes, role, requests_per_minute, created_by, created_at, expires_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (id) do nothing returning 1`;

const UPDATE = `
update api_tokens
set name = $2, digest = $3, former = $4, scopes = $5, role = $6, requests_per_minute = $7, created_by = $8, created_at = $9,
  expires_at = $10, version = $11::int
where id = $1 and version = $11::int - 1
returning 1`;

const REMOVE = 'delete from api_tokens where id = $1 returning 1';

const USES: readonly Column<ApiTokenUse>[] = [
  { name: 'id', type: 'text', of: ({ id }) => id },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
];

/** Rows are locked in one order, so that two instances never wait for each other. */
const USE = numbered(`
with uses as (select t.id, max(t.at) as at from ${unnest(USES, 't')} group by t.id),
locked as (select k.id, u.at from api_tokens k join uses u on u.id = k.id order by k.id for update of k)
update api_tokens k set last_used_at = greatest(k.last_used_at, l.at) from locked l where k.id = l.id`);

export function apiTokensOf(database: Database): ApiTokens {
  return {
    async apiToken(id) {
      const [row] = await database.query('api-token', GET, [storable(id)]);
      return row === undefined ? undefined : decodeApiToken(row);
    },

    async apiTokens(limit) {
      return (await database.query('api-tokens', LIST, [limit])).map(decodeApiToken);
    },

    async putApiToken(token) {
      checkStoredApiToken(token);
      const { id, name, digest, former, scopes, role, requestsPerMinute, createdBy, createdAt, expiresAt, version } = token;
      const values = [
        ...[storable(id), storable(name), digest, former === null ? null : JSON.stringify(former), literal(scopes), role],
        ...[requestsPerMinute, storable(createdBy), createdAt, expiresAt, version],
      ];
      const rows =
        version === 1 ? await database.query('api-token-new', INSERT, values) : await database.query('api-token-next', UPDATE, values);
      return rows.length > 0;
    },

    async removeApiToken(id) {
      return (await database.query('api-token-remove', REMOVE, [storable(id)])).length > 0;
    },

    async recordApiTokenUses(uses) {
      if (uses.length > 0) await database.query('api-token-uses', USE, parameters(USES, uses));
    },
  };
}
