/**
 * Account is the sign-in of this browser. It has the agent who is signed in, and the access token
 * for the gateway and the API.
 *
 * Owns the invitation of the address bar, signing in and out, renewing the token. Does not own
 * the connection, which asks for a token whenever it needs one.
 *
 * Invariants
 * 1. The token is kept in memory alone. A reload gets a new one for the device's cookie.
 * 2. Several callers that need a new token at the same time cause one renewal.
 */
import type { Token } from '../client/client.ts';
import type { AuthApi, IdentityError, Invitation, Joining, Refusal, SignedInAgent, SignInResult } from './auth-api.ts';

export type AccountState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'unreachable' }
  /** `ended` means that the sign-in ended by itself, not by a press. */
  | { readonly kind: 'signed out'; readonly ended: boolean; readonly error?: IdentityError | undefined }
  | { readonly kind: 'invited'; readonly invitation: Invitation }
  | { readonly kind: 'no invitation' }
  | { readonly kind: 'signed in'; readonly agent: SignedInAgent };

/** A token that ends sooner is renewed first, in milliseconds. */
const RENEW_MS = 90_000;

export interface AccountParts {
  readonly api: AuthApi;
  /** Token of the invitation that the page was opened with. */
  readonly invitation: string | undefined;
  /** What failed at an identity provider, if the browser comes back from there. */
  readonly error: IdentityError | undefined;
  readonly now: () => number;
}

export class Account {
  readonly #parts: AccountParts;
  readonly #listeners = new Set<() => void>();
  #state: AccountState = { kind: 'loading' };
  #invitation: string | undefined;
  #token: { readonly token: string; readonly expiresAt: number } | undefined;
  #renewing: Promise<Token | undefined> | undefined;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#invitation = parts.invitation;
  }

  readonly snapshot = (): AccountState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Reads the invitation if there is one, or goes on with the sign-in of the device. */
  async begin(): Promise<void> {
    this.#enter({ kind: 'loading' });
    if (this.#invitation === undefined) {
      await this.#renew().catch(() => this.#enter({ kind: 'unreachable' }));
      return;
    }
    const found = await this.#parts.api.invitation(this.#invitation);
    if (found.outcome === 'found') this.#enter({ kind: 'invited', invitation: found.invitation });
    else this.#enter({ kind: found.outcome === 'later' ? 'unreachable' : 'no invitation' });
  }

  /** End of an address that opens the same form again, as in another language. */
  get hash(): string {
    return this.#invitation === undefined ? '' : `#invitation=${encodeURIComponent(this.#invitation)}`;
  }

  /** To the form for those who have an account. */
  leaveInvitation(): Promise<void> {
    this.#invitation = undefined;
    return this.begin();
  }

  /** Undefined once signed in. */
  async signIn(login: string, password: string): Promise<Refusal | undefined> {
    return this.#take(await this.#parts.api.signIn(login, password));
  }

  async accept(joining: Omit<Joining, 'token'>): Promise<Refusal | undefined> {
    const result = await this.#parts.api.accept({ ...joining, token: this.#invitation ?? '' });
    if (result.outcome === 'signed in') this.#invitation = undefined;
    if (result.outcome === 'refused' && result.code === 'no_invitation') this.#enter({ kind: 'no invitation' });
    return this.#take(result);
  }

  identityProvider(): Promise<string | undefined> {
    return this.#parts.api.identityProvider();
  }

  /** Resolves to the address where the person shows an identity. */
  async joinByIdentity(): Promise<string | Refusal> {
    const begun = await this.#parts.api.joinByIdentity(this.#invitation ?? '');
    return begun.outcome === 'begun' ? begun.url : begun;
  }

  async signOut(): Promise<void> {
    this.#token = undefined;
    await this.#parts.api.signOut();
    this.#enter({ kind: 'signed out', ended: false });
  }

  /**
   * Resolves to undefined if the agent has to sign in. Rejects if the server cannot be reached.
   *
   * @param refused the token that was given last was not accepted.
   */
  token(refused = false): Promise<Token | undefined> {
    const known = this.#token;
    if (known !== undefined && !refused && known.expiresAt - this.#parts.now() > RENEW_MS) return Promise.resolve(known);
    return this.#renew();
  }

  #renew(): Promise<Token | undefined> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewOnce(): Promise<Token | undefined> {
    const result = await this.#parts.api.renew();
    if (result.outcome === 'later' || (result.outcome === 'refused' && result.code !== 'signed_out'))
      throw new Error('The sign-in could not be renewed now.');
    this.#take(result);
    if (result.outcome === 'signed in') return this.#token;
    const ended = this.#state.kind === 'signed in';
    this.#token = undefined;
    this.#enter({ kind: 'signed out', ended, error: ended ? undefined : this.#parts.error });
    return undefined;
  }

  #take(result: SignInResult): Refusal | undefined {
    if (result.outcome !== 'signed in') return result;
    const { agent, token, expiresAt } = result;
    this.#token = { token, expiresAt };
    // The same agent keeps the same state, so that the page is not built anew at each renewal.
    const isSame = this.#state.kind === 'signed in' && JSON.stringify(this.#state.agent) === JSON.stringify(agent);
    if (!isSame) this.#enter({ kind: 'signed in', agent });
    return undefined;
  }

  #enter(state: AccountState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Token of an invitation in the part of the address behind `#`. */
export function invitationIn(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, '')).get('invitation') ?? undefined;
}
