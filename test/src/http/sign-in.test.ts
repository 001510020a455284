/** Agents sign in over HTTP, and call the API with what that gives them. */
import { beforeEach, describe, expect, test } from 'vitest';
import { CHECKED_MS } from '#src/agents/sign-in.ts';
import { ACCESS_TOKEN_MS } from '#src/agents/tokens.ts';
import { apiLimits } from '#src/http/limits.ts';
import type { Role } from '#storage/approvals.ts';
import { closedAfterEach, type Fixture, receipt, sessionRow, TOKEN } from './fixture.ts';

const start = closedAfterEach();
const PASSWORD = 'correct horse battery';
const NOW = 1_790_000_000_000;

let app: Fixture;
let now = NOW;

beforeEach(async () => {
  now = NOW;
  app = await start({ now: () => now, rows: [sessionRow(0)] });
});

interface Answer {
  readonly agent: { readonly id: string; readonly login: string; readonly name: string; readonly role: Role };
  readonly signInId: string;
  readonly accessToken: string;
  readonly accessExpiresAt: number;
}

interface Device {
  readonly answer: Answer;
  readonly cookie: string;
}

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return app.request(`/console/auth/${path}`, { method: 'POST', token: false, headers: all, body: JSON.stringify(body) });
}

async function deviceOf(response: Response): Promise<Device> {
  expect(response.status).toBe(200);
  const answer: Answer = await response.json();
  return { answer, cookie: cookieOf(response) ?? '' };
}

/** Programs on other ports of the host have cookies of their own. */
const cookieName = (): string => `statechat-sign-in-${new URL(app.url).port}`;

function cookieOf(response: Response): string | undefined {
  return response.headers.getSetCookie()[0]?.split(';')[0];
}

async function join(role: Role, login: string, name = login): Promise<Device> {
  const { token } = await app.agentAccess.invite({ role, agentId: null, invitedBy: 'somebody' });
  return deviceOf(await post('accept', { token, login, name, password: PASSWORD }));
}

/** An admin with an API token, or an agent with its access token, calls the API. */
async function call(method: string, path: string, token: string | undefined, body?: object) {
  const response = await app.request(`/api${path}`, {
    method,
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

describe('the first admin', () => {
  test('joins by the invitation of the first start, which serves once and only while there is nobody', async () => {
    const [first, second] = [await app.agentAccess.inviteFirstAdmin(), await app.agentAccess.inviteFirstAdmin()];
    expect(first?.path).toBe(`/console#invitation=${first?.token}`);
    const shown = await post('invitation', { token: first?.token });
    expect(await shown.json()).toEqual({ role: 'admin', agent: null, expiresAt: first?.expiresAt });
    const accepted = await post('accept', { token: first?.token, login: ' Amira@Example.com', name: ' Amira ', password: PASSWORD });
    expect(accepted.status).toBe(400);
    const device = await deviceOf(
      await post('accept', { token: first?.token, login: 'Amira@Example.com', name: ' Amira ', password: PASSWORD }),
    );
    expect(device.answer.agent).toEqual({ id: expect.any(String), login: 'amira@example.com', name: 'Amira', role: 'admin' });
    for (const { token } of [first, second].map((one) => ({ token: one?.token })))
      expect((await post('accept', { token, login: 'eve', name: 'Eve', password: PASSWORD })).status).toBe(410);
    expect(await app.agentAccess.inviteFirstAdmin()).toBeUndefined();
  });
});

describe('signing in', () => {
  test('takes the login in any case, and answers a wrong password and an unknown login alike', async () => {
    const { answer } = await join('agent', 'omar@example.com', 'Omar');
    const again = await deviceOf(await post('sign-in', { login: 'OMAR@example.com', password: PASSWORD }));
    expect(again.answer.agent).toEqual(answer.agent);
    expect(again.answer.signInId).not.toBe(answer.signInId);
    const wrong = await post('sign-in', { login: 'omar@example.com', password: 'wrong horse battery' });
    const unknown = await post('sign-in', { login: 'nobody@example.com', password: PASSWORD });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
    expect(wrong.headers.getSetCookie()).toEqual([]);
  });

  test('gives a cookie for these routes alone, which no script and no other site can use', async () => {
    await join('agent', 'omar');
    const response = await post('sign-in', { login: 'omar', password: PASSWORD });
    const [cookie = ''] = response.headers.getSetCookie();
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/console/auth']) expect(cookie).toContain(part);
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])
      expect((await post('sign-in', { login: 'omar', password: PASSWORD }, headers)).status).toBe(403);
    const own = { origin: app.url, 'sec-fetch-site': 'same-origin' };
    expect((await post('sign-in', { login: 'omar', password: PASSWORD }, own)).status).toBe(200);
  });

  test('is refused after ten wrong guesses at one account, and stays open for the others', async () => {
    const omar = await join('agent', 'omar');
    await join('agent', 'lea');
    const guesses = [];
    for (let index = 0; index < 11; index += 1) guesses.push((await post('sign-in', { login: 'Omar', password: `wrong ${index}` })).status);
    expect(guesses.filter((status) => status === 401)).toHaveLength(10);
    expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(429);
    expect((await post('sign-in', { login: 'lea', password: PASSWORD })).status).toBe(200);
    // Guesses can neither end nor hinder an existing sign-in.
    expect((await post('renew', {}, { cookie: omar.cookie })).status).toBe(200);
  });

  test('is never refused to an office whose agents sign in and go on, however many they are', async () => {
    const { cookie } = await join('agent', 'omar');
    for (let index = 0; index < 12; index += 1) expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(200);
    const devices = await Promise.all(
      Array.from({ length: 3 }, () => post('sign-in', { login: 'omar', password: PASSWORD }).then(deviceOf)),
    );
    for (let index = 0; index < 25; index += 1)
      for (const device of devices) expect((await post('renew', {}, { cookie: device.cookie })).status).toBe(200);
    // A page without a cookie has nothing to guess with.
    for (let index = 0; index < 70; index += 1) expect((await post('renew', {})).status).toBe(401);
    expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(200);
    const renewals = [];
    for (let index = 0; index < 61; index += 1) renewals.push((await post('renew', {}, { cookie })).status);
    expect(renewals.indexOf(429)).toBe(60);
  });

  test.each([
    ['http://chat.example.com', false],
    ['https://chat.example.com', true],
  ])('works behind a proxy with its own Host, for pages of %s', async (publicUrl, isSecure) => {
    app = await start({ now: () => now, publicUrl });
    const { token } = await app.agentAccess.invite({ role: 'agent', agentId: null, invitedBy: null });
    const headers = { origin: publicUrl, 'sec-fetch-site': 'same-origin' };
    const response = await post('accept', { token, login: 'omar', name: 'Omar', password: PASSWORD }, headers);
    const [cookie = ''] = response.headers.getSetCookie();
    expect([response.status, cookie.includes('; Secure'), cookie.startsWith('__Secure-')]).toEqual([200, isSecure, isSecure]);
    expect((await post('renew', {}, { ...headers, cookie: cookieOf(response) ?? '' })).status).toBe(200);
    for (const origin of ['https://evil.example', 'null']) expect((await post('renew', {}, { origin })).status).toBe(403);
  });

  test('takes logins that look the same for one', async () => {
    const { answer } = await join('agent', 'amira');
    for (const login of ['ami\u200bra', '\u2060Amira', 'amira\u202e', '\uff41mira'])
      expect((await deviceOf(await post('sign-in', { login, password: PASSWORD }))).answer.agent.id).toBe(answer.agent.id);
    const invited = await app.agentAccess.invite({ role: 'agent', agentId: null, invitedBy: 'somebody' });
    const accept = (login: string, name: string) => post('accept', { token: invited.token, login, name, password: PASSWORD });
    expect((await accept('ami\u200bra', 'Amira')).status).toBe(409);
    for (const [login, name] of [
      ['\u200b', 'Omar'],
      ['omar', '\u200b\u2060'],
      ['omar', '\u3164'],
    ] as const)
      expect((await accept(login, name)).status).toBe(400);
    expect((await accept('omar', 'Omar')).status).toBe(200);
  });

  test.each([
    ['sign-in', { login: '', password: 'x' }],
    ['sign-in', { login: 'x'.repeat(300), password: 'x' }],
    ['sign-in', { login: 'x' }],
    ['sign-in', { login: { toString: 1 }, password: 'x' }],
    ['sign-in', []],
    ['accept', { token: 'x', password: PASSWORD }],
    ['invitation', { token: 7 }],
  ])('/%s refuses %j', async (path, body) => {
    const response = await post(path, body);
    expect([response.status, (await response.json()).code]).toEqual([400, 'invalid_input']);
  });
});

describe('a sign-in', () => {
  test('is renewed by its cookie, for as long as it is used', async () => {
    const { answer, cookie } = await join('agent', 'omar');
    now += ACCESS_TOKEN_MS + 1_000;
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(401);
    const renewed = await deviceOf(await post('renew', {}, { cookie }));
    expect(renewed.answer.signInId).toBe(answer.signInId);
    expect(renewed.cookie).not.toBe(cookie);
    expect((await call('GET', '/sessions', renewed.answer.accessToken)).status).toBe(200);
  });

  test('goes on after answers were lost, with a new cookie each time', async () => {
    const { cookie } = await join('agent', 'omar');
    await post('renew', {}, { cookie });
    now += 3_600_000;
    await post('renew', {}, { cookie });
    const received = await deviceOf(await post('renew', {}, { cookie }));
    expect(received.cookie).not.toBe(cookie);
    const next = await deviceOf(await post('renew', {}, { cookie: received.cookie }));
    expect((await post('renew', {}, { cookie: next.cookie })).status).toBe(200);
  });

  test('goes on for three pages of one browser, of which one is late', async () => {
    const { cookie: first } = await join('agent', 'omar');
    const second = await deviceOf(await post('renew', {}, { cookie: first }));
    const third = await deviceOf(await post('renew', {}, { cookie: second.cookie }));
    const late = await deviceOf(await post('renew', {}, { cookie: first }));
    expect((await call('GET', '/sessions', late.answer.accessToken)).status).toBe(200);
    now += 3_600_000;
    // Either answer may be the last that the browser received.
    for (const { cookie } of [third, late]) expect((await post('renew', {}, { cookie })).status).toBe(200);
  });

  test('does not end by a forged cookie, because its id is no secret', async () => {
    const { answer, cookie } = await join('agent', 'omar');
    const [, id, , random, code] = /=(.+)\.(\d+)\.(.+)\.(.+)$/.exec(cookie) ?? [];
    expect(id).toBe(answer.signInId);
    for (const forged of [`${id}.${'A'.repeat(43)}`, `${id}.2.${random}.${code}`, `${id}.1.${'A'.repeat(43)}.${'A'.repeat(43)}`]) {
      for (const route of ['renew', 'sign-out']) await post(route, {}, { cookie: `${cookieName()}=${forged}` });
      expect((await post('renew', {}, { cookie: `${cookieName()}=${forged}` })).status, forged).toBe(401);
    }
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(200);
    expect((await post('renew', {}, { cookie })).status).toBe(200);
  });

  test('ends where its cookie was copied', async () => {
    const { cookie } = await join('agent', 'omar');
    const renewed = await deviceOf(await post('renew', {}, { cookie }));
    expect((await post('renew', {}, { cookie: renewed.cookie })).status).toBe(200);
    now += 60_000;
    expect((await post('renew', {}, { cookie })).status).toBe(401);
    expect((await post('renew', {}, { cookie: renewed.cookie })).status).toBe(401);
    now += CHECKED_MS + 1;
    expect((await call('GET', '/sessions', renewed.answer.accessToken)).status).toBe(401);
  });

  test('ends when the agent signs out, and its access token with it', async () => {
    const { answer, cookie } = await join('agent', 'omar');
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(200);
    const out = await post('sign-out', {}, { cookie });
    expect([out.status, cookieOf(out)]).toEqual([204, `${cookieName()}=`]);
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(401);
    for (const nothing of ['', `${cookieName()}=rubbish`, cookie]) expect((await post('renew', {}, { cookie: nothing })).status).toBe(401);
  });

  test('is in the audit trail from its beginning to its end, and so is each refused one', async () => {
    const { answer, cookie } = await join('agent', 'omar');
    expect((await post('sign-in', { login: 'Omar', password: 'a wrong password' })).status).toBe(401);
    expect((await post('sign-in', { login: 'nobody', password: PASSWORD })).status).toBe(401);
    const second = await deviceOf(await post('sign-in', { login: 'omar', password: PASSWORD }));
    await post('sign-out', {}, { cookie: second.cookie });
    await post('renew', {}, { cookie: (await deviceOf(await post('renew', {}, { cookie }))).cookie });
    now += 60_000;
    await post('renew', {}, { cookie });
    const { id } = answer.agent;
    const refused = { operation: 'sign_ins.open', outcome: 'wrong_credentials', target: null };
    expect(app.audited).toMatchObject([
      {
        operation: 'sign_ins.open',
        outcome: 'done',
        target: answer.signInId,
        caller: { agent: id, role: 'agent' },
        detail: expect.stringMatching(/^invitation, /),
      },
      { ...refused, caller: { agent: 'omar' }, detail: expect.stringMatching(/^password, /) },
      { ...refused, caller: { agent: 'nobody' }, network: '127.0.0.1' },
      { operation: 'sign_ins.open', outcome: 'done', target: second.answer.signInId },
      { operation: 'sign_ins.end', outcome: 'done', target: second.answer.signInId, caller: { agent: id } },
      { operation: 'sign_ins.renew', outcome: 'copied_token', target: answer.signInId, caller: { agent: id } },
    ]);
  });

  test('is shown with its device, and ended from another one', async () => {
    const { answer } = await join('agent', 'omar');
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const other = await deviceOf(await post('sign-in', { login: 'omar', password: PASSWORD }, { 'user-agent': firefox }));
    const { body } = await call('GET', '/sign-ins', other.answer.accessToken);
    expect(body.signIns.map(({ device, current }: { device: string; current: boolean }) => [device, current])).toEqual(
      expect.arrayContaining([
        ['Firefox on Linux', true],
        [expect.any(String), false],
      ]),
    );
    const ended = await call('DELETE', `/sign-ins?signInId=${answer.signInId}`, other.answer.accessToken);
    expect(ended.body).toEqual({ ended: 1 });
    now += CHECKED_MS + 1;
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(401);
    expect((await call('GET', '/sessions', other.answer.accessToken)).status).toBe(200);
  });
});

describe('the API', () => {
  test('refuses the right API token too while its network guesses, and lets agents in', async () => {
    const { answer } = await join('agent', 'omar');
    const guess = (token: string) => call('GET', '/sessions', token).then(({ status }) => status);
    const guesses = [];
    for (let index = 0; index < 61; index += 1) guesses.push(await guess(`a-guess-of-16-characters-${index}`));
    expect([guesses.indexOf(429), await guess(TOKEN)]).toEqual([60, 429]);
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(200);
  });

  test('counts the requests of each agent of an office', async () => {
    app = await start({ now: () => now, apiLimits: apiLimits(3) });
    const [omar, lea] = [await join('agent', 'omar'), await join('agent', 'lea')];
    const statuses = [];
    for (const { answer } of [omar, omar, omar, omar, lea]) statuses.push((await call('GET', '/sessions', answer.accessToken)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 200]);
  });
});

describe('what an agent may do', () => {
  test('follows from its role', async () => {
    const tokens = {
      agent: (await join('agent', 'omar')).answer.accessToken,
      supervisor: (await join('supervisor', 'lea')).answer.accessToken,
      admin: (await join('admin', 'amira')).answer.accessToken,
    };
    const cases = [
      ['GET', '/sessions', [200, 200, 200]],
      ['GET', '/agents', [200, 200, 200]],
      ['GET', '/audit', [403, 200, 200]],
      ['GET', '/rejected', [403, 200, 200]],
      ['POST', '/invitations', [403, 403, 201]],
    ] as const;
    for (const [method, path, statuses] of cases) {
      const given = [];
      for (const token of Object.values(tokens)) given.push((await call(method, path, token, method === 'POST' ? {} : undefined)).status);
      expect(given, `${method} ${path}`).toEqual(statuses);
    }
  });

  test('ends when it is disabled, everywhere, also if its sign-ins are still there', async () => {
    const { answer, cookie } = await join('agent', 'omar');
    // As if the program had died before it ended the sign-ins.
    const { signIns } = app.lifecycle;
    const { endSignIns } = signIns;
    Object.assign(signIns, { endSignIns: async () => 0 });
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(200);
    const changed = await call('PATCH', `/agents/${answer.agent.id}`, undefined, { version: 1, disabled: true });
    expect(changed.body).toMatchObject({ disabled: true, version: 2 });
    now += CHECKED_MS + 1;
    expect((await call('GET', '/sessions', answer.accessToken)).status).toBe(401);
    expect((await post('renew', {}, { cookie })).status).toBe(401);
    expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(401);
    expect(await signIns.signIns(answer.agent.id, now)).toHaveLength(1);
    Object.assign(signIns, { endSignIns });
    const again = await call('PATCH', `/agents/${answer.agent.id}`, undefined, { version: 2, disabled: true });
    expect([again.status, await signIns.signIns(answer.agent.id, now)]).toEqual([200, []]);
  });

  test.each([
    ['disabled', { disabled: true }],
    ['given another password', { passwordHash: null }],
  ])('does not begin with a sign-in that was under way while the agent was %s', async (_what, change) => {
    const { answer } = await join('agent', 'omar');
    const { signIns, agents } = app.lifecycle;
    const { openSignIn } = signIns;
    const open: typeof openSignIn = async (signIn) => {
      const account = await agents.agent({ id: signIn.agentId });
      if (account !== undefined) await agents.putAgent({ ...account, ...change, version: account.version + 1 });
      await signIns.endSignIns({ agentId: signIn.agentId });
      await openSignIn(signIn);
    };
    Object.assign(signIns, { openSignIn: open });
    expect((await post('sign-in', { login: 'omar', password: PASSWORD })).status).toBe(401);
    expect(await signIns.signIns(answer.agent.id, now)).toEqual([]);
  });

  test('stays with one admin of two who demote each other at the same time', async () => {
    const [amira, lea] = [await join('admin', 'amira'), await join('admin', 'lea')];
    const { agents } = app.lifecycle;
    const { putAgent } = agents;
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    const together: typeof putAgent = async (...given) => {
      waiting += 1;
      if (waiting === 2) both.resolve();
      await both.promise;
      return putAgent(...given);
    };
    Object.assign(agents, { putAgent: together });
    const demote = (by: Device, whom: Device) =>
      call('PATCH', `/agents/${whom.answer.agent.id}`, by.answer.accessToken, { version: 1, role: 'agent' });
    await Promise.all([demote(amira, lea), demote(lea, amira)]);
    const { items } = await agents.agents(10);
    expect(items.some(({ role }) => role === 'admin')).toBe(true);
  });

  test('cannot be had by an invitation of an admin who is none any more', async () => {
    const amira = await join('admin', 'amira');
    const lea = await join('admin', 'lea');
    for (const [whom, change] of [
      [amira, { disabled: true }],
      [lea, { role: 'supervisor' }],
    ] as const) {
      if (whom === lea) await join('admin', 'omar');
      const { body } = await call('POST', '/invitations', whom.answer.accessToken, { role: 'admin' });
      expect((await post('invitation', { token: body.token })).status).toBe(200);
      expect((await call('PATCH', `/agents/${whom.answer.agent.id}`, undefined, { version: 1, ...change })).status).toBe(200);
      expect((await post('invitation', { token: body.token })).status).toBe(410);
      expect((await post('accept', { token: body.token, login: 'back', name: 'Back', password: PASSWORD })).status).toBe(410);
    }
  });

  test('is invited to by links that admins list and withdraw', async () => {
    const { answer } = await join('admin', 'amira');
    const invited = await call('POST', '/invitations', answer.accessToken, { role: 'supervisor' });
    const { body } = await call('GET', '/invitations', answer.accessToken);
    const expiresAt = invited.body.expiresAt;
    const id = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(body).toEqual({ invitations: [{ id, role: 'supervisor', agentId: null, invitedBy: answer.agent.id, expiresAt }] });
    const withdraw = () => call('DELETE', `/invitations/${body.invitations[0].id}`, answer.accessToken);
    expect((await withdraw()).status).toBe(200);
    expect((await withdraw()).body).toMatchObject({ status: 404 });
    expect((await post('invitation', { token: invited.body.token })).status).toBe(410);
  });

  test('is changed by admins, on what they saw, and never to no admin at all', async () => {
    const amira = await join('admin', 'amira');
    const omar = await join('agent', 'omar');
    const token = amira.answer.accessToken;
    const path = `/agents/${omar.answer.agent.id}`;
    expect((await call('PATCH', path, token, { version: 1, name: 'Omar Sharif', role: 'supervisor' })).body).toMatchObject({
      name: 'Omar Sharif',
      role: 'supervisor',
      version: 2,
    });
    expect((await call('PATCH', path, token, { version: 1, name: 'Too late' })).body).toMatchObject({ status: 409, code: 'changed' });
    expect((await call('PATCH', path, token, { version: 2, login: 'AMIRA' })).body).toMatchObject({ status: 409, code: 'taken' });
    expect((await call('PATCH', '/agents/nobody', token, { version: 1 })).body).toMatchObject({ status: 404 });
    const own = `/agents/${amira.answer.agent.id}`;
    for (const change of [{ role: 'agent' }, { disabled: true }])
      expect((await call('PATCH', own, token, { version: 1, ...change })).body).toMatchObject({ status: 409, code: 'last_admin' });
  });

  test('is its own password, and another one by an invitation of an admin', async () => {
    const { answer } = await join('agent', 'omar');
    const other = await deviceOf(await post('sign-in', { login: 'omar', password: PASSWORD }));
    const change = (current: string, next: string) => call('POST', '/account/password', answer.accessToken, { current, next });
    expect((await change('wrong horse battery', 'a much better password')).body).toMatchObject({ status: 403, code: 'wrong_password' });
    expect((await change(PASSWORD, 'short')).body).toMatchObject({ status: 400, code: 'invalid_input' });
    expect((await change(PASSWORD, 'a much better password')).status).toBe(200);
    expect((await post('renew', {}, { cookie: other.cookie })).status).toBe(401);
    const { body } = await call('POST', '/invitations', undefined, { agentId: answer.agent.id });
    expect(await (await post('invitation', { token: body.token })).json()).toMatchObject({ agent: { login: 'omar' }, role: 'agent' });
    const reset = await deviceOf(await post('accept', { token: body.token, password: 'the third password of Omar' }));
    expect(reset.answer.agent).toEqual(answer.agent);
    expect((await post('sign-in', { login: 'omar', password: 'a much better password' })).status).toBe(401);
  });

  test('never shows a password or a token, in no answer and no line of the log', async () => {
    const { answer, cookie } = await join('admin', 'amira');
    const { body: invitation } = await call('POST', '/invitations', answer.accessToken, {});
    await post('renew', {}, { cookie });
    const { body } = await call('GET', '/agents', answer.accessToken);
    expect(JSON.stringify(body)).not.toMatch(/argon2|passwordHash/);
    const secrets = [PASSWORD, answer.accessToken, cookie.split('=')[1] ?? '-', invitation.token];
    for (const secret of secrets) expect(app.log.join('\n')).not.toContain(secret);
    expect(JSON.stringify(app.audited)).not.toContain(invitation.token);
  });
});

describe('a transfer', () => {
  test('goes to a colleague under the name of the account, and to nobody else', async () => {
    const delivered: object[] = [];
    app = await start({
      now: () => now,
      rows: [sessionRow(0)],
      deliver: async (_to, event) => {
        delivered.push(event);
        return receipt();
      },
    });
    const [amira, omar] = [await join('admin', 'amira', 'Amira'), await join('agent', 'omar', 'Omar')];
    const transfer = (to: object, token: string | undefined) =>
      call('POST', `/sessions/${sessionRow(0).id}/events`, token, { type: 'agent.transfer', to });
    const { id } = omar.answer.agent;
    expect((await transfer({ id, name: 'Somebody else' }, amira.answer.accessToken)).status).toBe(200);
    expect(delivered.at(-1)).toMatchObject({ to: { id, name: 'Omar' } });
    expect((await transfer({ id: 'nobody', name: 'Omar' }, amira.answer.accessToken)).status).toBe(404);
    // What an agent sends is for the holder alone. A supervisor acts for a colleague who is away.
    for (const [agent, expected] of [
      [omar, true],
      [amira, undefined],
    ] as const) {
      for (const event of [{ type: 'release' }, { type: 'transfer', queue: 'sales' }, { type: 'close' }]) {
        await call('POST', `/sessions/${sessionRow(0).id}/events`, agent.answer.accessToken, event);
        expect(delivered.at(-1)).toHaveProperty('type', `${event.type === 'close' ? '' : 'agent.'}${event.type}`);
        expect(Object(delivered.at(-1)).holderOnly).toBe(expected);
      }
    }
    const forged = { type: 'close', holderOnly: false };
    expect((await call('POST', `/sessions/${sessionRow(0).id}/events`, omar.answer.accessToken, forged)).status).toBe(400);
    await call('PATCH', `/agents/${id}`, amira.answer.accessToken, { version: 1, disabled: true });
    expect((await transfer({ id }, amira.answer.accessToken)).body).toMatchObject({ status: 409, code: 'refused' });
    // A program with the API token may have agents of its own.
    expect((await transfer({ id: 'crm-7', name: 'Nadia' }, undefined)).status).toBe(200);
  });
});
