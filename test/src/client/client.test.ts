/** The client against the whole program, and against a server of the test's own. */
import { afterEach, expect, expectTypeOf, test } from 'vitest';
import { type Client, type ClientOptions, createClient, isProblem } from '#src/client/index.ts';
import { type OperationName, WIRE, wireOf } from '#src/client/wire.ts';
import { routes } from '#src/http/routes.ts';
import { type ComposedApp, compose } from '../compose/app.ts';

let app: ComposedApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function connected(options: Partial<ClientOptions> = {}): Promise<Client> {
  app = await compose({}, { checkResults: true });
  return createClient({ url: app.url, token: 'of-these-tests-alone', ...options });
}

const ADDRESS = 'api:crm:42';

test('opens a session, writes to it, changes it, reads it and deletes it', async () => {
  const statechat = await connected();
  const created = await statechat.sessions.create({
    address: ADDRESS,
    customer: { name: 'Mona' },
    message: 'Good morning',
    variables: { plan: 'gold' },
    tags: { add: ['vip'] },
    idempotencyKey: 'order-1',
  });
  expect(created).toMatchObject({ address: ADDRESS, open: true, tags: ['vip'], assistant: 'companion' });
  const { id: sessionId } = created;
  expect((await statechat.sessions.create({ address: ADDRESS, message: 'Good morning', idempotencyKey: 'order-1' })).id).toBe(sessionId);
  const refused = await statechat.sessions.create({ address: ADDRESS }).catch((error: unknown) => error);
  expect(isProblem(refused, 'exists') && refused.facts['sessionId']).toBe(sessionId);
  expect((await statechat.sessions.find({ address: ADDRESS })).id).toBe(sessionId);

  const said = await statechat.sessions.addMessage({ sessionId, text: 'Are you there?', messageId: 'crm-1' });
  expect(said.state).toBe('ACTIVE');
  expect(await statechat.sessions.addMessage({ sessionId, text: 'Are you there?', messageId: 'crm-1' })).toMatchObject({ duplicate: true });
  const texts: (string | null)[] = [];
  for await (const { kind, text } of statechat.each('sessions.history', { sessionId, limit: 2 }))
    if (kind === 'customer.message') texts.push(text);
  expect(texts).toEqual(['Good morning', 'Are you there?']);

  // The answers of the model come in turns of their own, and none comes after an agent has written.
  await expect
    .poll(async () => JSON.stringify((await statechat.sessions.get({ sessionId })).snapshot))
    .toMatch(/You said: [^"]*Are you there\?/);
  await statechat.sessions.update({ sessionId, variables: { plan: null, budget: 3 }, priority: 'high' });
  await statechat.sessions.addMessage({ sessionId, text: 'Amira here', from: 'agent', agent: 'amira' });
  const { snapshot, version, agentId } = await statechat.sessions.get({ sessionId });
  expect(agentId).toBe('amira');
  expect(JSON.stringify(snapshot)).toContain('"entities":{"budget":3}');
  const stale = await statechat.sessions.clear({ sessionId, ifVersion: version - 1 }).catch((error: unknown) => error);
  expect(isProblem(stale, 'stale') && [stale.status, stale.facts['version']]).toEqual([412, version]);
  await statechat.sessions.clear({ sessionId, ifVersion: version });
  expect(JSON.stringify((await statechat.sessions.get({ sessionId })).snapshot)).toContain('"messages":[]');
  await statechat.sessions.extend({ sessionId, hours: 72 });
  expect((await statechat.sessions.stats()).open).toBe(1);
  expect((await statechat.sessions.counters({ sessionId })).counters.messages).toBeGreaterThan(2);

  const { name, mimeType, stream } = await statechat.sessions.export({ sessionId, format: 'md' });
  expect([name, mimeType]).toEqual([`session-${sessionId}.md`, 'text/markdown; charset=utf-8']);
  expect(await new Response(stream).text()).toContain('Amira here');

  await statechat.holds.set({ sessionId, held: true, reason: 'case 12' });
  const held = await statechat.sessions.delete({ sessionId }).catch((error: unknown) => error);
  expect(isProblem(held, 'on_hold')).toBe(true);
  await statechat.holds.set({ sessionId, held: false, reason: 'over' });
  expect(await statechat.sessions.delete({ sessionId })).toEqual({ deleted: true });
  const gone = await statechat.sessions.get({ sessionId }).catch((error: unknown) => error);
  expect(isProblem(gone, 'not_found')).toBe(true);
});

test('does the same by actions, and answers 304 to a reader who has the version', async () => {
  const statechat = await connected();
  const act = async (body: object) => {
    const response = await fetch(`${app?.url}/api/sessions`, {
      method: 'POST',
      headers: { authorization: 'Bearer of-these-tests-alone', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: await response.json() };
  };
  const { status, json } = await act({ action: 'create', address: ADDRESS });
  expect([status, json.open]).toEqual([200, true]);
  expect((await act({ action: 'list', open: true, limit: 5 })).json.sessions).toHaveLength(1);
  expect(await act({ action: 'close', sessionId: json.id, reason: 'done' })).toMatchObject({ status: 200, json: { state: 'CLOSED' } });
  expect(await act({ action: 'close', id: json.id })).toMatchObject({ status: 400 });
  expect(await act({ action: 'explode' })).toMatchObject({
    status: 400,
    json: { detail: expect.stringContaining('action: expected one of') },
  });
  expect(await act({ action: 'add_message', sessionId: json.id, text: 'hi' })).toMatchObject({ status: 409, json: { code: 'closed' } });
  expect(await act({ action: 'clean_up', days: 0, dryRun: true })).toMatchObject({ json: { sessions: 1, held: 0 } });

  const { version } = await statechat.sessions.get({ sessionId: json.id });
  const read = (tag: string) =>
    fetch(`${app?.url}/api/sessions/${json.id}`, { headers: { authorization: 'Bearer of-these-tests-alone', 'if-none-match': tag } });
  expect([(await read(`"${version}"`)).status, (await read('"1"')).status]).toEqual([304, 200]);
});

test('a write is done once under its key, and its answer is given again', async () => {
  const statechat = await connected();
  const item = { kind: 'macro', name: 'Close', steps: [{ type: 'close' }] } as const;
  const post = (key: string, body: object) =>
    fetch(`${app?.url}/api/library`, {
      method: 'POST',
      headers: { authorization: 'Bearer of-these-tests-alone', 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
  const first = await post('k1', { item });
  expect(first.status).toBe(201);
  const again = await post('k1', { item });
  expect([again.status, await again.json()]).toEqual([201, await first.json()]);
  const other = await post('k1', { item: { ...item, name: 'Other' } });
  expect([other.status, (await other.json()).code]).toEqual([422, 'key_reused']);
  // The same fails without the key.
  expect((await post('k2', { item })).status).toBe(409);

  const made = await statechat.tokens.create({ name: 'Reports', scopes: ['sessions:read'] });
  const limited = createClient({ url: app?.url ?? '', token: made.token });
  expect(await limited.sessions.list()).toEqual({ sessions: [], next: null });
  expect(isProblem(await limited.tokens.list().catch((error: unknown) => error), 'forbidden')).toBe(true);
});

/** A server that answers what the test says, one answer a request. */
function scripted(...answers: readonly (Response | Error)[]) {
  const requests: { readonly url: string; readonly headers: Headers; readonly body: unknown }[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const client = createClient({
    url: 'https://chat.acme.test/',
    token: async () => 'secret',
    wait: async (ms) => void waits.push(ms),
    fetch: async (url, init) => {
      requests.push({ url: String(url), headers: new Headers(init?.headers), body: init?.body });
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer is left');
      return answer;
    },
  });
  return { client, requests, waits };
}

const away = (headers: Record<string, string> = {}) => Response.json({ code: 'unavailable', detail: 'later' }, { status: 503, headers });

test('sends a write again under the same key, after the time that the server names', async () => {
  const { client, requests, waits } = scripted(new TypeError('fetch failed'), away({ 'retry-after': '7' }), Response.json({ version: 3 }));
  await client.sessions.close({ sessionId: 'a/b', reason: 'done' });
  expect(requests.map(({ url }) => url)).toEqual(Array(3).fill('https://chat.acme.test/api/sessions/a%2Fb/close'));
  const keys = new Set(requests.map(({ headers }) => headers.get('idempotency-key')));
  expect([keys.size, [...keys][0]?.length]).toEqual([1, 36]);
  expect(requests[0]?.body).toBe('{"reason":"done"}');
  expect(waits).toEqual([250, 7_000]);
});

test('gives up after the last attempt, and at once on what will not pass', async () => {
  const tired = scripted(away(), away(), away(), away());
  expect(isProblem(await tired.client.sessions.list().catch((error: unknown) => error), 'unavailable')).toBe(true);
  expect(tired.requests).toHaveLength(4);
  const wrong = scripted(new Response('<html>', { status: 404 }));
  await expect(wrong.client.sessions.list({ open: true })).rejects.toMatchObject({ status: 404, code: 'internal' });
  expect(wrong.requests.map(({ url }) => url)).toEqual(['https://chat.acme.test/api/sessions?open=true']);
});

test('gives a file its name, also one in Arabic', async () => {
  const encoded = encodeURIComponent('تقرير.pdf');
  const file = (disposition: string) => new Response('bytes', { headers: { 'content-disposition': disposition } });
  const { client } = scripted(
    file('attachment; filename="report.pdf"'),
    file(`attachment; filename="?????.pdf"; filename*=UTF-8''${encoded}`),
    file('attachment'),
  );
  const nameOf = async () => (await client.files.get({ sessionId: 'a', fileId: 'b' })).name;
  expect([await nameOf(), await nameOf(), await nameOf()]).toEqual(['report.pdf', 'تقرير.pdf', 'file']);
});

test('reads pages only as far as they are wanted', async () => {
  const { client, requests } = scripted(
    Response.json({ sessions: [{ id: 'a' }, { id: 'b' }], next: 'c1' }),
    Response.json({ sessions: [{ id: 'c' }], next: 'c2' }),
  );
  const ids: string[] = [];
  for await (const { id } of client.each('sessions.list', { limit: 2 })) if (ids.push(id) === 3) break;
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(requests.map(({ url }) => new URL(url).search)).toEqual(['?limit=2', '?limit=2&cursor=c1']);
});

test('knows how every operation looks on the wire', () => {
  expect(Object.keys(WIRE).toSorted()).toEqual(routes.map(({ operation }) => operation.name).toSorted());
  for (const { method, path, operation, params = {}, query = {}, body } of routes) {
    const at = `${method} ${path.replaceAll(/:(\w+)/g, (_, name) => `{${params[name]}}`)}`;
    const renamed = Object.entries(query).map((pair) => pair.join('='));
    const name = Object.keys(WIRE).find((one): one is OperationName => one === operation.name);
    expect(name && { ...wireOf(name) }).toEqual({
      at: renamed.length === 0 ? at : `${at}?${renamed.join('&')}`,
      ...(body?.as === undefined ? {} : { body: body.as }),
      ...(body?.bytesAs === undefined ? {} : { bytes: body.bytesAs }),
      ...(operation.binary === true ? { file: true } : {}),
    });
  }
});

test('has the types of the operations', () => {
  expectTypeOf<Parameters<Client['sessions']['close']>[0]>().toHaveProperty('reason');
  expectTypeOf<Awaited<ReturnType<Client['sessions']['get']>>['handler']>().toEqualTypeOf<'bot' | 'human' | 'none'>();
  // @ts-expect-error A message needs a text.
  const wrong: Parameters<Client['sessions']['addMessage']>[0] = { sessionId: 'a' };
  expect(wrong).toBeDefined();
});
