/**
 * Sign-ins port. A sign-in is one device of one agent. It is kept alive by a token that is replaced
 * each time it is used. If a replaced token comes again, it was copied, and the sign-in ends. Each
 * store has one (`StoreLifecycle.signIns`).
 *
 * Tokens are stored as digests. Times are milliseconds since the epoch, on the store's clock.
 * Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';

export const signInSchema = z.strictObject({
  id: z.string().min(1).max(100),
  agentId: z.string().min(1).max(100),
  /** Digest of the token, in hexadecimal. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.int().nonnegative(),
  usedAt: z.int().nonnegative(),
  expiresAt: z.int().nonnegative(),
  /** The browser and system, as people read them. */
  device: z.string().max(200),
  /** Network address of the last use. */
  network: z.string().max(100),
});
export type SignIn = z.infer<typeof signInSchema>;

export interface Renewal {
  readonly id: string;
  /** Digest of the token that the device sent. */
  readonly given: string;
  /** Digest of the token that replaces it. */
  readonly next: string;
  readonly now: number;
  readonly expiresAt: number;
  readonly network: string;
}

/**
 * - `renewed`: `next` is the token from now on.
 * - `recent`: the token was replaced a moment ago, by another page of the same device. The newer
 *   token stays.
 * - `reused`: the token was replaced longer ago. The sign-in has ended.
 * - `unknown`: the sign-in has ended or expired, or never was.
 */
export type Renewed = 'renewed' | 'recent' | 'reused' | 'unknown';

/**
 * How long the token before the present one is accepted, in milliseconds. Two pages of one device
 * often renew at the same time.
 */
export const REPLACED_TOKEN_MS = 30_000;

export interface SignIns {
  openSignIn(signIn: SignIn): Promise<void>;
  /** Undefined if it has ended, or expired at `now`. */
  signIn(id: string, now: number): Promise<SignIn | undefined>;
  /** Of one agent, those that have not expired at `now`, the last used first. */
  signIns(agentId: string, now: number): Promise<readonly SignIn[]>;
  renewSignIn(renewal: Renewal): Promise<Renewed>;
  /** Ends one, or all of an agent but for `except`. Returns how many ended. */
  endSignIns(which: { readonly id: string } | { readonly agentId: string; readonly except?: string }): Promise<number>;
  /** Deletes up to `limit` that have expired at `now`. Returns how many. */
  forgetSignIns(now: number, limit: number): Promise<number>;
}
