import { type AgentAccount, type AgentKey, type Agents, checkAgent, type Invitation, isSameInvitation } from '#storage/agents.ts';
import { agentsCursor, checkedCursor } from '#storage/cursor.ts';

/**
 * Agents of a store in memory, with the same answers as PostgreSQL's. Each call is one synchronous
 * step.
 */
export function memoryAgents(): Agents {
  const kept = new Map<string, AgentAccount>();
  const invitations = new Map<string, Invitation>();

  const find = (key: AgentKey): AgentAccount | undefined => {
    if ('id' in key) return kept.get(key.id);
    return [...kept.values()].find((account) =>
      'login' in key ? account.login === key.login : account.identity !== null && account.identity === key.identity,
    );
  };

  return {
    async agent(key) {
      return find(key);
    },

    async agents(limit, cursor) {
      const after = checkedCursor(agentsCursor, cursor) ?? '';
      const found = [...kept.values()].filter(({ login }) => login > after).toSorted((a, b) => (a.login < b.login ? -1 : 1));
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? (items.at(-1)?.login ?? null) : null };
    },

    async putAgent(account, invitation) {
      checkAgent(account);
      const invited = invitation === undefined ? undefined : invitations.get(invitation.digest);
      if (invitation !== undefined && (invited === undefined || invited.expiresAt <= invitation.now)) return 'no invitation';
      const before = kept.get(account.id);
      const others = [find({ login: account.login }), ...(account.identity === null ? [] : [find({ identity: account.identity })])];
      if (account.version === 1 && before !== undefined) return 'taken';
      if (others.some((other) => other !== undefined && other.id !== account.id)) return 'taken';
      if ((before?.version ?? 0) !== account.version - 1) return 'conflict';
      if (invited !== undefined)
        for (const other of [...invitations.values()]) if (isSameInvitation(invited, other)) invitations.delete(other.digest);
      kept.set(account.id, { ...account });
      return 'stored';
    },

    async invite(invitation) {
      invitations.set(invitation.digest, { ...invitation });
    },

    async invitation(digest, now) {
      const found = invitations.get(digest);
      return found !== undefined && found.expiresAt > now ? found : undefined;
    },

    async withdrawInvitation(digest) {
      return invitations.delete(digest);
    },

    async invitations(now, limit) {
      return [...invitations.values()]
        .filter(({ expiresAt }) => expiresAt > now)
        .toSorted((a, b) => a.expiresAt - b.expiresAt || (a.digest < b.digest ? -1 : 1))
        .slice(0, limit);
    },

    async forgetInvitations(now, limit) {
      const expired = [...invitations.values()].filter(({ expiresAt }) => expiresAt <= now).slice(0, limit);
      for (const { digest } of expired) invitations.delete(digest);
      return expired.length;
    },
  };
}
