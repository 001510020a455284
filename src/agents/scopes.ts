/** What each role may do. Each may do what those before it may. */

import type { Role } from '#storage/approvals.ts';
import { type Caller, SCOPES, type Scope } from '../operations/caller.ts';

const AGENT: readonly Scope[] = [
  'sessions:read',
  'sessions:act',
  'approvals:read',
  'approvals:decide',
  'archive:read',
  'agents:read',
  'account:own',
  'library:read',
  'library:write',
  'moments:read',
  'analysis:read',
  'analysis:write',
];
const SUPERVISOR: readonly Scope[] = [
  ...AGENT,
  'sessions:manage',
  'holds:read',
  'holds:write',
  'dead_letters:read',
  'audit:read',
  'sandboxes:use',
  'share_links:write',
  'sessions:personal',
  'analytics:read',
];

const BY_ROLE: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  agent: new Set(AGENT),
  supervisor: new Set(SUPERVISOR),
  admin: new Set(SCOPES),
};

export function agentCaller({ id, name, role }: { readonly id: string; readonly name: string; readonly role: Role }): Caller {
  return { kind: 'agent', agent: { id, name }, role, scopes: BY_ROLE[role] };
}
