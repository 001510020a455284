/** Port for what agents sign in with. Operations know no passwords and no tokens. */
import type { Invitation } from '#storage/agents.ts';
import type { Caller } from './caller.ts';

export interface AgentAccess {
  /** The token is in the answer alone. Only its digest is stored. */
  invite(what: Pick<Invitation, 'role' | 'agentId' | 'invitedBy'>): Promise<{
    readonly token: string;
    /** The page that takes it, below the public URL. */
    readonly path: string;
    readonly expiresAt: number;
  }>;
  /**
   * Throws `InvalidInput` if the next one is too weak. The API token has no account. All other
   * sign-ins of the agent end.
   */
  changePassword(caller: Caller, current: string, next: string): Promise<'changed' | 'wrong password' | 'no account' | 'conflict'>;
}
