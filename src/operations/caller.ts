/**
 * The caller of an operation, with what it may do. Each projection authenticates its callers in its
 * own way.
 */
import type { Agent } from '#machines/session/events.ts';
import type { Role } from '#storage/approvals.ts';
import { OperationProblem, problemTypes } from './problems.ts';

/**
 * An operation needs exactly one. Each is a permission that an operator can grant by itself.
 * `sessions:manage` is no operation's. It lets `sessions.send_event` act for a colleague who holds
 * the session. Neither is `sessions:personal`. Without it the visualizer hides personal data
 * (redaction.ts).
 */
export const SCOPES = [
  'sessions:read',
  'sessions:act',
  'sessions:manage',
  'sessions:write',
  'sessions:delete',
  'approvals:read',
  'approvals:decide',
  'archive:read',
  'holds:read',
  'holds:write',
  'dead_letters:read',
  'agents:read',
  'agents:write',
  'audit:read',
  'account:own',
  'library:read',
  'library:write',
  'channels:manage',
  'moments:read',
  'sandboxes:use',
  'share_links:write',
  'sessions:personal',
  'analytics:read',
  'analysis:read',
  'analysis:write',
  'tokens:read',
  'tokens:write',
  'webhooks:read',
  'webhooks:write',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /**
   * `token` is a program with an API token, which acts for any agent that it names. `agent` is one
   * person.
   */
  readonly kind: 'token' | 'agent';
  /** The agent that the caller acts as if the input names none. */
  readonly agent: Agent;
  readonly role: Role;
  readonly scopes: ReadonlySet<Scope>;
  /** The API token of a program. Absent for the first one, and for people. */
  readonly token?: { readonly id: string; readonly requestsPerMinute: number | null };
  /** What a share link shows. Set for a caller that came by one. */
  readonly share?: { readonly sessionId: string; readonly seq: number | null; readonly personal: boolean };
  /** The sign-in that the call came by. */
  readonly signInId?: string;
  /** When its access token expires, in milliseconds since the epoch. For connections that stay. */
  readonly validUntil?: number;
  /** Network address that the call came from, if the projection has one. */
  readonly network?: string;
}

/** The caller with the first API token. It is an admin with every scope. */
export function tokenCaller(defaultAgentId: string): Caller {
  return { kind: 'token', agent: { id: defaultAgentId, name: defaultAgentId }, role: 'admin', scopes: new Set(SCOPES) };
}

/**
 * The agent that acts.
 *
 * @param named the agent in the input, or its id alone. Throws `forbidden` if a person names
 * another person.
 */
export function actingAgent({ kind, agent }: Caller, named: Agent | string | undefined): Agent {
  if (named === undefined) return agent;
  const given = typeof named === 'string' ? { id: named, name: named } : named;
  if (kind === 'token') return given;
  if (given.id === agent.id) return agent;
  const detail = `You act as "${agent.id}" and cannot act as "${given.id}". Leave the agent out, or use the API token.`;
  throw new OperationProblem(problemTypes.forbidden, detail);
}
