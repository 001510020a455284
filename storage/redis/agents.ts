/**
 * Agents in Redis. There are few of them, so all are in one slot of a cluster, and each change is
 * one script call.
 */
import * as z from 'zod';
import {
  type AgentAccount,
  type AgentKey,
  type Agents,
  agentAccountSchema,
  checkAgent,
  type Invitation,
  invitationSchema,
  isSameInvitation,
} from '#storage/agents.ts';
import { agentsCursor, checkedCursor } from '#storage/cursor.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeTexts, reading } from '#storage/redis/decode.ts';
import { AGENT_IDENTITIES_KEY, AGENT_LOGINS_KEY, agentKey, INVITATIONS_KEY, invitationKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

const write = z.enum(['stored', 'taken', 'conflict', 'no invitation']);

/** How long Redis keeps an invitation that has expired, in milliseconds. Callers check the time. */
const KEPT_MS = 31 * 86_400_000;

export function agentsOf(connection: Connection): Agents {
  async function idOf(key: AgentKey): Promise<string | null> {
    if ('id' in key) return key.id;
    const [index, value] = 'login' in key ? [AGENT_LOGINS_KEY, key.login] : [AGENT_IDENTITIES_KEY, key.identity];
    return z
      .string()
      .nullable()
      .parse(await connection.call('hget', index, value));
  }

  async function byId(id: string): Promise<AgentAccount | undefined> {
    return decodeAccount(await connection.call('hget', agentKey(id), 'document'));
  }

  async function invitationOf(digest: string): Promise<Invitation | undefined> {
    const text = await connection.call('hget', invitationKey(digest), 'document');
    return text === null ? undefined : reading('invitation', () => invitationSchema.parse(JSON.parse(z.string().parse(text))));
  }

  /** All of them, the first to expire first. */
  async function allInvitations(): Promise<Invitation[]> {
    const found = await Promise.all(decodeTexts(await connection.call('zrange', INVITATIONS_KEY, 0, -1)).map(invitationOf));
    return found.filter((invitation) => invitation !== undefined);
  }

  return {
    async agent(key) {
      const id = await idOf(key);
      return id === null ? undefined : byId(id);
    },

    async agents(limit, cursor) {
      const after = checkedCursor(agentsCursor, cursor) ?? '';
      const logins = decodeTexts(await connection.call('hkeys', AGENT_LOGINS_KEY)).filter((login) => login > after);
      const shown = logins.toSorted().slice(0, limit);
      const ids = await Promise.all(shown.map((login) => idOf({ login })));
      const accounts = await Promise.all(ids.map((id) => (id === null ? undefined : byId(id))));
      return {
        items: accounts.filter((account) => account !== undefined),
        next: logins.length > limit ? (shown.at(-1) ?? null) : null,
      };
    },

    async putAgent(account, invitation) {
      checkAgent(account);
      const { id, version, login, identity } = account;
      const used = invitation && (await invitationOf(invitation.digest));
      // The script deletes them together. One that is made meanwhile stays.
      const others = used === undefined ? [] : (await allInvitations()).filter((other) => isSameInvitation(used, other));
      const invitations = [invitation?.digest ?? '', ...others.map(({ digest }) => digest)].map(invitationKey);
      const keys = [agentKey(id), AGENT_LOGINS_KEY, AGENT_IDENTITIES_KEY, ...invitations];
      const args = [id, version, login, identity ?? '', JSON.stringify(account), invitation ? '1' : '', invitation?.now ?? 0];
      return write.parse(await connection.run(SCRIPTS.putAgent, keys, args));
    },

    async invite(invitation) {
      const key = invitationKey(invitation.digest);
      await connection.call('hset', key, 'document', JSON.stringify(invitation), 'expires', invitation.expiresAt);
      await connection.call('pexpireat', key, invitation.expiresAt + KEPT_MS);
      await connection.call('zadd', INVITATIONS_KEY, invitation.expiresAt, invitation.digest);
    },

    async invitation(digest, now) {
      const found = await invitationOf(digest);
      return found !== undefined && found.expiresAt > now ? found : undefined;
    },

    async withdrawInvitation(digest) {
      await connection.call('zrem', INVITATIONS_KEY, digest);
      return (await connection.call('del', invitationKey(digest))) === 1;
    },

    async invitations(now, limit) {
      return (await allInvitations()).filter(({ expiresAt }) => expiresAt > now).slice(0, limit);
    },

    async forgetInvitations(now, limit) {
      const range = ['-inf', now, 'byscore', 'limit', 0, limit];
      const expired = decodeTexts(await connection.call('zrange', INVITATIONS_KEY, ...range));
      await Promise.all(expired.map((digest) => connection.call('del', invitationKey(digest))));
      if (expired.length > 0) await connection.call('zrem', INVITATIONS_KEY, ...expired);
      return expired.length;
    },
  };
}

function decodeAccount(text: unknown): AgentAccount | undefined {
  return text === null ? undefined : reading('agent', () => agentAccountSchema.parse(JSON.parse(z.string().parse(text))));
}
