/**
 * Agents port. It keeps the people who answer customers and run the program, and the invitations by
 * which they join. An account is changed by compare-and-set on its version, so two admins never
 * overwrite each other. Each store has one (`StoreLifecycle.agents`).
 *
 * Times are milliseconds since the epoch, on the store's clock, which callers follow. Passwords
 * and tokens never come here. A password is a hash, and an invitation is stored under the digest of
 * its token.
 * Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { isVisible } from '#machines/text.ts';
import { ROLES } from '#storage/approvals.ts';
import type { Page } from '#storage/port.ts';

/** Of an agent, and needed by a queue. Compared as it stands. */
export const skillSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.+#-]{0,49}$/u, 'expected a skill such as billing, of 1 to 50 letters and digits');

export const agentAccountSchema = z.strictObject({
  /** The id that journals name the agent by. It never changes. */
  id: z.string().min(1).max(100),
  /** What the agent signs in with. Unique, and compared in this form (see `loginForm`). */
  login: z.string().min(1).max(200),
  /** As customers and colleagues see it. */
  name: z.string().min(1).max(200).refine(isVisible, 'a name that people can see is expected'),
  role: z.enum(ROLES),
  /** Hash of the password in PHC form. Null if the agent signs in elsewhere, or not yet. */
  passwordHash: z.string().max(500).nullable(),
  /** Issuer and subject of an identity provider, as one text. Unique. Null if there is none. */
  identity: z.string().max(1_000).nullable(),
  /** A disabled agent cannot sign in. The account stays, because journals name it. */
  disabled: z.boolean(),
  createdAt: z.int().nonnegative(),
  /** What the agent knows. A queue may need some of it. */
  skills: z.array(skillSchema).max(50).readonly().default([]),
  /** Sessions that rules give the agent at most. Null for the program's default. */
  capacity: z.int().min(0).max(1_000).nullable().default(null),
  /** 1 for a new account, and one more with each change. */
  version: z.int().positive(),
});
export type AgentAccount = z.infer<typeof agentAccountSchema>;

export const invitationSchema = z.strictObject({
  /** Digest of the invitation's token, in hexadecimal. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the account that it makes. Unused if it sets the password of an existing account. */
  role: z.enum(ROLES),
  /** The existing account whose password it sets. Null if it makes a new one. */
  agentId: z.string().nullable(),
  /** Id of the agent who made it. Null if the program did. */
  invitedBy: z.string().nullable(),
  expiresAt: z.int().nonnegative(),
});
export type Invitation = z.infer<typeof invitationSchema>;

export type AgentKey = { readonly id: string } | { readonly login: string } | { readonly identity: string };

/**
 * - `stored` means that it is durable.
 * - `taken` means that another account has the id, the login or the identity.
 * - `conflict` means that the account has another version by now, or does not exist.
 * - `no invitation` means that it was used, has expired or was withdrawn.
 */
export type AgentWrite = 'stored' | 'taken' | 'conflict' | 'no invitation';

export interface Agents {
  agent(key: AgentKey): Promise<AgentAccount | undefined>;
  /** In the order of their logins. */
  agents(limit: number, cursor?: string): Promise<Page<AgentAccount>>;
  /**
   * Stores an account of version 1, or the next version of an existing one. With an invitation, it
   * is used up in the same step, so that it can be used once. All other invitations to the same
   * account, or to be the first admin, go with it.
   */
  putAgent(account: AgentAccount, invitation?: { readonly digest: string; readonly now: number }): Promise<AgentWrite>;
  invite(invitation: Invitation): Promise<void>;
  /** Undefined if it was used, was withdrawn or has expired at `now`. */
  invitation(digest: string, now: number): Promise<Invitation | undefined>;
  /** Those that have not expired at `now`, the first to expire first, at most `limit`. */
  invitations(now: number, limit: number): Promise<readonly Invitation[]>;
  /** False if there is none. */
  withdrawInvitation(digest: string): Promise<boolean>;
  /** Deletes up to `limit` invitations that have expired at `now`. Returns how many. */
  forgetInvitations(now: number, limit: number): Promise<number>;
}

/** Whether the use of one of them ends the other one. */
export function isSameInvitation(one: Invitation, other: Invitation): boolean {
  if (one.digest === other.digest) return true;
  if (one.agentId !== null) return one.agentId === other.agentId;
  return other.agentId === null && one.invitedBy === null && other.invitedBy === null;
}

/**
 * Two logins that look the same are the same. Characters that show nothing by themselves are
 * removed.
 */
export function loginForm(login: string): string {
  return login
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .trim()
    .toLowerCase();
}

/** Throws `InvalidInput` on what no caller should have let through. */
export function checkAgent(account: AgentAccount): void {
  const { success, error } = agentAccountSchema.safeParse(account);
  if (!success) throw new InvalidInput(`The account cannot be stored: ${z.prettifyError(error)}`);
  if (account.login !== loginForm(account.login)) throw new InvalidInput('The login is not in the form of `loginForm`.');
}
