/** Settings of an identity provider, with which agents sign in beside passwords. */
import * as z from 'zod';
import type { Secret } from '#machines/secret.ts';
import { secret, type ValuesOf } from '#machines/setting.ts';
import { name } from './setting.ts';

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly clientSecret: Secret | undefined;
  /** Role of somebody without an invitation. Undefined if each new agent needs one. */
  readonly newAgentRole: 'agent' | 'supervisor' | undefined;
}

/** Not a form of `httpUrl`, because the slash at the end of an issuer is part of its name. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && search === '' && hash === '';
}

export const OIDC_NAMES = {
  OIDC_ISSUER: name({
    group: 'Agents',
    schema: z.string().refine(isIssuer, 'expected the https URL of an issuer, such as https://id.example.com'),
    about:
      'Issuer of an OpenID Connect identity provider, with which agents can sign in beside passwords. Register `{STATECHAT_PUBLIC_URL}/console/auth/oidc/callback` there as redirect URI (docs/reference/agents.md). If it is unset, agents sign in with passwords only.',
  }),
  OIDC_CLIENT_ID: name({
    group: 'Agents',
    schema: z.string().min(1).max(500),
    about: 'Client id from the provider. `OIDC_ISSUER` needs it.',
  }),
  OIDC_CLIENT_SECRET: name({
    group: 'Agents',
    schema: secret(z.string().regex(/^\S+$/, 'expected a secret without spaces')),
    about: 'Client secret from the provider. If it is unset, the program is a public client, which the provider must allow.',
    secret: true,
  }),
  OIDC_NEW_AGENT_ROLE: name({
    group: 'Agents',
    schema: z.enum(['agent', 'supervisor'], 'expected agent or supervisor'),
    about:
      'Role of a person who signs in at the provider and has no account here. With `agent` everybody at the issuer becomes an agent, so leave it unset if anybody can have an account there. If it is unset, each new agent needs an invitation.',
  }),
};

/** Undefined if there is no provider. */
export function oidcOf(read: <N extends keyof typeof OIDC_NAMES>(name: N) => ValuesOf<typeof OIDC_NAMES>[N]): OidcConfig | undefined {
  const [issuer, clientId] = [read('OIDC_ISSUER'), read('OIDC_CLIENT_ID')];
  const [clientSecret, newAgentRole] = [read('OIDC_CLIENT_SECRET'), read('OIDC_NEW_AGENT_ROLE')];
  return issuer === undefined || clientId === undefined ? undefined : { issuer, clientId, clientSecret, newAgentRole };
}
