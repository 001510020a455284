/**
 * `statechat invite` makes an invitation in the configured store, also beside a running program. It
 * is the way back in when no admin can sign in. It needs no account, because a user who can read
 * the configuration can change the store anyway.
 */
import { StatechatError } from '#machines/errors.ts';
import { type AgentAccount, type Agents, loginForm } from '#storage/agents.ts';
import type { Role } from '#storage/approvals.ts';
import { issueInvitation } from '../agents/invitations.ts';
import type { Config } from '../config/config.ts';
import { inviteAgent } from '../operations/agents.ts';
import { tokenCaller } from '../operations/caller.ts';
import { openStoreBeside } from '../storage/open-store.ts';
import type { Log } from '../telemetry/log.ts';

export interface Invitee {
  /** Of the account that the link makes. */
  readonly role: Role;
  /** The existing agent, which keeps its role. Undefined for a new one. */
  readonly login: string | undefined;
}

export interface PrintedInvitation {
  readonly link: string;
  readonly role: Role;
  /** Login of the existing agent. Undefined if the link makes an account. */
  readonly account: string | undefined;
  readonly expiresAt: number;
}

export async function invite(config: Config, log: Log, { role: given, login }: Invitee): Promise<PrintedInvitation> {
  if (config.storage.type === 'memory') {
    const message =
      'With SESSION_STORAGE_TYPE=memory the agents are in the running program alone. Send it POST /api/invitations with its API token (docs/reference/agents.md).';
    throw new StatechatError('no_store', message);
  }
  const { agents, auditTrail, ping, close } = await openStoreBeside(config, log);
  try {
    const existing = login === undefined ? undefined : await agentOf(agents, login);
    const role = existing?.role ?? given;
    const now = Math.floor(await ping());
    const { kind, agent, role: byRole } = tokenCaller(config.http.defaultAgentId);
    const agentId = existing?.id ?? null;
    const { path, expiresAt } = await issueInvitation(agents, { role, agentId, invitedBy: agent.id }, now);
    const { name: operation, effect } = inviteAgent;
    const entry = {
      at: now,
      agent: agent.id,
      kind,
      role: byRole,
      operation,
      effect,
      target: agentId,
      outcome: 'done',
      detail: agentId === null ? `role: ${role}` : null,
      network: null,
    };
    await auditTrail.appendAudit([entry]);
    return { link: `${urlOf(config)}${path}`, role, account: existing?.login, expiresAt };
  } finally {
    await close();
  }
}

async function agentOf(agents: Pick<Agents, 'agent'>, login: string): Promise<AgentAccount> {
  const account = await agents.agent({ login: loginForm(login) });
  if (account === undefined)
    throw new StatechatError(
      'not_found',
      `There is no agent with the login "${login}". To make an account, run "statechat invite --role".`,
    );
  if (account.disabled)
    throw new StatechatError(
      'disabled',
      `The agent "${account.login}" is disabled. An admin enables it (PATCH /api/agents/${account.id}).`,
    );
  return account;
}

/** With `PORT=0` only the running program has the port, and its start printed it. */
function urlOf({ http }: Config): string {
  return http.publicUrl ?? 'http://localhost:PORT';
}
