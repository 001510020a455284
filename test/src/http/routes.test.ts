import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { problemOf, sendProblem } from '#channels/problem.ts';
import { type HttpRoute, projectRoutes, route } from '#src/http/operation-routes.ts';
import { routes } from '#src/http/routes.ts';
import { type HttpServer, listen } from '#src/http/server.ts';
import { defineOperation } from '#src/operations/operation.ts';
import { OperationProblem, problemTypes } from '#src/operations/problems.ts';
import { testContext } from '../operations/test-context.ts';
import { closedAfterEach, receipt, rows, sessionIds } from './fixture.ts';

const start = closedAfterEach();

const ITEM = { kind: 'macro', name: 'Close', steps: [{ type: 'close' }] };

/** For each operation with a body, one that it takes. */
const BODIES: Readonly<Record<string, object>> = {
  'sessions.send_event': { type: 'agent.claim' },
  'sessions.create': { address: 'web:default:new', message: 'hello' },
  'sessions.update': { variables: { budget: 3 } },
  'sessions.clean_up': { days: 30 },
  'sessions.add_message': { text: 'hello' },
  'sessions.clear': {},
  'sessions.extend': {},
  'sessions.close': {},
  'tokens.create': { name: 'Reports', scopes: ['sessions:read'] },
  'tokens.rotate': {},
  'sessions.suggest_reply': {},
  'sessions.brief': { language: 'en' },
  'approvals.decide': { decision: 'approve' },
  'holds.set': { held: true, reason: 'case 12' },
  'agents.update': { version: 1 },
  'agents.set_available': { available: false },
  'agents.invite': { role: 'agent' },
  'library.create': { item: ITEM },
  'library.update': { item: ITEM, shared: false, version: 1 },
  'mentions.see': { ids: ['a'] },
  'channels.test': { address: 'telegram:100:4242' },
  'sessions.fork': {},
  'machines.sandbox': {},
  'sandboxes.play': { version: 1, steps: [{ do: 'advance', ms: 1 }] },
  'sandboxes.run': { version: 1, serial: 1 },
  'share_links.create': {},
  'analysis_sessions.create': {},
  'analysis_sessions.extend': {},
  'analysis_sessions.search_symbol': { symbol: 'AAPL' },
  'analysis_sessions.search_coin': { coin: 'BTC' },
  'webhooks.create': { url: 'https://hooks.example/a', events: ['session.opened'] },
  'webhooks.update': { version: 1 },
  'webhooks.rotate_secret': {},
  'webhooks.ping': {},
  'webhooks.replay': {},
  'webhooks.replay_range': { from: 0, to: 1 },
  'account.change_password': { current: 'the old password', next: 'the new password' },
};

/** What operations need of the query. */
const QUERIES: Readonly<Record<string, string>> = {
  'archive.search': 'q=text',
  'library.remove': 'version=1',
  'files.put': 'name=a.txt',
};

/** Of those bodies and queries, what the audit trail has. */
const DETAILS: Readonly<Record<string, string>> = {
  'channels.test': 'telegram:100:4242',
  'agents.invite': 'role: agent',
  'agents.set_available': 'available: false',
  'library.create': 'macro Close',
  'library.update': 'macro Close',
  'files.put': 'a.txt',
  'sandboxes.run': 'model offline',
  'share_links.create': '7 days',
  'analysis_sessions.create': 'equity, 24 h',
  'analysis_sessions.extend': '24 h',
  'analysis_sessions.search_symbol': 'AAPL',
  'analysis_sessions.search_coin': 'BTC',
  'sessions.clean_up': '30 days',
  'sessions.export': 'json',
  'tokens.create': 'Reports: sessions:read',
  'webhooks.create': 'hooks.example',
  'webhooks.update': '',
  'webhooks.rotate_secret': 'both sign for 24 h',
  'webhooks.replay': sessionIds[0] ?? '',
  'webhooks.replay_range': '0 to 1',
};

const pathOf = ({ path }: HttpRoute) =>
  `/api${path
    .replace(':id', sessionIds[0] ?? '')
    .replace(':fileId', 'f')
    .replace(':deliveryId', sessionIds[0] ?? '')
    .replace(':seq', '1')
    .replace(':index', '0')
    .replace(':address', 'web:default:nobody')}`;

describe.each(routes.map((one) => [`${one.method} /api${one.path}`, one] as const))('%s', (_, one) => {
  const body = BODIES[one.operation.name];
  const init = {
    method: one.method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  };

  test('runs its operation, with one audit entry', async () => {
    const app = await start({ rows, deliver: async () => receipt() });
    const response = await app.request(`${pathOf(one)}?${QUERIES[one.operation.name] ?? ''}`, init);
    expect(app.audited).toEqual([
      {
        at: 1_234_567,
        caller: { kind: 'token', role: 'admin', agent: 'admin' },
        operation: one.operation.name,
        effect: one.operation.effect,
        target: one.path.includes(':') || one.operation.name === 'sessions.create' ? expect.stringMatching(/./) : null,
        outcome: response.ok ? 'done' : (await response.json()).code,
        detail: DETAILS[one.operation.name],
        network: '127.0.0.1',
      },
    ]);
  });

  test('has a field of the input for each parameter of its path, and reads what changes from a body', () => {
    const named = [...one.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(one.params ?? {}).sort()).toEqual(named.sort());
    for (const field of Object.values({ ...one.params, ...one.query, ...one.headers }))
      expect(Object.keys(one.operation.input.shape)).toContain(field);
    expect(one.operation.effect).toBe(one.method === 'GET' ? 'read' : 'write');
    expect(one.body !== undefined).toBe(one.method !== 'GET' && one.method !== 'DELETE');
  });

  test('takes no field from where it does not belong', async () => {
    const app = await start({ rows, deliver: async () => receipt() });
    const elsewhere = Object.values({
      ...one.params,
      ...one.headers,
      ...one.query,
      ...(one.body?.bytesAs === undefined ? {} : { body: one.body.bytesAs }),
    });
    const fields = Object.keys(one.operation.input.shape);
    for (const stray of ['surprise', '__proto__', 'constructor', ...elsewhere]) {
      if (one.body?.bytesAs !== undefined) {
        const response = await app.request(`${pathOf(one)}?${QUERIES[one.operation.name]}&${stray}=x`, init);
        expect([response.status, (await response.json()).detail]).toEqual([400, expect.stringContaining(`key: "${stray}"`)]);
      } else if (one.body === undefined) {
        const response = await app.request(`${pathOf(one)}?${stray}=x`, init);
        const ignored = fields.every((field) => elsewhere.includes(field)) && one.query === undefined;
        if (ignored) expect(response.status).toBe((await app.request(pathOf(one), init)).status);
        else expect([response.status, (await response.json()).detail]).toEqual([400, expect.stringContaining(`key: "${stray}"`)]);
      } else {
        const sent = JSON.stringify(body).replace(/(.)}$/, (_, last) => `${last}${last === '{' ? '' : ','}"${stray}":"x"}`);
        const response = await app.request(pathOf(one), { ...init, body: sent });
        expect([response.status, (await response.json()).detail]).toEqual([400, expect.stringContaining(`key: "${stray}"`)]);
        expect(app.audited.splice(0)).toMatchObject([{ operation: one.operation.name, outcome: 'invalid_input' }]);
      }
    }
  });
});

describe('a projection', () => {
  const servers: HttpServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close(100);
  });

  const add = defineOperation({
    name: 'numbers.add',
    scope: 'sessions:act',
    effect: 'write',
    summary: 'Adds numbers.',
    input: z.strictObject({ a: z.number(), b: z.int(), minus: z.boolean().optional(), note: z.string().optional() }),
    output: z.strictObject({ sum: z.number(), note: z.string().optional() }),
    async run(_, { a, b, minus, note }) {
      return { sum: minus ? a - b : a + b, ...(note === undefined ? {} : { note }) };
    },
  });

  async function serve(...given: readonly HttpRoute[]): Promise<string> {
    const { context } = testContext();
    const signedIn: RequestHandler = (_request, response, next) => {
      response.locals.caller = context.caller;
      next();
    };
    const problems: ErrorRequestHandler = (error, _request, response, _next) => {
      sendProblem(response, problemOf(error) ?? { status: 500, code: 'internal', title: '', detail: String(error) });
    };
    const app = express().set('query parser', 'simple').use('/api', signedIn, projectRoutes(given, context)).use(problems);
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    servers.push(server);
    return `${server.url}/api`;
  }

  test('turns text of the query into what the schema wants, and answers with the status of the route', async () => {
    const url = await serve(
      route({ method: 'DELETE', path: '/numbers/:first', operation: add, params: { first: 'note' }, query: { x: 'a' }, status: 202 }),
    );
    const response = await fetch(`${url}/numbers/12?x=3&b=4&minus=true`, { method: 'DELETE' });
    expect([response.status, await response.json()]).toEqual([202, { sum: -1, note: '12' }]);
    for (const [query, detail] of [
      ['x=3&b=four', 'b: Invalid input: expected number, received string.'],
      ['x=3&b=4&minus=yes', 'minus: Invalid input: expected boolean, received string.'],
      ['x=3&b=4&b=5', 'b: Invalid input: expected number, received array.'],
      ['x=1e3&b=4', 'x: Invalid input: expected number, received string.'],
      ['x=3&b=4&a=5', 'query: Unrecognized key: "a".'],
      ['x=3&b=4&c=5', 'query: Unrecognized key: "c".'],
      ['b=4', 'x: Invalid input: expected number, received undefined.'],
    ]) {
      const refused = await fetch(`${url}/numbers/12?${query}`, { method: 'DELETE' });
      expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid_input', detail }]);
    }
  });

  test('allows the methods that a path has routes for', async () => {
    const url = await serve(
      route({ method: 'POST', path: '/sum', operation: add, body: { maxBytes: 100 } }),
      route({ method: 'GET', path: '/sum', operation: add }),
      route({ method: 'PUT', path: '/other', operation: add, body: { maxBytes: 100 } }),
    );
    const send = (path: string, method: string, body: string) =>
      fetch(url + path, { method, body, headers: { 'content-type': 'application/json' } });
    expect(await (await send('/sum', 'POST', '{"a":1,"b":2}')).json()).toEqual({ sum: 3 });
    expect(await (await fetch(`${url}/sum?a=1&b=2`)).json()).toEqual({ sum: 3 });
    expect(await (await send('/sum', 'POST', '[]')).json()).toMatchObject({
      status: 400,
      detail: 'body: Invalid input: expected object, received array.',
    });
    expect((await send('/sum', 'POST', `{"note":"${'x'.repeat(100)}"}`)).status).toBe(413);
    const wrong = await send('/sum', 'PUT', '{"a":1,"b":2}');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET']);
  });

  test.each([
    [problemTypes.forbidden, 403],
    [problemTypes.notFound, 404],
    [problemTypes.held, 409],
    [problemTypes.parked, 422],
  ])('has a status for the problem %o', async (type, status) => {
    const refusing = defineOperation({
      ...add,
      errors: [type],
      async run() {
        throw new OperationProblem(type, 'not now', { holder: 'Amira' }, 'of_its_own');
      },
    });
    const response = await fetch(`${await serve(route({ method: 'GET', path: '/sum', operation: refusing }))}/sum?a=1&b=2`);
    expect([response.status, await response.json()]).toEqual([
      status,
      { holder: 'Amira', type: 'urn:statechat:problem:of_its_own', title: type.title, status, detail: 'not now', code: 'of_its_own' },
    ]);
  });
});
