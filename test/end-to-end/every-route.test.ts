/**
 * Every route of the whole program, called by those who may not. No token, a token that has ended,
 * each scope that is too small, and ids of others. A route that is in no class of this file fails
 * it, and so does one that the description of the API lacks.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CLOSE } from '#console/client/protocol.ts';
import { tools } from '#src/mcp/tools.ts';
import { SCOPES } from '#src/operations/caller.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Consoles } from '#test/src/gateway/consoles.ts';
import type { Call } from './described-calls.ts';
import { JumpingClock } from './jumping-clock.ts';
import { mcpMessage, mcpRequest, toolCall } from './mcp-request.ts';
import { API_TOKEN } from './running-app.ts';
import type { ServedRoute } from './served-routes.ts';
import { ITEM, METRICS_TOKEN, nounOf, type OpenedProgram, openWholeProgram, type Reply, type WholeProgram } from './whole-program.ts';

/** Routes that anybody may call, or that have a proof of their own. */
const OPEN: Readonly<Record<string, string>> = {
  'GET /healthz': 'a probe',
  'GET /readyz': 'a probe',
  'GET /api/openapi.json': 'the description',
  'GET /api/docs': 'a page',
  'GET /console/asyncapi.json': 'the description',
  'GET /': 'a page',
  'GET /chat': 'a page',
  'GET /console': 'a page',
  'GET /console/analytics': 'a page',
  'GET /machines': 'a page',
  'GET /start.json': 'a page',
  'USE /pages': 'files of the pages',
  'GET /console/auth/methods': 'before signing in',
  'POST /console/auth/sign-out': 'before signing in',
  'POST /channels/web/visitors': 'before there is a visitor',
  'GET /channels/web/assistants': 'before there is a visitor',
  'GET /channels/web/assistant': 'before there is a visitor',
  'GET /channels/web/assistants/:name': 'before there is a visitor',
  'GET /channels/web/files': 'limits of uploads',
};
/** What routes with a proof of their own answer without it. */
const PROVED: Readonly<Record<string, number>> = {
  'GET /metrics': 401,
  'POST /console/auth/sign-in': 400,
  'POST /console/auth/renew': 401,
  'POST /console/auth/invitation': 400,
  'POST /console/auth/accept': 400,
  'USE /channels/telegram/webhook': 401,
  'USE /channels/whatsapp/webhook': 401,
};
const VISITORS = ['messages', 'receipts', 'typing', 'files'].map((name) => `POST /channels/web/${name}`);
const OF_VISITORS = new Set([...VISITORS, 'GET /channels/web/events', 'GET /channels/web/files/:id']);

const { connectionString } = await createTestDatabase();
const clock = new JumpingClock();
const consoles = new Consoles();
let opened: OpenedProgram;
let program: WholeProgram;
beforeAll(async () => {
  opened = await openWholeProgram(connectionString, clock, consoles);
  ({ program } = opened);
});
afterAll(async () => {
  consoles.close();
  await opened?.close();
});

const nameOf = ({ method, path }: ServedRoute): string => `${method} ${path}`;
/** As the description writes it. */
const described = ({ method, path }: ServedRoute): string => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;

/** One request to each route that needs an API token. */
function guarded(): readonly Pick<Call, 'method' | 'path' | 'body'>[] {
  const behindToken = program.served.filter((route) => /^\/(api|mcp)\b/.test(route.path) && !(nameOf(route) in OPEN));
  return behindToken.map((route) => {
    if (route.method === 'ALL') return { method: 'POST', path: route.path, body: '{}' };
    const found = program.calls.find(({ method, path }) => `${method} ${path}` === described(route));
    return found ?? { method: route.method, path: route.path };
  });
}

it('has no route that the description or this file does not know', () => {
  const documented = new Set(program.calls.map(({ method, path }) => `${method} ${path}`));
  const classed = new Set([...Object.keys(OPEN), ...Object.keys(PROVED), ...OF_VISITORS, 'ALL /mcp']);
  const names = program.served.map((route) => (documented.has(described(route)) ? described(route) : nameOf(route)));
  expect(names.toSorted()).toEqual([...documented, ...classed].toSorted());
  expect(guarded().length).toBe(documented.size + 1);
});

async function expectRefused(token: string | null, what: string): Promise<void> {
  const replies = await Promise.all(
    guarded().map(async (call) => ({ call, reply: await program.send(call.method, program.filled(call.path), token, call) })),
  );
  const wrong = replies.filter(({ reply: { status, problem } }) => status !== 401 || problem.code !== 'unauthorized');
  expect([what, wrong]).toEqual([what, []]);
}

describe('without a valid token', () => {
  it.each([
    ['none', null],
    ['a wrong one', 'not-the-token-at-all'],
    ['one of the right form', `sct_01890a5d-ac96-774b-bcce-b302099a8001_${'a'.repeat(43)}`],
    ['the token of the metrics', METRICS_TOKEN],
  ])('every route refuses %s', async (what, token) => {
    const before = await program.settled();
    await expectRefused(token, what);
    expect(await program.stored()).toEqual(before);
  });

  it("every route refuses a visitor's token, and a visitor's route an API token", async () => {
    const visitor = await program.app.visitor();
    const before = await program.settled();
    await expectRefused(visitor.token, 'of a visitor');
    for (const name of OF_VISITORS) {
      const [method = '', path = ''] = name.split(' ');
      for (const token of [null, 'wrong', API_TOKEN, `${visitor.token}x`]) {
        const { status, problem } = await program.send(method, path, token, method === 'POST' ? { body: '{}' } : {});
        expect([name, status, problem.code]).toEqual([name, 401, 'unauthorized']);
      }
    }
    expect(await program.stored()).toEqual(before);
  });

  it.each(Object.entries(PROVED))('%s needs its own proof', async (name, expected) => {
    const [method = '', path = ''] = name.replace('USE', 'POST').split(' ');
    const { status, type } = await program.send(method, path, API_TOKEN, method === 'POST' ? { body: '{}' } : {});
    // Providers get answers in a form of their own.
    expect([status, type]).toEqual([expected, expect.stringContaining(name.startsWith('USE') ? 'json' : 'problem+json')]);
  });

  it('the gateway closes', async () => {
    for (const token of ['', 'wrong', METRICS_TOKEN, (await program.app.visitor()).token]) {
      const console = await consoles.raw(program);
      console.send({ type: 'auth', token });
      expect([token, await console.closed, console.of('ready')]).toEqual([token, CLOSE.unauthorized, []]);
    }
    const early = await consoles.raw(program);
    early.send({ type: 'subscribe', requestId: randomUUID(), topic: 'inbox', filter: {} });
    expect([await early.closed, early.messages]).toEqual([CLOSE.unauthorized, []]);
  });
});

describe('with a scope that is too small', () => {
  it('each operation is refused to each other scope, and changes nothing', async () => {
    const tokens = await Promise.all(SCOPES.map(async (scope) => ({ scope, token: await tokenWith(scope) })));
    const before = await program.settled();
    for (const { scope, token } of tokens) {
      const others = program.calls.filter((call) => call.scope !== scope);
      const replies = await Promise.all(
        others.map(async (call) => ({ call, reply: await program.send(call.method, program.filled(call.path), token, call) })),
      );
      const wrong = replies.filter(
        ({ call, reply: { status, problem } }) => status !== 403 || problem.code !== 'forbidden' || problem.scope !== call.scope,
      );
      expect([scope, wrong]).toEqual([scope, []]);
    }
    expect(await program.stored()).toEqual(before);
  });

  it('MCP lists the tools of the scope, and refuses the others', async () => {
    const before = await program.settled();
    for (const scope of SCOPES) {
      const token = await tokenWith(scope);
      const { result } = listed.parse(await mcp(mcpRequest('tools/list', {}), token));
      const allowed = tools.filter(({ operation }) => operation.scope === scope).map(({ name }) => name);
      expect([scope, result.tools.map(({ name }) => name)]).toEqual([scope, allowed]);
      for (const { name, operation } of tools.filter((tool) => !allowed.includes(tool.name)))
        expect([scope, name, await mcp(toolCall(name, {}), token)]).toMatchObject([scope, name, refused('forbidden', operation.scope)]);
    }
    expect(withoutTokens(await program.stored())).toEqual(withoutTokens(before));
  });

  it('the gateway opens for readers alone, and refuses their commands', async () => {
    for (const scope of SCOPES.filter((one) => one !== 'sessions:read')) {
      const console = await consoles.raw(program);
      console.send({ type: 'auth', token: await tokenWith(scope) });
      expect([scope, await console.closed]).toEqual([scope, CLOSE.unauthorized]);
    }
    const reader = await consoles.raw(program, await tokenWith('sessions:read'));
    const { version } = await program.app.api.session(program.known.sessions ?? '');
    reader.send({ type: 'note', requestId: 'a-request', sessionId: program.known.sessions, text: 'not allowed' });
    await reader.until(() => reader.of('error').length > 0);
    expect(reader.of('error')[0]).toMatchObject({ requestId: 'a-request', code: 'forbidden' });
    expect(await program.app.api.session(program.known.sessions ?? '')).toMatchObject({ version });
  });
});

/** Ids that are no ids. */
const STRANGE = ["' OR 1=1 --", '../../etc/passwd', '\u0000', '%00', '__proto__', '-1', '{"$ne":null}', '𝕏'.repeat(300), 'a:b:c'];
/** What the input of a call needs beside what the description says. */
const QUERIES: Readonly<Record<string, string>> = { 'files.put': '?name=a.txt', 'library.remove': '?version=1' };
const BODIES: Readonly<Record<string, object>> = { 'library.update': { version: 1, shared: false, item: ITEM } };

/** The call about the thing with this id. */
function withId(call: Call, id: string, token = API_TOKEN): Promise<Reply> {
  const { name, method } = call;
  const path = program.filled(call.path, { id, fileId: id, deliveryId: id, address: `web:default:${id}` });
  return program.send(method, `${path}${QUERIES[name] ?? ''}`, token, name in BODIES ? { body: JSON.stringify(BODIES[name]) } : call);
}

const ofThings = (): readonly Call[] => program.calls.filter(({ path }) => path.includes('{'));

it('finds nothing under an unknown id, says the same of each, and takes no malformed one', async () => {
  const before = await program.settled();
  for (const call of ofThings()) {
    const [one, other] = [randomUUID(), randomUUID()];
    const [first, second] = [await withId(call, one), await withId(call, other)];
    expect([call.name, first.status, first.text]).toEqual([call.name, 404, second.text.replaceAll(other, one)]);
    for (const id of STRANGE)
      expect([call.name, id, (await withId(call, id)).status]).toEqual([call.name, id, expect.toBeOneOf([400, 404])]);
  }
  expect(await program.stored()).toEqual(before);
});

describe('what belongs to another', () => {
  it('does not exist for an admin and for a program with every scope, be it an item or an analysis session', async () => {
    const [amal, basim] = [await consoles.join(program, 'Amal', 'admin'), await consoles.join(program, 'Basim', 'admin')];
    const [mine, other] = [await tokenWith(...SCOPES), await tokenWith(...SCOPES)];
    const analysisOf = async (token: string) => (await program.made('/api/analysis-sessions', {}, token)).sessionId ?? '';
    const owned = new Map([
      ['library', [(await program.made('/api/library', { item: { ...ITEM, name: 'Mine' } }, amal.token)).id ?? '']],
      ['analysis-sessions', [await analysisOf(amal.token), await analysisOf(mine), program.known['analysis-sessions'] ?? '']],
    ]);
    const before = await program.settled();
    for (const token of [basim.token, other]) {
      for (const call of ofThings()) {
        for (const id of owned.get(nounOf(call.path)) ?? []) {
          const unknown = randomUUID();
          const [theirs, none] = [await withId(call, id, token), await withId(call, unknown, token)];
          expect([call.name, theirs.status, theirs.text]).toEqual([call.name, 404, none.text.replaceAll(unknown, id)]);
        }
      }
      for (const session_id of owned.get('analysis-sessions') ?? []) {
        for (const { name } of tools.filter(({ operation }) => 'sessionId' in operation.input.shape)) {
          const args = { session_id, ...(name.endsWith('symbol') ? { symbol: 'AAPL' } : name.endsWith('coin') ? { coin: 'BTC' } : {}) };
          expect([name, await mcp(toolCall(name, args), token)]).toMatchObject([name, refused('not_found')]);
        }
        const uri = `statechat://analysis-sessions/${session_id}`;
        const read = mcpRequest('resources/read', { uri }, { name: uri });
        expect(await mcp(read, token)).toMatchObject({ error: { message: expect.stringContaining('You have no analysis session') } });
      }
    }
    expect(await program.stored()).toEqual(before);
  });

  it('does not exist for the bearer of a link to one session', async () => {
    const { sessions: shown = '' } = program.known;
    const { token = '' } = await program.made(`/api/sessions/${shown}/share-links`, {});
    const { sessionId: hidden } = await program.customer();
    const before = await program.settled();
    for (const call of ofThings()) {
      const [theirs, unknown] = [await withId(call, hidden, token), randomUUID()];
      const none = await withId(call, unknown, token);
      const isShown = call.path.startsWith('/api/sessions/') && call.scope === 'moments:read';
      expect([call.name, theirs.status]).toEqual([call.name, isShown ? 404 : call.scope === 'moments:read' ? none.status : 403]);
      expect([call.name, theirs.text]).toEqual([call.name, none.text.replaceAll(unknown, hidden)]);
      if (isShown) expect([call.name, (await withId(call, shown, token)).status]).toEqual([call.name, 200]);
    }
    expect(await program.stored()).toEqual(before);
  });

  it('does not exist for another visitor, be it a file, an upload or a place in a stream', async () => {
    const { visitor: one, sessionId } = await program.customer();
    const { version } = await program.app.api.session(sessionId);
    const other = await program.app.visitor();
    const given = { body: 'a text', type: 'text/plain' };
    const file = JSON.parse((await program.send('POST', `/api/sessions/${sessionId}/files?name=a.txt`, API_TOKEN, given)).text);
    await program.made(`/api/sessions/${sessionId}/events`, { type: 'agent.message', agent: 'amal', text: 'Here it is', files: [file.id] });
    const upload = JSON.parse((await program.send('POST', '/channels/web/files?name=a.txt', one.token, given)).text);
    const fileOf = (id: string, { token } = other) => program.send('GET', `/channels/web/files/${id}`, token);
    expect((await fileOf(file.id, one)).status).toBe(200);
    const before = await program.settled();
    expect(await fileOf(file.id)).toEqual(await fileOf('none'));
    const unknown = randomUUID();
    const messageWith = async (id: string): Promise<Reply> =>
      program.send('POST', '/channels/web/messages', other.token, { body: JSON.stringify({ id: 'm1', text: '', files: [id] }) });
    const [theirs, none] = [await messageWith(upload.id), await messageWith(unknown)];
    expect([theirs.status, theirs.text]).toEqual([422, none.text.replaceAll(unknown, upload.id)]);
    expect(await program.stored()).toEqual(before);
    await other.write('Mine');
    const after = `${program.url}/channels/web/events?after=${sessionId}.${version}`;
    const stream = await fetch(after, { headers: { authorization: `Bearer ${other.token}` } });
    let text = '';
    // Leaving the loop ends the request.
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes('Mine')) break;
    }
    expect(text).not.toContain('Here it is');
  });
});

it('every route, MCP and the gateway refuse a token that was revoked, rotated or has expired', async () => {
  const [revoked, rotated, graced] = [await made(), await made(), await made()];
  const brief = await made({ days: 1 });
  const { token: agent } = await consoles.join(program, 'Chadi', 'admin');
  const list = async (token: string): Promise<number> => (await program.send('GET', '/api/sessions', token)).status;
  for (const token of [revoked.token, rotated.token, graced.token, brief.token, agent]) expect(await list(token)).toBe(200);
  const followed = await consoles.raw(program, revoked.token);
  await program.send('DELETE', `/api/tokens/${revoked.id}`, API_TOKEN);
  const { token: renewed = '' } = await program.made(`/api/tokens/${rotated.id}/rotation`, {});
  await program.made(`/api/tokens/${graced.id}/rotation`, { graceMinutes: 60 });
  expect([await list(renewed), await list(graced.token)]).toEqual([200, 200]);
  await expectRefused(revoked.token, 'revoked');
  await expectRefused(rotated.token, 'rotated');
  expect(await followed.closed).toBe(CLOSE.unauthorized);
  clock.jump(61);
  await expectRefused(graced.token, 'rotated an hour ago');
  await expectRefused(agent, "an agent's from an hour ago");
  expect(await list(brief.token)).toBe(200);
  clock.jump(24 * 60);
  await expectRefused(brief.token, 'expired');
});

async function tokenWith(...scopes: readonly string[]): Promise<string> {
  return (await program.tokenWith(scopes)).token ?? '';
}

async function made(more: object = {}): Promise<{ readonly id: string; readonly token: string }> {
  const { id = '', token = '' } = await program.tokenWith(SCOPES, more);
  return { id, token };
}

const listed = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })) }) });

async function mcp(request: ReturnType<typeof mcpRequest>, token: string): Promise<unknown> {
  return mcpMessage((await program.send('POST', '/mcp', token, request)).text);
}

function refused(code: string, scope?: string): object {
  return { result: { isError: true, _meta: { 'statechat/problem': { code, ...(scope === undefined ? {} : { scope }) } } } };
}

function withoutTokens({ api_tokens: _, ...others }: Readonly<Record<string, string>>): object {
  return others;
}
