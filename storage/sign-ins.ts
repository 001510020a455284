/**
 * Sign-ins port. A sign-in is one device of one agent. It is kept alive by a token that is replaced
 * each time it is used. Each store has one (`StoreLifecycle.signIns`).
 *
 * Tokens have numbers. The one that answers number 7 has number 8, and several tokens have number 8
 * if the device sent number 7 several times, because an answer was lost or two pages renewed at
 * once. The store keeps the token that was used last, as a digest.
 *
 * Invariants
 * 1. The last used token is accepted until one of its successors is used, so a lost answer signs
 *    nobody out.
 * 2. A token that is older, or that a sibling of it preceded, was copied, and the sign-in ends.
 *    `REPLACED_TOKEN_MS` is the time in which it still counts as a page that was late.
 *
 * Callers send only tokens that the program has issued. A forged one must not reach the store,
 * because it would end the sign-in. Times are milliseconds since the epoch, on the store's clock.
 * Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';

export const signInSchema = z.strictObject({
  id: z.string().min(1).max(100),
  agentId: z.string().min(1).max(100),
  /** Number of the token that was used last. 1 for a new sign-in. */
  number: z.int().positive(),
  /** Digest of that token, in hexadecimal. For a new sign-in, of its first token. */
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
  /** Number of the token that the device sent. */
  readonly number: number;
  /** Digest of that token. */
  readonly digest: string;
  readonly now: number;
  readonly expiresAt: number;
  readonly network: string;
}

/**
 * - A number means that the token was accepted, and its successor has this number.
 * - `reused` means that the token was replaced before. The sign-in has ended.
 * - `unknown` means that the sign-in has ended or expired, or never was.
 */
export type Renewed = number | 'reused' | 'unknown';

/** How long replaced tokens are accepted after the first of them was replaced, in milliseconds. */
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
