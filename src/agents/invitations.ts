/**
 * Invitations, by which agents join or set a new password. Each is a random token that can be used
 * once. The store has its digest only.
 */
import type { AgentAccount, Agents, Invitation } from '#storage/agents.ts';
import { agentCaller } from './scopes.ts';
import { digestOf, randomToken } from './tokens.ts';

/** How long an invitation can be used, in milliseconds. */
const INVITATION_MS = 3 * 86_400_000;

export interface IssuedInvitation {
  readonly token: string;
  /** The page that takes it, below the program's URL. */
  readonly path: string;
  readonly expiresAt: number;
}

export async function issueInvitation(
  agents: Pick<Agents, 'invite'>,
  what: Pick<Invitation, 'role' | 'agentId' | 'invitedBy'>,
  now: number,
): Promise<IssuedInvitation> {
  const token = randomToken();
  const expiresAt = now + INVITATION_MS;
  await agents.invite({ ...what, digest: digestOf(token), expiresAt });
  // Browsers keep what is behind the # to themselves, so no log of a server or proxy has it.
  return { token, path: `/console#invitation=${token}`, expiresAt };
}

/** What an invitation is for. */
export interface Invited {
  readonly invitation: Invitation;
  /** The existing account that it lets in again. Undefined if it makes a new one. */
  readonly account: AgentAccount | undefined;
}

/**
 * Undefined if the invitation is no longer valid. The first admin's is valid only while there is no
 * agent, and an admin's only while that agent may invite.
 */
export async function invitedBy(agents: Agents, token: string, now: number): Promise<Invited | undefined> {
  const invitation = await agents.invitation(digestOf(token), now);
  if (invitation === undefined) return undefined;
  // The API token and the command line invite in a name that has no account.
  const inviter = invitation.invitedBy === null ? undefined : await agents.agent({ id: invitation.invitedBy });
  if (inviter !== undefined && !mayInvite(inviter)) return undefined;
  if (invitation.agentId !== null) {
    const account = await agents.agent({ id: invitation.agentId });
    return account === undefined || account.disabled ? undefined : { invitation, account };
  }
  const isFirst = invitation.invitedBy === null;
  return isFirst && (await agents.agents(1)).items.length > 0 ? undefined : { invitation, account: undefined };
}

function mayInvite(inviter: AgentAccount): boolean {
  return !inviter.disabled && agentCaller(inviter).scopes.has('agents:write');
}
