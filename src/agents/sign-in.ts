/**
 * SignInService lets agents in, keeps them in, and names the caller behind an access token.
 *
 * Owns what an agent needs to sign in, the life of a sign-in, the use of invitations. Does not
 * own where tokens travel (auth-router.ts), what a role may do (scopes.ts).
 *
 * Invariants
 * 1. A wrong password and an unknown login are one answer, given after the same time.
 * 2. A disabled agent, and a sign-in that has ended, are refused at the latest `CHECKED_MS` later,
 *    on every instance, whatever access token they still have.
 * 3. An invitation can be used once. The one of the first start is valid only while there is no
 *    agent.
 */
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { InvalidInput } from '#machines/errors.ts';
import { type AgentAccount, type Agents, type Invitation, loginForm } from '#storage/agents.ts';
import type { Role } from '#storage/approvals.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { AgentAccess } from '../operations/agent-access.ts';
import type { Caller } from '../operations/caller.ts';
import type { Device } from './device.ts';
import type { Person } from './identity-provider.ts';
import { type Invited, type IssuedInvitation, invitedBy, issueInvitation } from './invitations.ts';
import { type Passwords, passwordSchema } from './passwords.ts';
import { agentCaller } from './scopes.ts';
import type { Proof, SignInAudit } from './sign-in-audit.ts';
import type { AccessTokens, RefreshTokens } from './tokens.ts';

/** How long a sign-in lasts after its last use, in milliseconds. A long weekend and a day. */
export const SIGN_IN_MS = 5 * 86_400_000;
/** How long an instance trusts what it read about a sign-in and its agent, in milliseconds. */
export const CHECKED_MS = 5_000;
/** Sign-ins that an instance remembers. */
const REMEMBERED = 10_000;

export interface SignedIn {
  readonly account: AgentAccount;
  readonly signInId: string;
  readonly access: { readonly token: string; readonly expiresAt: number };
  readonly refreshToken: string;
}

/** What the agent chooses. An invitation to an existing account sets its password alone. */
export interface Acceptance {
  readonly login: string;
  readonly name: string;
  readonly password: string;
}

/**
 * - `not_invited` means that no account has the identity, and a new one needs an invitation.
 * - `no_invitation` means that the invitation was used, was withdrawn or has expired.
 * - `disabled` means that an admin disabled the account.
 * - `taken` means that other accounts have every login that the new one could have.
 */
export type IdentityRefusal = 'not_invited' | 'no_invitation' | 'disabled' | 'taken';

/** By what a person without an account may join. */
export interface Joining {
  /** Token of an invitation. */
  readonly invitation: string | undefined;
  /** Role of a person without an invitation. Undefined if one is needed. */
  readonly newAgentRole: Role | undefined;
}

export type Accepted = SignedIn | 'no invitation' | 'taken';

export interface SignInParts {
  readonly agents: Agents;
  readonly signIns: SignIns;
  readonly passwords: Passwords;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly audit: SignInAudit;
  readonly now: () => number;
}

export class SignInService implements AgentAccess {
  readonly #parts: SignInParts;
  readonly #checked: LRUCache<string, Promise<AgentAccount | undefined>>;

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#checked = new LRUCache({ max: REMEMBERED, ttl: CHECKED_MS, ttlResolution: 0, perf: { now: parts.now } });
  }

  /** Undefined if the login or the password is wrong, or the agent is disabled. */
  async signIn(login: string, password: string, device: Device): Promise<SignedIn | undefined> {
    const account = await this.#parts.agents.agent({ login: loginForm(login) });
    const matches = await this.#parts.passwords.matches(password, account?.passwordHash ?? null);
    const isRight = account !== undefined && matches && !account.disabled;
    const signedIn = isRight ? await this.#open(account, 'password', device) : undefined;
    if (signedIn === undefined) this.#parts.audit.refused(loginForm(login), 'wrong_credentials', 'password', device);
    return signedIn;
  }

  /** Undefined if the sign-in has ended, or the token was copied. Then it has ended now. */
  async renew(refreshToken: string, network: string): Promise<SignedIn | undefined> {
    const { agents, signIns, refreshTokens, now } = this.#parts;
    const given = refreshTokens.verify(refreshToken);
    if (given === undefined) return undefined;
    const { signInId, number, digest } = given;
    const at = now();
    const before = await signIns.signIn(signInId, at);
    const renewed = await signIns.renewSignIn({ id: signInId, number, digest, now: at, expiresAt: at + SIGN_IN_MS, network });
    if (renewed === 'reused' || renewed === 'unknown') {
      this.#checked.delete(signInId);
      if (renewed === 'reused' && before !== undefined) this.#parts.audit.copied(before.agentId, signInId, network);
      return undefined;
    }
    const account = before && (await agents.agent({ id: before.agentId }));
    if (account === undefined || account.disabled) return undefined;
    const access = await this.#parts.accessTokens.issue(account.id, signInId);
    return { account, signInId, access, refreshToken: refreshTokens.issue(signInId, renewed).token };
  }

  /** Undefined if the token is forged. */
  signInIdOf(refreshToken: string): string | undefined {
    return this.#parts.refreshTokens.verify(refreshToken)?.signInId;
  }

  async signOut(refreshToken: string): Promise<void> {
    const given = this.#parts.refreshTokens.verify(refreshToken);
    if (given === undefined) return;
    const { signIns, audit, now } = this.#parts;
    this.#checked.delete(given.signInId);
    const signIn = await signIns.signIn(given.signInId, now());
    await signIns.endSignIns({ id: given.signInId });
    if (signIn !== undefined) audit.ended(signIn.agentId, signIn.id);
  }

  invite(what: Pick<Invitation, 'role' | 'agentId' | 'invitedBy'>): Promise<IssuedInvitation> {
    return issueInvitation(this.#parts.agents, what, this.#parts.now());
  }

  /** An invitation for the first admin. Undefined if there is an agent already. */
  async inviteFirstAdmin() {
    if ((await this.#parts.agents.agents(1)).items.length > 0) return undefined;
    return this.invite({ role: 'admin', agentId: null, invitedBy: null });
  }

  async changePassword({ agent, signInId }: Caller, current: string, next: string): ReturnType<AgentAccess['changePassword']> {
    const { agents, signIns, passwords } = this.#parts;
    const account = await agents.agent({ id: agent.id });
    if (account === undefined) return 'no account';
    if (!(await passwords.matches(current, account.passwordHash))) return 'wrong password';
    const parsed = passwordSchema.safeParse(next);
    if (!parsed.success) throw new InvalidInput(`next: ${parsed.error.issues.map(({ message }) => message).join('; ')}.`);
    const changed = { ...account, passwordHash: await passwords.hash(next), version: account.version + 1 };
    if ((await agents.putAgent(changed)) !== 'stored') return 'conflict';
    await signIns.endSignIns({ agentId: agent.id, ...(signInId === undefined ? {} : { except: signInId }) });
    return 'changed';
  }

  /** What an invitation is for. Undefined if it is no longer valid. */
  invitation(token: string): Promise<Invited | undefined> {
    return invitedBy(this.#parts.agents, token, this.#parts.now());
  }

  /** Makes the account of an invitation, or sets the password of its account, and signs in. */
  async accept(token: string, { login, name, password }: Acceptance, device: Device): Promise<Accepted> {
    const { agents, signIns, passwords, now } = this.#parts;
    const invited = await this.invitation(token);
    if (invited === undefined) return 'no invitation';
    const { invitation, account: existing } = invited;
    const passwordHash = await passwords.hash(password);
    const account: AgentAccount =
      existing === undefined
        ? newAccount({ login, name, role: invitation.role, passwordHash, identity: null }, now())
        : { ...existing, passwordHash, version: existing.version + 1 };
    const written = await agents.putAgent(account, { digest: invitation.digest, now: now() });
    // The account changed between the two. The invitation still serves.
    if (written === 'conflict') return this.accept(token, { login, name, password }, device);
    if (written !== 'stored') return written;
    // A new password is often the answer to a lost device.
    if (existing !== undefined) await signIns.endSignIns({ agentId: existing.id });
    return (await this.#open(account, 'invitation', device)) ?? 'no invitation';
  }

  /**
   * Signs in whom an identity provider vouches for. An identity that has an account needs no
   * invitation and uses none up.
   */
  async signInByIdentity(person: Person, joining: Joining, device: Device): Promise<SignedIn | IdentityRefusal> {
    const outcome = await this.#byIdentity(person, joining, device);
    if (typeof outcome === 'string') this.#parts.audit.refused(person.identity, outcome, 'identity', device);
    return outcome;
  }

  async #byIdentity(person: Person, { invitation: token, newAgentRole }: Joining, device: Device): Promise<SignedIn | IdentityRefusal> {
    const { agents, signIns, now } = this.#parts;
    const { identity } = person;
    const known = await agents.agent({ identity });
    if (known !== undefined) return known.disabled ? 'disabled' : ((await this.#open(known, 'identity', device)) ?? 'disabled');
    const invited = token === undefined ? undefined : await this.invitation(token);
    if (token !== undefined && invited === undefined) return 'no_invitation';
    const role = invited?.invitation.role ?? newAgentRole;
    if (role === undefined) return 'not_invited';
    const used = invited && { digest: invited.invitation.digest, now: now() };

    if (invited?.account !== undefined) {
      // The invitation replaces the password, which somebody else may know.
      const linked = { ...invited.account, identity, passwordHash: null, version: invited.account.version + 1 };
      const written = await agents.putAgent(linked, used);
      // The account changed between the two, or has the identity by now.
      if (written === 'conflict' || written === 'taken') return this.#byIdentity(person, { invitation: token, newAgentRole }, device);
      if (written !== 'stored') return 'no_invitation';
      await signIns.endSignIns({ agentId: linked.id });
      return (await this.#open(linked, 'identity', device)) ?? 'disabled';
    }
    for (const login of person.logins) {
      const account = newAccount({ login, name: person.name, role, passwordHash: null, identity }, now());
      const written = await agents.putAgent(account, used);
      if (written === 'stored') return (await this.#open(account, 'identity', device)) ?? 'disabled';
      // Another page of the same person may have been faster.
      const meanwhile = await agents.agent({ identity });
      if (meanwhile !== undefined) return (await this.#open(meanwhile, 'identity', device)) ?? 'disabled';
      if (written === 'no invitation') return 'no_invitation';
    }
    return 'taken';
  }

  /** The caller behind an access token. Undefined if it is not valid, or not any more. */
  async caller(accessToken: string): Promise<Caller | undefined> {
    const claims = await this.#parts.accessTokens.verify(accessToken);
    const account = claims && (await this.#check(claims));
    return account && { ...agentCaller(account), signInId: claims.signInId, validUntil: claims.expiresAt };
  }

  /**
   * Undefined if the agent was disabled, or got another password, since `account` was read. Then
   * what ended its sign-ins may have come before this one.
   */
  async #open(account: AgentAccount, proof: Proof, device: Device): Promise<SignedIn | undefined> {
    const { agents, signIns, accessTokens, refreshTokens, audit, now } = this.#parts;
    const signInId = uuidv7();
    const { token: refreshToken, number, digest } = refreshTokens.issue(signInId, 1);
    const at = now();
    await signIns.openSignIn({
      id: signInId,
      agentId: account.id,
      number,
      digest,
      createdAt: at,
      usedAt: at,
      expiresAt: at + SIGN_IN_MS,
      device: device.name.slice(0, 200),
      network: device.network.slice(0, 100),
    });
    const present = await agents.agent({ id: account.id });
    if (
      present === undefined ||
      present.disabled ||
      present.passwordHash !== account.passwordHash ||
      present.identity !== account.identity
    ) {
      await signIns.endSignIns({ id: signInId });
      return undefined;
    }
    const access = await accessTokens.issue(account.id, signInId);
    audit.opened(present, signInId, proof, device);
    return { account: present, signInId, access, refreshToken };
  }

  #check({ agentId, signInId }: { readonly agentId: string; readonly signInId: string }): Promise<AgentAccount | undefined> {
    const known = this.#checked.get(signInId);
    if (known !== undefined) return known;
    const checked = this.#read(agentId, signInId);
    this.#checked.set(signInId, checked);
    // After the store was away, the next request has to read it again.
    checked.catch(() => this.#checked.delete(signInId));
    return checked;
  }

  async #read(agentId: string, signInId: string): Promise<AgentAccount | undefined> {
    const { agents, signIns, now } = this.#parts;
    const [signIn, account] = await Promise.all([signIns.signIn(signInId, now()), agents.agent({ id: agentId })]);
    return signIn?.agentId === agentId && account !== undefined && !account.disabled ? account : undefined;
  }
}

function newAccount(
  { login, name, ...rest }: Pick<AgentAccount, 'login' | 'name' | 'role' | 'passwordHash' | 'identity'>,
  createdAt: number,
): AgentAccount {
  return {
    id: uuidv7(),
    login: loginForm(login),
    name: name.trim(),
    ...rest,
    disabled: false,
    createdAt,
    skills: [],
    capacity: null,
    version: 1,
  };
}
