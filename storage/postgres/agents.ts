/**
 * Agents in PostgreSQL.
 *
 * Invariants
 * 1. A change is one update that states the version before it. The row's lock lets one of many
 *    callers through.
 * 2. An invitation is deleted in the statement that stores the account, and only if it stores it.
 * 3. Invitations that end together (`isSameInvitation`) are locked in one order, so one of two
 *    callers that use two of them at once is let through.
 */
import { type AgentKey, type Agents, type AgentWrite, checkAgent } from '#storage/agents.ts';
import { agentsCursor, checkedCursor } from '#storage/cursor.ts';
import { storable, texts } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { AGENT, decodeAgent, decodeAgentWrite, decodeInvitation, INVITATION } from '#storage/postgres/decode.ts';
import { violates } from '#storage/postgres/unavailable.ts';

const BY = {
  id: `select ${AGENT} from agents g where g.id = $1`,
  login: `select ${AGENT} from agents g where g.login = $1`,
  identity: `select ${AGENT} from agents g where g.identity = $1`,
} as const;

const LIST = `select ${AGENT} from agents g where g.login > $1 collate "C" order by g.login limit $2`;

/** The answer distinguishes a used invitation from an account with another version. */
const PUT = `
with own as (
  select agent_id, agent_id is null and invited_by is null as first from agent_invitations where digest = $10
), invited as materialized (
  select i.digest, i.expires_at from agent_invitations i, own o
  where i.digest = $10 or i.agent_id = o.agent_id or (o.first and i.agent_id is null and i.invited_by is null)
  order by i.digest for update of i
), allowed as (
  select 1 where $10::text is null or exists (select 1 from invited where digest = $10 and expires_at > $11)
), inserted as (
  insert into agents (id, login, name, role, password_hash, identity, disabled, created_at, version, skills, capacity)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9::int, $12::text[], $13::int from allowed where $9::int = 1
  returning id
), updated as (
  update agents set login = $2, name = $3, role = $4, password_hash = $5, identity = $6, disabled = $7, version = $9::int,
    skills = $12::text[], capacity = $13::int
  where id = $1 and version = $9::int - 1 and exists (select 1 from allowed)
  returning id
), stored as (
  select id from inserted union all select id from updated
), used as (
  delete from agent_invitations where digest in (select digest from invited) and exists (select 1 from stored)
)
select exists (select 1 from stored) as stored, exists (select 1 from allowed) as allowed`;

const INVITE = `
insert into agent_invitations (digest, role, agent_id, invited_by, expires_at) values ($1, $2, $3, $4, $5)
on conflict (digest) do update set role = excluded.role, agent_id = excluded.agent_id, invited_by = excluded.invited_by,
  expires_at = excluded.expires_at`;

const GET_INVITATION = `select ${INVITATION} from agent_invitations i where i.digest = $1 and i.expires_at > $2`;
const LIST_INVITATIONS = `select ${INVITATION} from agent_invitations i where i.expires_at > $1 order by i.expires_at, i.digest limit $2`;
const WITHDRAW = 'delete from agent_invitations where digest = $1 returning 1';
const FORGET_INVITATIONS = `
delete from agent_invitations where digest in (
  select digest from agent_invitations where expires_at <= $1 order by expires_at limit $2 for update skip locked
) returning 1`;

export function agentsOf(database: Database): Agents {
  return {
    async agent(key) {
      const [by, value] = keyOf(key);
      const [row] = await database.query(`agent-${by}`, BY[by], [storable(value)]);
      return row === undefined ? undefined : decodeAgent(row);
    },

    async agents(limit, cursor) {
      const rows = await database.query('agents', LIST, [storable(checkedCursor(agentsCursor, cursor) ?? ''), limit + 1]);
      const found = rows.map(decodeAgent);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? (items.at(-1)?.login ?? null) : null };
    },

    async putAgent(account, invitation): Promise<AgentWrite> {
      checkAgent(account);
      const { id, login, name, role, passwordHash, identity, disabled, createdAt, version, skills, capacity } = account;
      const values = [id, storable(login), storable(name), role, passwordHash, identity, disabled, createdAt, version];
      try {
        const [row] = await database.query('agent-put', PUT, [
          ...values,
          invitation?.digest ?? null,
          invitation?.now ?? 0,
          texts(skills),
          capacity,
        ]);
        const { stored, allowed } = decodeAgentWrite(row);
        return stored ? 'stored' : allowed ? 'conflict' : 'no invitation';
      } catch (error) {
        if (['agents_pkey', 'agents_login', 'agents_identity'].some((index) => violates(error, index))) return 'taken';
        throw error;
      }
    },

    async invite({ digest, role, agentId, invitedBy, expiresAt }) {
      await database.query('agent-invite', INVITE, [digest, role, agentId, invitedBy, expiresAt]);
    },

    async invitation(digest, now) {
      const [row] = await database.query('agent-invitation', GET_INVITATION, [digest, now]);
      return row === undefined ? undefined : decodeInvitation(row);
    },

    async withdrawInvitation(digest) {
      return (await database.query('agent-withdraw', WITHDRAW, [digest])).length > 0;
    },

    async invitations(now, limit) {
      return (await database.query('agent-invitations', LIST_INVITATIONS, [now, limit])).map(decodeInvitation);
    },

    async forgetInvitations(now, limit) {
      return (await database.query('agent-forget-invitations', FORGET_INVITATIONS, [now, limit], 'long')).length;
    },
  };
}

function keyOf(key: AgentKey): ['id' | 'login' | 'identity', string] {
  if ('id' in key) return ['id', key.id];
  return 'login' in key ? ['login', key.login] : ['identity', key.identity];
}
