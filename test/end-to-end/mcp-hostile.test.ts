/**
 * What is wrong with a request to MCP gets a typed answer and changes nothing. The whole program is
 * called as any program can call it, without a client that keeps to the protocol.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { mcpMessage, mcpRequest, toolCall } from './mcp-request.ts';
import { API_TOKEN, type RunningApp, runApp } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory', STATECHAT_MCP_HOSTS: 'chat.example.com' });
});
afterAll(() => app?.stop());

interface Wish {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default is none. */
  readonly token?: string | null;
  readonly body?: string;
}

/** Node's own client, because `fetch` sets `Host` itself. */
async function send({ method = 'POST', headers = {}, token = API_TOKEN, body = '' }: Wish) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>();
  const sent = request(`${app.url}/mcp`, {
    method,
    agent: false,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  sent.on('error', reject);
  sent.on('response', (response) => {
    text(response).then((content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: content }), reject);
  });
  sent.end(body);
  const answer = await promise;
  return { ...answer, json: mcpMessage(answer.text) };
}

const problem = z.object({
  result: z.object({ isError: z.literal(true), _meta: z.object({ 'statechat/problem': z.looseObject({ code: z.string() }) }) }),
});
const codeOf = (json: unknown): string => problem.parse(json).result._meta['statechat/problem'].code;

describe('a request that is not let in', () => {
  it.each([
    ['without a token', { token: null }, 401],
    ['with a wrong token', { token: 'not-the-token-at-all' }, 401],
    ['of a page of another site', { headers: { origin: 'https://evil.example' } }, 403],
    ['of a page without an origin', { headers: { origin: 'null' } }, 403],
    ['under the name of another site', { headers: { host: 'evil.example' } }, 403],
    ['under a name that begins as ours', { headers: { host: 'localhost.evil.example' } }, 403],
  ] as const)('%s is refused', async (_, wish, status) => {
    const good = toolCall('list-sessions', {});
    const answer = await send({ ...good, ...wish, headers: { ...good.headers, ...('headers' in wish ? wish.headers : {}) } });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, expect.stringContaining('json')]);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.text).not.toContain('sessions');
  });

  it.each([
    ['a name that the operator allows', { host: 'chat.example.com' }],
    ['the same with a port', { host: 'chat.example.com:8443' }],
    ['a page of our own', { origin: 'https://chat.example.com' }],
    ['this machine in IPv6', { host: '[::1]:3000' }],
  ])('comes in under %s', async (_, headers) => {
    const good = toolCall('list-sessions', {});
    expect((await send({ ...good, headers: { ...good.headers, ...headers } })).status).toBe(200);
  });
});

it('beyond the limit of a token is refused with 429, and says when to come back', async () => {
  const limited = { name: 'a slow program', scopes: ['analysis:read'], requestsPerMinute: 2 };
  const { token } = z.object({ token: z.string() }).parse((await app.api.post('/api/tokens', limited)).body);
  const list = () => send({ ...toolCall('list-sessions', {}), token });
  const replies = [await list(), await list(), await list()];
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(replies[0]?.headers.ratelimit).toMatch(/^"requests"; r=1; t=\d+$/);
  expect(Number(replies[2]?.headers['retry-after'])).toBeGreaterThan(0);
  expect(replies[2]?.json).toMatchObject({ code: 'rate_limited', status: 429 });
});

describe('a request that is not of the protocol', () => {
  it.each([
    ['no JSON', { body: '{"jsonrpc":' }, 400, -32700],
    ['nothing', { body: '' }, 400, -32700],
    ['a number', { body: '7' }, 400, -32600],
    ['a body that is too large', toolCall('list-sessions', { cursor: 'x'.repeat(200_000) }), 413, -32000],
    ['another content type', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415, -32000],
    ['a version that does not exist', mcpRequest('tools/list', {}, { version: '2099-01-01' }), 400, -32022],
    ['an unknown method', mcpRequest('tools/dance', {}), 404, -32601],
    ['an unknown tool', toolCall('drop-all-sessions', {}), 200, -32602],
    ['an unknown prompt', mcpRequest('prompts/get', { name: 'jailbreak' }, { name: 'jailbreak' }), 200, -32602],
    ['an unknown resource', mcpRequest('resources/read', { uri: 'file:///etc/passwd' }, { name: 'file:///etc/passwd' }), 200, -32602],
    ['a URI that is none', mcpRequest('resources/read', { uri: 'nonsense' }, { name: 'nonsense' }), 200, -32602],
    [
      'an old version in its header',
      { headers: { 'mcp-protocol-version': '1999-01-01' }, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' },
      400,
      -32000,
    ],
  ] as const)('with %s gets an error of the protocol', async (_, wish, status, code) => {
    const { json, ...answer } = await send(wish);
    const { error } = z.object({ error: z.object({ code: z.number(), message: z.string() }) }).parse(json);
    expect([answer.status, error.code]).toEqual([status, code]);
    expect(error.message).not.toMatch(/ at .*\.ts|node_modules/);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('by %s is refused', async (method) => {
    expect((await send({ method })).status).toBe(405);
  });
});

describe('a tool with rubbish', () => {
  it.each([
    ['create-analysis-session', { kind: 'astrology' }],
    ['create-analysis-session', { ttl_hours: 169 }],
    ['create-analysis-session', { ttl_hours: 0.5 }],
    ['create-analysis-session', { ttlHours: 5 }],
    ['create-analysis-session', { surprise: true }],
    ['create-analysis-session', { title: '' }],
    ['get-session-info', {}],
    ['get-session-info', { session_id: 7 }],
    ['extend-session', { session_id: 'x', hours: -1 }],
    ['search-by-symbol', { session_id: 'x', symbol: 'A'.repeat(41) }],
    ['search-by-symbol', { session_id: 'x', symbol: 'AAPL', include: ['passwords'] }],
    ['search-by-coin', { session_id: 'x', coin: { $ne: null } }],
    ['list-sessions', { limit: 1e9 }],
    ['list-sessions', { cursor: 'nonsense' }],
  ])('%s %o is refused by a typed problem', async (name, args) => {
    const { status, json } = await send(toolCall(name, args));
    expect([status, codeOf(json)]).toEqual([200, 'invalid_input']);
  });

  it.each(['get-session-info', 'get-session-analytics', 'extend-session', 'search-by-symbol', 'search-by-coin'])(
    '%s finds no session of another id',
    async (name) => {
      const args = { ...(name === 'search-by-symbol' ? { symbol: 'AAPL' } : name === 'search-by-coin' ? { coin: 'BTC' } : {}) };
      for (const session_id of ['01890a5d-ac96-774b-bcce-b302099a8001', "'; DROP TABLE sessions; --", '../..', '\u0000'])
        expect(codeOf((await send(toolCall(name, { ...args, session_id }))).json)).toBe('not_found');
    },
  );

  it('left no session behind', async () => {
    const { sessions } = z.object({ sessions: z.array(z.unknown()) }).parse((await app.api.get('/api/sessions?channel=mcp')).body);
    expect(sessions).toEqual([]);
  });
});
