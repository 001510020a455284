/**
 * HTTP client of the routes by which agents sign in. Nothing here throws. Every outcome is a value.
 */
import * as z from 'zod/mini';

const agent = z.object({ id: z.string(), login: z.string(), name: z.string(), role: z.enum(['agent', 'supervisor', 'admin']) });
export type SignedInAgent = z.infer<typeof agent>;

const signedIn = z.object({ agent, accessToken: z.string(), accessExpiresAt: z.number() });
const invitation = z.object({
  role: z.enum(['agent', 'supervisor', 'admin']),
  agent: z.nullable(z.object({ login: z.string(), name: z.string() })),
  expiresAt: z.number(),
});
export type Invitation = z.infer<typeof invitation>;
/** Codes of `/console#sign-in-error=`. */
const identityError = z.enum([
  'oidc_expired',
  'oidc_denied',
  'oidc_failed',
  'oidc_unavailable',
  'not_invited',
  'no_invitation',
  'disabled',
  'taken',
]);
export type IdentityError = z.infer<typeof identityError>;

/**
 * What failed on the way to an identity provider and back, from the part of the address behind `#`.
 */
export function identityErrorIn(hash: string): IdentityError | undefined {
  return identityError.safeParse(new URLSearchParams(hash.replace(/^#/, '')).get('sign-in-error')).data;
}

/** A browser that begins here goes to the identity provider. */
export const IDENTITY_PATH = '/console/auth/oidc';
const methods = z.object({ oidc: z.nullable(z.object({ name: z.string() })) });
const begun = z.object({ url: z.string() });

const problem = z.object({ code: z.catch(z.string(), ''), detail: z.catch(z.string(), '') });

export type SignInResult =
  | { readonly outcome: 'signed in'; readonly agent: SignedInAgent; readonly token: string; readonly expiresAt: number }
  | Refusal;
export type InvitationResult = { readonly outcome: 'found'; readonly invitation: Invitation } | Refusal;
/** `later` means that a retry may work in a moment. `code` is one of the server's problems. */
export type Refusal = { readonly outcome: 'refused'; readonly code: string; readonly detail: string } | { readonly outcome: 'later' };

export interface Joining {
  readonly token: string;
  readonly login?: string;
  readonly name?: string;
  readonly password: string;
}

export interface AuthApi {
  signIn(login: string, password: string): Promise<SignInResult>;
  renew(): Promise<SignInResult>;
  invitation(token: string): Promise<InvitationResult>;
  accept(joining: Joining): Promise<SignInResult>;
  signOut(): Promise<void>;
  /** Name of the identity provider with which agents sign in too. Undefined if there is none. */
  identityProvider(): Promise<string | undefined>;
  /** Where a person who joins by an invitation goes to show an identity. */
  joinByIdentity(invitation: string): Promise<{ readonly outcome: 'begun'; readonly url: string } | Refusal>;
}

/** A request without an answer after this time is given up, in milliseconds. */
const TIMEOUT_MS = 20_000;

export function authApi(http: typeof fetch): AuthApi {
  const post = async (path: string, body: object): Promise<{ readonly body: unknown } | Refusal> => {
    try {
      const response = await http(`/console/auth/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const given: unknown = response.status === 204 ? null : await response.json();
      if (response.ok) return { body: given };
      if (response.status >= 500) return { outcome: 'later' };
      return { outcome: 'refused', ...problem.parse(given) };
    } catch {
      return { outcome: 'later' };
    }
  };
  const signIn = async (path: string, body: object): Promise<SignInResult> => {
    const answer = await post(path, body);
    if ('outcome' in answer) return answer;
    const { data } = signedIn.safeParse(answer.body);
    if (data === undefined) return { outcome: 'later' };
    return { outcome: 'signed in', agent: data.agent, token: data.accessToken, expiresAt: data.accessExpiresAt };
  };
  return {
    signIn: (login, password) => signIn('sign-in', { login, password }),
    renew: () => signIn('renew', {}),
    accept: (joining) => signIn('accept', joining),
    async invitation(token) {
      const answer = await post('invitation', { token });
      if ('outcome' in answer) return answer;
      const { data } = invitation.safeParse(answer.body);
      return data === undefined ? { outcome: 'later' } : { outcome: 'found', invitation: data };
    },
    async signOut() {
      await post('sign-out', {});
    },
    async identityProvider() {
      try {
        const response = await http('/console/auth/methods', { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return methods.parse(await response.json()).oidc?.name;
      } catch {
        return undefined;
      }
    },
    async joinByIdentity(token) {
      const answer = await post('oidc', { invitation: token });
      if ('outcome' in answer) return answer;
      const { data } = begun.safeParse(answer.body);
      return data === undefined ? { outcome: 'later' } : { outcome: 'begun', url: data.url };
    },
  };
}
