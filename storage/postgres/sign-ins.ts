/**
 * Sign-ins in PostgreSQL.
 *
 * Invariant
 * A token is used in one statement that locks the row, so of many pages each finds what the one
 * before it has left.
 */
import { storable } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeRenewed, decodeSignIn, SIGN_IN } from '#storage/postgres/decode.ts';
import { REPLACED_TOKEN_MS, type SignIns } from '#storage/sign-ins.ts';

const OPEN = `
insert into sign_ins (id, agent_id, number, digest, created_at, used_at, expires_at, device, network, since, lowest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $6, $3)`;

const GET = `select ${SIGN_IN} from sign_ins n where n.id = $1 and n.expires_at > $2`;
const LIST = `select ${SIGN_IN} from sign_ins n where n.agent_id = $1 and n.expires_at > $2 order by n.used_at desc, n.id`;

const RENEW = `
with found as materialized (
  select id, number, digest, lowest, since, $4::bigint - since < ${REPLACED_TOKEN_MS} as late
  from sign_ins where id = $1 and expires_at > $4 for update
), accepted as (
  update sign_ins n set used_at = $4, expires_at = $5, network = $6,
    number = greatest(f.number, $2::int), digest = case when $2::int > f.number then $3::text else f.digest end,
    since = case when $2::int > f.number and not f.late then $4::bigint else f.since end,
    lowest = case when $2::int > f.number and not f.late then f.number else f.lowest end
  from found f
  where n.id = f.id and ($2::int > f.number or f.digest = $3 or (f.late and $2::int >= f.lowest))
  returning n.number
), ended as (
  delete from sign_ins n using found f where n.id = f.id and not exists (select 1 from accepted)
  returning n.id
)
select (select number + 1 from accepted) as next, exists (select 1 from ended) as reused`;

const END_ONE = 'delete from sign_ins where id = $1 returning 1';
const END_ALL = 'delete from sign_ins where agent_id = $1 and id <> $2 returning 1';
const FORGET = `
delete from sign_ins where id in (
  select id from sign_ins where expires_at <= $1 order by expires_at limit $2 for update skip locked
) returning 1`;

export function signInsOf(database: Database): SignIns {
  return {
    async openSignIn({ id, agentId, number, digest, createdAt, usedAt, expiresAt, device, network }) {
      const times = [createdAt, usedAt, expiresAt];
      await database.query('sign-in-open', OPEN, [id, agentId, number, digest, ...times, storable(device), storable(network)]);
    },

    async signIn(id, now) {
      const [row] = await database.query('sign-in', GET, [storable(id), now]);
      return row === undefined ? undefined : decodeSignIn(row);
    },

    async signIns(agentId, now) {
      return (await database.query('sign-ins', LIST, [storable(agentId), now])).map(decodeSignIn);
    },

    async renewSignIn({ id, number, digest, now, expiresAt, network }) {
      const [row] = await database.query('sign-in-renew', RENEW, [storable(id), number, digest, now, expiresAt, storable(network)]);
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
