import { expect, test } from 'vitest';
import { Account, invitationIn } from '#console/inbox/account.ts';
import { type AuthApi, type IdentityError, identityErrorIn, type SignInResult } from '#console/inbox/auth-api.ts';

const agent = { id: 'amira', login: 'amira', name: 'Amira', role: 'agent' } as const;
const refused = (code: string): SignInResult => ({ outcome: 'refused', code, detail: '' });

function open(renewals: SignInResult[], invitation?: string, found: 'found' | 'no_invitation' = 'found', error?: IdentityError) {
  let time = 0;
  let renewed = 0;
  const api: AuthApi = {
    renew: async () => renewals[renewed++] ?? refused('signed_out'),
    signIn: async (_, password) => (password === 'right' ? signedIn('t', 600_000) : refused('wrong_credentials')),
    accept: async () => signedIn('joined', 600_000),
    signOut: async () => undefined,
    invitation: async () =>
      found === 'found'
        ? { outcome: 'found', invitation: { role: 'agent', agent: null, expiresAt: 1 } }
        : { outcome: 'refused', code: found, detail: '' },
    identityProvider: async () => 'id.example.com',
    joinByIdentity: async (token) => (token === invitation ? { outcome: 'begun', url: 'https://id.example.com/' } : { outcome: 'later' }),
  };
  const account = new Account({ api, invitation, error, now: () => time });
  return {
    account,
    renewed: () => renewed,
    at: (now: number) => {
      time = now;
    },
  };
}
const signedIn = (token: string, expiresAt: number): SignInResult => ({ outcome: 'signed in', agent, token, expiresAt });

test('a reload goes on with the sign-in of the device, or asks to sign in', async () => {
  const known = open([signedIn('a', 600_000)]);
  await known.account.begin();
  expect(known.account.snapshot()).toEqual({ kind: 'signed in', agent });
  const unknown = open([refused('signed_out')]);
  await unknown.account.begin();
  expect(unknown.account.snapshot()).toEqual({ kind: 'signed out', ended: false });
  expect(await unknown.account.signIn('amira', 'wrong')).toMatchObject({ code: 'wrong_credentials' });
  expect(await unknown.account.signIn('amira', 'right')).toBeUndefined();
});

test('a token is renewed once before it expires, for all who need it, and the page stays the same', async () => {
  const { account, renewed, at } = open([signedIn('a', 600_000), signedIn('b', 1_200_000)]);
  await account.begin();
  const state = account.snapshot();
  expect((await account.token())?.token).toBe('a');
  at(550_000);
  const tokens = await Promise.all([account.token(), account.token()]);
  expect(tokens.map((token) => token?.token)).toEqual(['b', 'b']);
  expect(renewed()).toBe(2);
  expect(account.snapshot()).toBe(state);
});

test('a sign-in that ended leads to the form, and a server that is away does not', async () => {
  const { account } = open([signedIn('a', 600_000), { outcome: 'later' }, refused('signed_out')]);
  await account.begin();
  await expect(account.token(true)).rejects.toThrow();
  expect(account.snapshot().kind).toBe('signed in');
  expect(await account.token(true)).toBeUndefined();
  expect(account.snapshot()).toEqual({ kind: 'signed out', ended: true });
});

test('an invitation is shown, or what to do without it', async () => {
  const good = open([], 'token');
  await good.account.begin();
  expect(good.account.snapshot().kind).toBe('invited');
  expect(invitationIn(good.account.hash)).toBe('token');
  await good.account.accept({ login: 'amira', name: 'Amira', password: 'long enough' });
  expect((await good.account.token())?.token).toBe('joined');
  expect(good.account.hash).toBe('');
  const bad = open([], 'token', 'no_invitation');
  await bad.account.begin();
  expect(bad.account.snapshot().kind).toBe('no invitation');
  await bad.account.leaveInvitation();
  expect(bad.account.snapshot()).toEqual({ kind: 'signed out', ended: false });
});

test('the invitation is in the part of the address that no server is sent', () => {
  expect(invitationIn('#invitation=abc-_1')).toBe('abc-_1');
  expect(invitationIn('#session=x')).toBeUndefined();
});

test('what failed at an identity provider is in the address, and is said once', async () => {
  expect(identityErrorIn('#sign-in-error=oidc_denied')).toBe('oidc_denied');
  expect(identityErrorIn('#sign-in-error=<script>')).toBeUndefined();
  expect(identityErrorIn('')).toBeUndefined();
  const { account } = open([refused('signed_out')], undefined, 'found', 'oidc_denied');
  await account.begin();
  expect(account.snapshot()).toEqual({ kind: 'signed out', ended: false, error: 'oidc_denied' });
  await account.signIn('amira', 'right');
  await account.signOut();
  expect(account.snapshot()).toEqual({ kind: 'signed out', ended: false });
});

test('who joins by an identity shows the invitation of the address', async () => {
  const { account } = open([], 'token');
  await account.begin();
  expect(await account.joinByIdentity()).toBe('https://id.example.com/');
});
