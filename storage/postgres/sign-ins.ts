/**
 * Sign-ins in PostgreSQL.
 *
 * Invariant
 * A token is replaced by one update that states the token before it. The row's lock lets one of
 * many pages through, and the others find that theirs was replaced.
 */
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeRenewed, decodeSignIn, SIGN_IN } from '#storage/postgres/decode.ts';
import { REPLACED_TOKEN_MS, type SignIns } from '#storage/sign-ins.ts';

const OPEN = `
insert into sign_ins (id, agent_id, digest, created_at, used_at, expires_at, device, network) values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const GET = `select ${SIGN_IN} from sign_ins n where n.id = $1 and n.expires_at > $2`;
const LIST = `select ${SIGN_IN} from sign_ins n where n.agent_id = $1 and n.expires_at > $2 order by n.used_at desc, n.id`;

const RENEW = `
with found as materialized (
  select id, digest, replaced, used_at from sign_ins where id = $1 and expires_at > $4 for update
), renewed as (
  update sign_ins n set digest = $3, replaced = $2, used_at = $4, expires_at = $5, network = $6
  from found f where n.id = f.id and f.digest = $2
  returning n.id
), recent as (
  select id from found where digest <> $2 and replaced = $2 and $4 - used_at < ${REPLACED_TOKEN_MS}
), ended as (
  delete from sign_ins n using found f where n.id = f.id and f.digest <> $2 and not exists (select 1 from recent)
  returning n.id
)
select case
  when exists (select 1 from renewed) then 'renewed' when exists (select 1 from recent) then 'recent'
  when exists (select 1 from ended) then 'reused' else 'unknown' end as renewed`;

const END_ONE = 'delete from sign_ins where id = $1 returning 1';
const END_ALL = 'delete from sign_ins where agent_id = $1 and id <> $2 returning 1';
const FORGET = `
delete from sign_ins where id in (
  select id from sign_ins where expires_at <= $1 order by expires_at limit $2 for update skip locked
) returning 1`;

export function signInsOf(database: Database): SignIns {
  return {
    async openSignIn({ id, agentId, digest, createdAt, usedAt, expiresAt, device, network }) {
      await database.query('sign-in-open', OPEN, [id, agentId, digest, createdAt, usedAt, expiresAt, storable(device), storable(network)]);
    },

    async signIn(id, now) {
      const [row] = await database.query('sign-in', GET, [storable(id), now]);
      return row === undefined ? undefined : decodeSignIn(row);
    },

    async signIns(agentId, now) {
      return (await database.query('sign-ins', LIST, [storable(agentId), now])).map(decodeSignIn);
    },

    async renewSignIn({ id, given, next, now, expiresAt, network }) {
      const [row] = await database.query('sign-in-renew', RENEW, [storable(id), given, next, now, expiresAt, storable(network)]);
      return decodeRenewed(row);
    },

    async endSignIns(which) {
      const ended =
        'id' in which
          ? await database.query('sign-in-end', END_ONE, [storable(which.id)])
          : await database.query('sign-ins-end', END_ALL, [storable(which.agentId), storable(which.except ?? '')]);
      return ended.length;
    },

    async forgetSignIns(now, limit) {
      return (await database.query('sign-ins-forget', FORGET, [now, limit], 'long')).length;
    },
  };
}
