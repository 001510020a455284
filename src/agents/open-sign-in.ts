/** Puts together how agents sign in, over the store, with or without an identity provider. */
import type { Agents } from '#storage/agents.ts';
import type { Store } from '#storage/port.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { ApiToken } from '../config/api-token.ts';
import type { OidcConfig } from '../config/oidc.ts';
import type { Audit } from '../operations/audit.ts';
import { type AuthRouter, type AuthRouterParts, authRouter, type OidcParts } from './auth-router.ts';
import { createPasswords } from './passwords.ts';
import { SignInService } from './sign-in.ts';
import { signInAudit } from './sign-in-audit.ts';
import { agentTokens, randomToken } from './tokens.ts';

export interface OpenSignInParts extends Pick<AuthRouterParts, 'storeOf' | 'publicUrl'>, Pick<OidcParts, 'log'> {
  readonly agents: Agents;
  readonly signIns: SignIns;
  readonly store: Pick<Store, 'setting'>;
  readonly apiToken: ApiToken;
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

export async function openSignIn(parts: OpenSignInParts): Promise<OpenedSignIn> {
  const { agents, signIns, store, apiToken, storeOf, publicUrl, oidc, audit, now, log } = parts;
  const stored = await store.setting('console-token-key', randomToken());
  // Each machine makes its own token file, so only a configured token is the same everywhere.
  const apart = apiToken.file === undefined ? apiToken.secret.reveal() : undefined;
  const { shareKey, flowKey: key, ...tokens } = agentTokens({ stored, apart }, now);
  const passwords = createPasswords();
  const agentAccess = new SignInService({ agents, signIns, passwords, ...tokens, audit: signInAudit(audit, now), now });
  const flows = oidc && publicUrl !== undefined ? { config: oidc, key, now, log } : undefined;
  return { agentAccess, auth: authRouter({ service: agentAccess, storeOf, publicUrl, oidc: flows }), shareKey };
}
