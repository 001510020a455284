/**
 * Entries of the audit trail about signing in. It is no operation, because the caller is not known
 * before.
 */
import type { AgentAccount } from '#storage/agents.ts';
import type { Audit } from '../operations/audit.ts';
import type { Device } from './device.ts';

/** What the person showed. */
export type Proof = 'password' | 'invitation' | 'identity';

export interface SignInAudit {
  opened(account: AgentAccount, signInId: string, proof: Proof, device: Device): void;
  /** `named` is the login that was given, or the name of the identity. It may be nobody's. */
  refused(named: string, outcome: string, proof: Proof, device: Device): void;
  /** A token came again that was replaced before. It was copied, and the sign-in has ended. */
  copied(agentId: string, signInId: string, network: string): void;
  ended(agentId: string, signInId: string): void;
}

/** An agent whose role is not known, because the sign-in was refused or has ended. */
const UNKNOWN_ROLE = 'unknown';

export function signInAudit(audit: Audit, now: () => number): SignInAudit {
  const entry = (
    operation: string,
    caller: { readonly agent: string; readonly role: string },
    rest: { readonly outcome: string; readonly target: string | null; readonly network: string | null; readonly detail?: string },
  ): void => audit({ at: now(), caller: { kind: 'agent', ...caller }, operation, effect: 'write', ...rest });

  return {
    opened: ({ id, role }, target, proof, { name, network }) =>
      entry('sign_ins.open', { agent: id, role }, { outcome: 'done', target, network, detail: `${proof}, ${name}` }),
    refused: (named, outcome, proof, { name, network }) =>
      entry('sign_ins.open', { agent: named, role: UNKNOWN_ROLE }, { outcome, target: null, network, detail: `${proof}, ${name}` }),
    copied: (agent, target, network) =>
      entry('sign_ins.renew', { agent, role: UNKNOWN_ROLE }, { outcome: 'copied_token', target, network }),
    ended: (agent, target) => entry('sign_ins.end', { agent, role: UNKNOWN_ROLE }, { outcome: 'done', target, network: null }),
  };
}
