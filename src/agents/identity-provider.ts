/**
 * IdentityProvider speaks OpenID Connect with the issuer where agents have accounts already. It is
 * the one user of openid-client.
 *
 * Invariants
 * 1. A person is the issuer and the subject of an ID token whose signature, issuer, audience, nonce
 *    and times are right. What the token says of an e-mail address or a name is shown and never
 *    used to find an account.
 * 2. A code is exchanged with the verifier of the browser that began (PKCE).
 * 3. No token and no code reaches the log.
 */
import * as client from 'openid-client';
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import type { OidcConfig } from '../config/oidc.ts';
import type { Log } from '../telemetry/log.ts';

/** How long the issuer may take for an answer, in seconds. */
const TIMEOUT_SECONDS = 10;
/** How far the clocks of issuer and program may be apart, in seconds. */
const TOLERANCE_SECONDS = 30;
/** How long the issuer's own description is used, in milliseconds. */
const DISCOVERED_MS = 3_600_000;

/** What the browser keeps between the way there and the way back. */
export interface OidcFlow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** A person as the issuer vouches for it. */
export interface Person {
  /** Issuer and subject, as accounts keep them. */
  readonly identity: string;
  readonly name: string;
  /** Logins for a new account, the best first. */
  readonly logins: readonly string[];
}

/**
 * - `oidc_denied` means that the issuer did not let the person in, or the person broke off.
 * - `oidc_failed` means that the answer cannot be trusted. A code that was used is one.
 * - `oidc_unavailable` means that the issuer cannot be reached.
 */
export type OidcFault = 'oidc_denied' | 'oidc_failed' | 'oidc_unavailable';

const text = z.string().trim().min(1).optional().catch(undefined);
const claimsSchema = z.object({
  iss: z.string().min(1),
  sub: z.string().min(1).max(255),
  name: text,
  email: text,
  email_verified: z.boolean().optional().catch(undefined),
  preferred_username: text,
});

export class IdentityProvider {
  readonly #config: OidcConfig;
  readonly #redirectUri: string;
  readonly #log: Pick<Log, 'warn'>;
  #discovered: { readonly at: number; readonly configuration: Promise<client.Configuration> } | undefined;

  constructor(config: OidcConfig, redirectUri: string, log: Pick<Log, 'warn'>) {
    this.#config = config;
    this.#redirectUri = redirectUri;
    this.#log = log;
  }

  /** Where the browser goes, and what it has to bring back. */
  async begin(): Promise<{ readonly url: string; readonly flow: OidcFlow } | OidcFault> {
    const flow = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
    try {
      const url = client.buildAuthorizationUrl(await this.#configuration(), {
        redirect_uri: this.#redirectUri,
        scope: 'openid profile email',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, flow };
    } catch (error) {
      return this.#fault(error);
    }
  }

  /** @param query of the request with which the issuer sent the browser back. */
  async finish(query: string, { state, nonce, verifier }: OidcFlow): Promise<Person | OidcFault> {
    try {
      const url = new URL(this.#redirectUri);
      url.search = query;
      const tokens = await client.authorizationCodeGrant(await this.#configuration(), url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      return personOf(tokens.claims());
    } catch (error) {
      return this.#fault(error);
    }
  }

  #configuration(): Promise<client.Configuration> {
    const now = performance.now();
    if (this.#discovered === undefined || now - this.#discovered.at > DISCOVERED_MS) {
      const configuration = this.#discover();
      this.#discovered = { at: now, configuration };
      // After the issuer was away, the next person has to be able to sign in.
      configuration.catch(() => {
        this.#discovered = undefined;
      });
    }
    return this.#discovered.configuration;
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#config;
    const server = new URL(issuer);
    // The configuration allows http on this machine alone.
    const execute = [client.enableNonRepudiationChecks, ...(server.protocol === 'http:' ? [client.allowInsecureRequests] : [])];
    const metadata = { [client.clockTolerance]: TOLERANCE_SECONDS };
    return client.discovery(server, clientId, metadata, authentication(clientSecret?.reveal()), { execute, timeout: TIMEOUT_SECONDS });
  }

  #fault(error: unknown): OidcFault {
    const fault = faultOf(error);
    // Causes of these errors have tokens in them.
    const reason = error instanceof Error ? error.message : 'unknown';
    const code = error instanceof client.ClientError ? error.code : undefined;
    this.#log.warn({ issuer: this.#config.issuer, fault, code, reason }, 'an agent could not sign in with the identity provider');
    return fault;
  }
}

function faultOf(error: unknown): OidcFault {
  if (error instanceof client.AuthorizationResponseError) return 'oidc_denied';
  // fetch throws a TypeError if there is no connection.
  if (error instanceof TypeError || (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT')) return 'oidc_unavailable';
  // The cause is an answer of another status than expected.
  if (error instanceof client.ClientError && error.cause instanceof Response && error.cause.status >= 500) return 'oidc_unavailable';
  return 'oidc_failed';
}

/** A client without a secret is a public one. Where the issuer names no method, it takes Basic. */
function authentication(secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

function personOf(claims: unknown): Person {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) throw new StatechatError('oidc_failed', 'The ID token names no person.');
  const { iss, sub, name, email, email_verified: verified, preferred_username: username } = parsed.data;
  const logins = [verified === true ? email : undefined, username, `${sub}@${new URL(iss).hostname}`];
  return {
    identity: `${iss} ${sub}`,
    name: (name ?? username ?? email ?? sub).slice(0, 200),
    logins: logins.flatMap((login) => (login === undefined ? [] : [login.replaceAll(/\s/g, '').slice(0, 200)])),
  };
}
