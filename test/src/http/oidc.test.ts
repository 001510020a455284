/**
 * Agents sign in with an identity provider. Its answers are those of a real one, and then worse.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '#machines/secret.ts';
import { CHECKED_MS } from '#src/agents/sign-in.ts';
import { closedAfterEach, type Fixture } from './fixture.ts';
import { CLIENT_ID, CLIENT_SECRET, type Issuer, type Spoiled, startIssuer } from './oidc-issuer.ts';

const start = closedAfterEach();
const PUBLIC_URL = 'https://chat.example.com';
const PASSWORD = 'correct horse battery';
const NOW = 1_790_000_000_000;

let issuer: Issuer;
let app: Fixture;
let now = NOW;

beforeEach(async () => {
  now = NOW;
  issuer = await startIssuer();
  app = await open();
});
afterEach(() => issuer.close());

function open(newAgentRole?: 'agent' | 'supervisor'): Promise<Fixture> {
  const config = { issuer: issuer.url, clientId: CLIENT_ID, clientSecret: new Secret(CLIENT_SECRET), newAgentRole };
  return start({ now: () => now, oidc: { config, publicUrl: PUBLIC_URL } });
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return app.request(`/console/auth/${path}`, { token: false, headers });
}

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return app.request(`/console/auth/${path}`, { method: 'POST', token: false, headers: all, body: JSON.stringify(body) });
}

const nameOf = (name: string): string => `__Secure-${name}-${new URL(app.url).port}`;

function cookiesOf(response: Response): Record<string, string> {
  return Object.fromEntries(response.headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split(/=(.*)/s)));
}

interface Begun {
  /** Where the issuer sent the browser. */
  readonly back: URL;
  readonly cookie: string;
}

async function begin(invitation?: string): Promise<Begun> {
  const response = invitation === undefined ? await get('oidc') : await post('oidc', { invitation });
  expect(response.status).toBe(invitation === undefined ? 303 : 200);
  const url = invitation === undefined ? response.headers.get('location') : (await response.json()).url;
  return {
    back: await issuer.authorize(String(url)),
    cookie: `${nameOf('statechat-oidc')}=${cookiesOf(response)[nameOf('statechat-oidc')]}`,
  };
}

function comeBack({ back, cookie }: Begun): Promise<Response> {
  return app.request(`${back.pathname}${back.search}`, { token: false, headers: { cookie, 'sec-fetch-site': 'cross-site' } });
}

/** The agent who is signed in, or the code of what was wrong. */
async function outcome(response: Response): Promise<unknown> {
  expect(response.status).toBe(303);
  const location = response.headers.get('location') ?? '';
  const cookie = cookiesOf(response)[nameOf('statechat-sign-in')];
  if (location !== '/console') {
    expect(cookie).toBeUndefined();
    return /^\/console#sign-in-error=(\w+)$/.exec(location)?.[1] ?? location;
  }
  const renewed = await post('renew', {}, { cookie: `${nameOf('statechat-sign-in')}=${cookie}`, 'sec-fetch-site': 'same-origin' });
  return (await renewed.json()).agent;
}

const signIn = async (invitation?: string): Promise<unknown> => outcome(await comeBack(await begin(invitation)));

async function invite(what: Partial<Parameters<Fixture['agentAccess']['invite']>[0]> = {}): Promise<string> {
  return (await app.agentAccess.invite({ role: 'agent', agentId: null, invitedBy: 'somebody', ...what })).token;
}

test('the page learns by what agents can sign in', async () => {
  expect(await (await get('methods')).json()).toEqual({ password: true, oidc: { name: '127.0.0.1' } });
  app = await start({});
  expect(await (await get('methods')).json()).toEqual({ password: true, oidc: null });
  expect((await get('oidc')).status).toBe(404);
  expect((await get('oidc/callback')).status).toBe(404);
});

describe('an agent', () => {
  test('joins by an invitation once, and signs in without one afterwards', async () => {
    const token = await invite({ role: 'supervisor' });
    const joined = await signIn(token);
    expect(joined).toEqual({ id: expect.any(String), login: 'amira@example.com', name: 'Amira Haddad', role: 'supervisor' });
    expect(await signIn()).toEqual(joined);
    expect((await post('invitation', { token })).status).toBe(410);
    issuer.person = { sub: 'user-2', name: 'Eve' };
    expect(await signIn(token)).toBe('no_invitation');
  });

  test('can be the first admin, by the link of the first start', async () => {
    expect(await signIn((await app.agentAccess.inviteFirstAdmin())?.token)).toMatchObject({ role: 'admin' });
  });

  test('who is not known needs an invitation, unless everybody of the issuer is let in', async () => {
    expect(await signIn()).toBe('not_invited');
    expect(app.audited).toMatchObject([
      { operation: 'sign_ins.open', outcome: 'not_invited', detail: expect.stringMatching(/^identity, /) },
    ]);
    app = await open('agent');
    expect(await signIn()).toMatchObject({ login: 'amira@example.com', role: 'agent' });
  });

  test('is never found by an e-mail address or a login, which others could choose', async () => {
    const made = await post('accept', {
      token: await invite({ role: 'admin' }),
      login: 'amira@example.com',
      name: 'Amira',
      password: PASSWORD,
    });
    const { agent } = await made.json();
    expect(await signIn()).toBe('not_invited');
    const joined = await signIn(await invite());
    expect(joined).toMatchObject({ login: 'user-1@127.0.0.1', role: 'agent' });
    expect(joined).not.toMatchObject({ id: agent.id });
    issuer.person = { sub: 'user-3', email: 'boss@example.com', email_verified: false };
    expect(await signIn(await invite())).toMatchObject({ login: 'user-3@127.0.0.1', name: 'boss@example.com' });
  });

  test('with a password is linked by an invitation of an admin, which ends the password and all sign-ins', async () => {
    const made = await post('accept', { token: await invite(), login: 'omar', name: 'Omar', password: PASSWORD });
    const { agent, accessToken } = await made.json();
    expect(await signIn(await invite({ agentId: agent.id }))).toEqual(agent);
    expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(401);
    now += CHECKED_MS + 1;
    expect((await app.request('/api/sessions', { token: accessToken })).status).toBe(401);
    expect(await signIn()).toEqual(agent);
  });

  test('who is disabled is not let in', async () => {
    const joined = await signIn(await invite());
    const account = await app.lifecycle.agents.agent({ login: 'amira@example.com' });
    if (account === undefined) throw new Error(`no account of ${JSON.stringify(joined)}`);
    await app.lifecycle.agents.putAgent({ ...account, disabled: true, version: 2 });
    expect(await signIn()).toBe('disabled');
  });

  test('who signs in on two pages at the same time has one account', async () => {
    app = await open('agent');
    const flows = await Promise.all([begin(), begin(), begin()]);
    const agents = await Promise.all(flows.map(async (flow) => outcome(await comeBack(flow))));
    expect(new Set(agents.map((agent) => JSON.stringify(agent))).size).toBe(1);
    expect((await app.lifecycle.agents.agents(10)).items).toHaveLength(1);
  });
});

describe('the way there', () => {
  test('has a cookie for the way back alone, and asks for no more than it needs', async () => {
    const response = await get('oidc');
    const [line = ''] = response.headers.getSetCookie();
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/console/auth/oidc', 'Max-Age=600']) expect(line).toContain(part);
    const url = new URL(response.headers.get('location') ?? '');
    expect(url.origin).toBe(issuer.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: `${PUBLIC_URL}/console/auth/oidc/callback`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  test('is begun by no other site, which could bind its visitor to an invitation of its own', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const response = await get('oidc', { 'sec-fetch-site': site });
      expect([response.headers.get('location'), response.headers.getSetCookie()]).toEqual(['/console', []]);
      expect((await post('oidc', { invitation: await invite() }, { 'sec-fetch-site': site })).status).toBe(403);
    }
    expect((await post('oidc', { invitation: await invite() }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('oidc', { 'sec-fetch-site': 'none' })).headers.get('location')).toContain(issuer.url);
  });

  test.each(['', '?returnTo=https://evil.example', '?redirect_uri=https://evil.example/', '?next=//evil.example'])(
    'leads to the issuer, and back to /console, whatever %j asks for',
    async (query) => {
      const response = await get(`oidc${query}`);
      const url = new URL(response.headers.get('location') ?? '');
      expect([url.origin, url.searchParams.get('redirect_uri')]).toEqual([issuer.url, `${PUBLIC_URL}/console/auth/oidc/callback`]);
      const back = await issuer.authorize(url.href);
      const cookie = `${nameOf('statechat-oidc')}=${cookiesOf(response)[nameOf('statechat-oidc')]}`;
      const path = `${back.pathname}${back.search}&${query.slice(1)}`;
      const ended = await app.request(path, {
        token: false,
        headers: { cookie, host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      });
      expect(ended.headers.get('location')).toBe('/console#sign-in-error=not_invited');
    },
  );

  test.each([{}, { invitation: 7 }, { invitation: 'short' }, [], { invitation: 'x'.repeat(50), more: 1 }])('refuses %j', async (body) => {
    const response = await post('oidc', body);
    expect([response.status, (await response.json()).code]).toEqual([400, 'invalid_input']);
  });
});

describe('the way back is refused', () => {
  beforeEach(async () => {
    app = await open('agent');
  });

  test('without the cookie of its flow, with another state, and after the time of a flow', async () => {
    const flow = await begin();
    expect(await outcome(await comeBack({ ...flow, cookie: '' }))).toBe('oidc_expired');
    expect(await outcome(await comeBack({ ...flow, cookie: `${flow.cookie.slice(0, -3)}abc` }))).toBe('oidc_expired');
    const other = await begin();
    expect(await outcome(await comeBack({ back: other.back, cookie: flow.cookie }))).toBe('oidc_expired');
    const changed = new URL(flow.back);
    changed.searchParams.set('state', 'another');
    expect(await outcome(await comeBack({ ...flow, back: changed }))).toBe('oidc_expired');
    now += 601_000;
    expect(await outcome(await comeBack(flow))).toBe('oidc_expired');
    expect(issuer.exchanged()).toBe(0);
  });

  test("with an agent's access token in place of the cookie", async () => {
    const made = await post('accept', { token: await invite(), login: 'omar', name: 'Omar', password: PASSWORD });
    const { accessToken } = await made.json();
    const flow = await begin();
    expect(await outcome(await comeBack({ ...flow, cookie: `${nameOf('statechat-oidc')}=${accessToken}` }))).toBe('oidc_expired');
    expect((await app.request('/api/sessions', { token: flow.cookie.replace(`${nameOf('statechat-oidc')}=`, '') })).status).toBe(401);
  });

  test('the second time, with the same code and the same cookie', async () => {
    const flow = await begin();
    const first = await comeBack(flow);
    expect(cookiesOf(first)[nameOf('statechat-oidc')]).toBe('');
    expect(await outcome(first)).toMatchObject({ role: 'agent' });
    expect(await outcome(await comeBack(flow))).toBe('oidc_failed');
  });

  test.each<[string, Spoiled]>([
    ['of another nonce', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['of a foreign issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['that has expired', { claims: { iat: 1_000, exp: 2_000 } }],
    ['that names nobody', { claims: { sub: undefined } }],
    ['signed by a foreign key', { foreignKey: true }],
    ['that nobody signed', { unsigned: true }],
  ])('with an ID token %s', async (_what, spoiled) => {
    issuer.spoiled = spoiled;
    expect(await signIn()).toBe('oidc_failed');
    expect((await app.lifecycle.agents.agents(10)).items).toEqual([]);
    issuer.spoiled = {};
    expect(await signIn()).toMatchObject({ role: 'agent' });
  });

  test('where the verifier is not that of the browser that began', async () => {
    issuer.spoiled = { wrongVerifier: true };
    expect(await signIn()).toBe('oidc_failed');
  });

  test('if the person broke off, or the issuer has a failure', async () => {
    const { back, cookie } = await begin();
    const state = back.searchParams.get('state') ?? '';
    back.search = new URLSearchParams({ error: 'access_denied', error_description: '<script>alert(1)</script>', state }).toString();
    expect(await outcome(await comeBack({ back, cookie }))).toBe('oidc_denied');
    issuer.spoiled = { status: 503 };
    expect(await signIn()).toBe('oidc_unavailable');
  });

  test('if the issuer is away, and works again once it is back', async () => {
    issuer.spoiled = { issuer: 'https://evil.example' };
    expect(await outcome(await get('oidc'))).toBe('oidc_failed');
    expect((await post('oidc', { invitation: await invite() })).status).toBe(503);
    issuer.spoiled = {};
    expect(await signIn()).toMatchObject({ role: 'agent' });
    await issuer.close();
    const config = { issuer: issuer.url, clientId: CLIENT_ID, clientSecret: undefined, newAgentRole: undefined };
    app = await start({ now: () => now, oidc: { config, publicUrl: PUBLIC_URL } });
    expect(await outcome(await get('oidc'))).toBe('oidc_unavailable');
    issuer = await startIssuer();
  });
});

test('no token, code, secret or invitation is in a line of the log', async () => {
  const invitation = await invite();
  const flow = await begin(invitation);
  await comeBack(flow);
  issuer.spoiled = { claims: { nonce: 'another' } };
  const failed = await begin();
  await comeBack(failed);
  const lines = app.log.join('\n');
  expect(lines).toContain('oidc_failed');
  const codes = [flow, failed].map(({ back }) => back.searchParams.get('code') ?? '-');
  const secrets = [invitation, flow.cookie.split('=')[1] ?? '-', ...codes, 'an-access-token', CLIENT_SECRET, 'eyJ'];
  for (const secret of secrets) expect(lines).not.toContain(secret);
});
