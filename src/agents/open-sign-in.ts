/** Puts together how agents sign in, over the store, with or without an identity provider. */
import type { Agents } from '#storage/agents.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { OidcConfig } from '../config/oidc.ts';
import type { Audit } from '../operations/audit.ts';
import { type AuthRouter, type AuthRouterParts, authRouter, type OidcParts } from './auth-router.ts';
import { createPasswords } from './passwords.ts';
import { SignInService } from './sign-in.ts';
import { signInAudit } from './sign-in-audit.ts';
import { agentTokens, type TokenSecrets } from './tokens.ts';

export interface OpenSignInParts extends Pick<AuthRouterParts, 'storeOf' | 'publicUrl'>, Pick<OidcParts, 'log'> {
  readonly agents: Agents;
  readonly signIns: SignIns;
  readonly secrets: TokenSecrets;
  /** It needs the public URL. */
  readonly oidc: OidcConfig | undefined;
  readonly audit: Audit;
  readonly now: () => number;
}

export interface OpenedSignIn {
  readonly agentAccess: SignInService;
  readonly auth: AuthRouter;
  /** Signs share links. */
  readonly shareKey: Uint8Array;
}

export function openSignIn({ agents, signIns, secrets, storeOf, publicUrl, oidc, audit, now, log }: OpenSignInParts): OpenedSignIn {
  const { shareKey, flowKey: key, ...tokens } = agentTokens(secrets, now);
  const passwords = createPasswords();
  const agentAccess = new SignInService({ agents, signIns, passwords, ...tokens, audit: signInAudit(audit, now), now });
  const flows = oidc && publicUrl !== undefined ? { config: oidc, key, now, log } : undefined;
  return { agentAccess, auth: authRouter({ service: agentAccess, storeOf, publicUrl, oidc: flows }), shareKey };
}
