/** Port for the tokens of programs (src/api-tokens). Operations know no secret that is stored. */
import type { Role } from '#storage/approvals.ts';
import type { Scope } from './caller.ts';

export interface IssuedApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly role: Role;
  /** Null for the default of the program. */
  readonly requestsPerMinute: number | null;
  readonly createdBy: string;
  readonly createdAt: number;
  /** Null if it stays valid until it is revoked. */
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** Until when the secret before the last rotation is accepted. Null if it is not any more. */
  readonly formerUntil: number | null;
}

/** The secret is in this answer alone. */
export interface NewApiToken {
  readonly token: IssuedApiToken;
  readonly secret: string;
}

export interface ApiTokenIssuer {
  /** Undefined if there are too many. */
  issue(
    what: Pick<IssuedApiToken, 'name' | 'scopes' | 'role' | 'requestsPerMinute' | 'createdBy' | 'expiresAt'>,
  ): Promise<NewApiToken | undefined>;
  /** The newest first. */
  list(): Promise<readonly IssuedApiToken[]>;
  find(id: string): Promise<IssuedApiToken | undefined>;
  /**
   * Gives the token another secret. The one before is accepted for `graceMs` more. Undefined if the
   * token was changed meanwhile, or is gone.
   */
  rotate(id: string, what: { readonly graceMs: number; readonly expiresAt?: number | null }): Promise<NewApiToken | undefined>;
  /** False if there is none. */
  revoke(id: string): Promise<boolean>;
}
