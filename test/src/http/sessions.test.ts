import { afterEach, describe, expect, test } from 'vitest';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { parseSessionId } from '#machines/ids.ts';
import { Secret } from '#src/secret.ts';
import { type Deliver, entry, type Fixture, receipt, sessionIds, sessionRow, startApp, TOKEN } from './fixture.ts';

const running: Fixture[] = [];
async function start(...parameters: Parameters<typeof startApp>): Promise<Fixture> {
  const app = await startApp(...parameters);
  running.push(app);
  return app;
}
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

const rows = [
  sessionRow(2, { handler: 'human', agentId: 'amira' }),
  sessionRow(1, { open: false, state: 'CLOSED', closedAt: 9 }),
  sessionRow(0),
];
const ids = (body: { sessions: { id: string }[] }) => body.sessions.map(({ id }) => id);

describe('GET /api/sessions (R2)', () => {
  test('lists sessions with what lists need and no snapshot, page by page', async () => {
    const app = await start({ rows });
    const first = await (await app.request('/api/sessions?limit=2')).json();
    expect(first.sessions[0]).toEqual({
      id: sessionIds[2],
      address: 'web:default:v_2',
      assistant: 'companion',
      machine: { id: 'session', version: 1 },
      version: 3,
      state: 'ACTIVE',
      handler: 'human',
      agentId: 'amira',
      tags: [],
      open: true,
      openedAt: 1_002,
      lastActivityAt: 2_002,
      closedAt: null,
      previousId: null,
    });
    const second = await (await app.request(`/api/sessions?limit=2&cursor=${first.next}`)).json();
    expect([...ids(first), ...ids(second)]).toEqual([sessionIds[2], sessionIds[1], sessionIds[0]]);
    expect(second.next).toBeNull();
  });

  test.each([
    ['address=web:default:v_1', [sessionIds[1]]],
    ['handler=human', [sessionIds[2]]],
    ['open=false', [sessionIds[1]]],
    ['state=ACTIVE&open=true', [sessionIds[2], sessionIds[0]]],
    ['assistant=other', []],
  ])('filters by %s', async (query, expected) => {
    const app = await start({ rows });
    expect(ids(await (await app.request(`/api/sessions?${query}`)).json())).toEqual(expected);
  });

  test.each([
    'limit=0',
    'limit=1e3',
    'limit=5&limit=6',
    'handler=robot',
    'open=yes',
    'address=nowhere',
    'colour=red',
    'cursor=',
    'limit[a]=1',
  ])('refuses %s and says why', async (query) => {
    const app = await start({ rows });
    const response = await app.request(`/api/sessions?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_input', detail: expect.stringContaining(/^\w+/.exec(query)?.[0] ?? '') });
  });

  test('gives one session with its snapshot', async () => {
    const app = await start({ rows });
    const body = await (await app.request(`/api/sessions/${sessionIds[0]}`)).json();
    expect(body).toMatchObject({ id: sessionIds[0], snapshot: { context: { messages: [] } } });
  });
});

describe('GET /api/sessions/:id/history (R2)', () => {
  test('gives the entries after a seq, and where to go on', async () => {
    const app = await start({ rows });
    const path = `/api/sessions/${sessionIds[0]}/history`;
    const first = await (await app.request(`${path}?limit=2`)).json();
    expect(first.entries[0]).toEqual(entry(1));
    expect(first.next).toBe(2);
    expect(await (await app.request(`${path}?after=${first.next}`)).json()).toMatchObject({ entries: [{ seq: 3 }], next: null });
    expect(await (await app.request(`${path}?after=3`)).json()).toEqual({ entries: [], next: null });
  });

  test.each(['/api/sessions/nope', `/api/sessions/${sessionIds[1]}`, `/api/sessions/${sessionIds[1]}/history`])(
    'answers 404 for %s, unknown',
    async (path) => {
      const app = await start({ rows: [sessionRow(0)] });
      const response = await app.request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found', type: 'urn:statechat:problem:not_found' });
    },
  );
});

describe('GET /api/sessions/:id/files/:fileId', () => {
  const [id = '', other = ''] = sessionIds;
  async function withFile() {
    const app = await start({ rows: [sessionRow(0), sessionRow(1)] });
    const file = { id: `${id}.7.1`, name: 'تقرير.pdf', mimeType: 'application/pdf', bytes: Uint8Array.of(0, 255, 10), at: 1 };
    await app.lifecycle.files.put({ ...file, sessionId: parseSessionId(id) });
    return app;
  }

  test('gives the bytes to whoever has the token', async () => {
    const app = await withFile();
    const response = await app.request(`/api/sessions/${id}/files/${id}.7.1`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 255, 10));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': expect.stringContaining("filename*=UTF-8''%D8%AA"),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect((await app.request(`/api/sessions/${id}/files/${id}.7.1`, { token: false })).status).toBe(401);
  });

  test.each([`${id}/files/${id}.7.2`, `${other}/files/${id}.7.1`, `${id}/files/nope`, `nope/files/${id}.7.1`])(
    'answers 404 for %s',
    async (path) => {
      const response = await (await withFile()).request(`/api/sessions/${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    },
  );
});

describe('POST /api/sessions/:id/events (R2)', () => {
  /** Records what the actors are given. */
  function recording(answer = receipt()): { deliver: Deliver; calls: Parameters<Deliver>[] } {
    const calls: Parameters<Deliver>[] = [];
    const deliver: Deliver = async (...call) => {
      calls.push(call);
      return answer;
    };
    return { deliver, calls };
  }

  test('gives the event to the actor, with the time of the server and the agent of the token', async () => {
    const { deliver, calls } = recording();
    const app = await start({ deliver });
    const response = await app.tell({ type: 'agent.claim' }, { 'idempotency-key': 'k-1' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ version: 4, state: 'ACTIVE', handler: 'human' });
    const agent = { id: 'admin', name: 'admin' };
    expect(calls).toEqual([[{ sessionId: sessionIds[0] }, { type: 'agent.claim', agent, at: 1_234_567 }, { eventId: 'api:k-1' }]]);
  });

  test.each([
    [
      { type: 'agent.message', agent: { id: 'a', name: 'Amira' }, text: 'hi' },
      { agent: { id: 'a', name: 'Amira' }, text: 'hi' },
    ],
    [{ type: 'agent.message', agent: 'a', text: 'hi' }, { agent: { id: 'a', name: 'a' } }],
    [{ type: 'message', text: 'hi' }, { type: 'agent.message' }],
    [{ type: 'agent.release' }, { agent: { id: 'admin', name: 'admin' } }],
    [
      { type: 'agent.transfer', to: { id: 'b' }, queue: 'sales' },
      { to: { id: 'b', name: 'b' }, queue: 'sales' },
    ],
    [
      { type: 'note', text: 'vip' },
      { agent: { id: 'admin', name: 'admin' }, text: 'vip' },
    ],
    [
      { type: 'close', reason: 'done' },
      { by: 'admin', reason: 'done' },
    ],
    [{ type: 'close', agent: 'a' }, { by: 'a' }],
    [
      { type: 'escalate', queue: 'sales' },
      { reason: 'asked for by admin', queue: 'sales' },
    ],
  ])('takes %o', async (body, expected) => {
    const { deliver, calls } = recording();
    const app = await start({ deliver });
    expect((await app.tell(body)).status).toBe(200);
    expect(calls[0]?.[1]).toMatchObject(expected);
    expect(calls[0]?.[2]).toEqual({});
  });

  test.each([
    [{}, 'type'],
    [[], 'expected'],
    ['"agent.claim"', 'JSON'],
    [{ type: 'customer.message', id: '1', text: 'as if' }, 'type'],
    [{ type: 'effect.failed' }, 'type'],
    [{ type: 'agent.message' }, 'text'],
    [{ type: 'agent.message', text: '' }, 'text'],
    [{ type: 'agent.message', text: 5 }, 'text'],
    [{ type: 'agent.message', text: 'x'.repeat(32_769) }, 'text'],
    [{ type: 'agent.claim', at: 5 }, 'at'],
    [{ type: 'agent.claim', agent: { id: '' } }, 'agent'],
    [{ type: 'agent.claim', surprise: 1 }, 'surprise'],
    ['{"type":', 'JSON'],
    [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, ''],
  ])('refuses %o with a typed answer (G8)', async (body, says) => {
    const { deliver, calls } = recording();
    const app = await start({ deliver });
    const response = await app.tell(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await response.json()).detail).toContain(says);
    expect(calls).toEqual([]);
    expect((await app.tell({ type: 'agent.claim' })).status).toBe(200);
  });

  test('refuses what is too large, and what is not JSON by its type', async () => {
    const app = await start(recording());
    expect((await app.tell({ type: 'note', text: 'x'.repeat(250_000) })).status).toBe(413);
    expect((await app.tell('type=note', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await app.tell({ type: 'note', text: 'x' }, { 'idempotency-key': 'a b' })).status).toBe(400);
  });

  test('says who holds the session', async () => {
    const refused = { code: 'held', message: 'Amira holds this session.', holder: 'Amira' };
    const app = await start(recording(receipt({ refused })));
    const response = await app.tell({ type: 'agent.claim', agent: 'b' });
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      type: 'urn:statechat:problem:held',
      title: 'Held by somebody else',
      status: 409,
      detail: 'Amira holds this session.',
      code: 'held',
      holder: 'Amira',
      version: 4,
      state: 'ACTIVE',
      handler: 'human',
    });
  });

  test('tells of ignored, repeated and parked events', async () => {
    expect(
      await (await (await start(recording(receipt({ ignored: 'nobody waits' })))).tell({ type: 'agent.release' })).json(),
    ).toMatchObject({
      ignored: 'nobody waits',
    });
    expect(await (await (await start(recording(receipt({ duplicate: true })))).tell({ type: 'agent.claim' })).json()).toMatchObject({
      duplicate: true,
    });
    const parked = await (await start(recording(receipt({ parked: 'x is undefined' })))).tell({ type: 'agent.claim' });
    expect(parked.status).toBe(422);
    expect(await parked.json()).toMatchObject({ code: 'parked', detail: expect.stringContaining('x is undefined') });
  });

  test('tells trouble from refusal, and nothing of our insides', async () => {
    const failing = (error: Error) => start({ deliver: () => Promise.reject(error) });
    const away = await (await failing(new Unavailable('postgres://db:5432 refused'))).tell({ type: 'agent.claim' });
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).toBe('2');
    expect(await away.text()).not.toContain('postgres');
    expect((await (await failing(new StatechatError('not_found', 'no such session'))).tell({ type: 'agent.claim' })).status).toBe(404);
    const app = await failing(new Error('hunter2'));
    const broken = await app.tell({ type: 'agent.claim' });
    expect(broken.status).toBe(500);
    const body = await broken.text();
    expect(body).not.toContain('hunter2');
    expect(body).toContain(broken.headers.get('x-request-id'));
    expect(app.log.join('')).toContain('hunter2');
  });

  test('lets nobody in without the token', async () => {
    const { deliver, calls } = recording();
    const app = await start({ deliver, rows });
    for (const token of [false, 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1)] as const) {
      const response = await app.request('/api/sessions', { token });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect((await app.request(`/api/sessions/${sessionIds[0]}/events`, { method: 'POST', token: false })).status).toBe(401);
    expect(calls).toEqual([]);
    const unset = await start({ apiToken: { secret: new Secret(TOKEN), file: '/somewhere/api-token' } });
    const [said, generated] = await Promise.all(
      [app, unset].map(async ({ request }) => (await request('/api/sessions', { token: false })).json()),
    );
    expect(said.detail).toMatch(/STATECHAT_API_TOKEN was set to/);
    // Where the token is, not where the folder is.
    expect(generated.detail).toMatch(/\.statechat\/api-token/);
    expect(generated.detail).not.toContain('/somewhere');
  });
});

describe('GET /api/sessions/:id/context (R1)', () => {
  const built = {
    system: [{ text: 'You are kind.', cached: true }],
    messages: [{ role: 'user' as const, text: 'hi' }],
    tokens: { limit: 4_000, total: 6, prompt: 5, customer: 0, analysis: 0, summaries: 0, messages: 1 },
    shown: { summaries: 0, messages: 1, leftOut: 0, cut: false },
  };

  test('is what a model would be told now, with the tokens of each part', async () => {
    const asked: unknown[] = [];
    const app = await start({
      rows,
      contextOf: (row, messages) => {
        asked.push([row.id, messages]);
        return built;
      },
    });
    const response = await app.request(`/api/sessions/${sessionIds[0]}/context?messages=5`);
    expect([response.status, await response.json()]).toEqual([200, { sessionId: sessionIds[0], version: 3, ...built }]);
    await app.request(`/api/sessions/${sessionIds[0]}/context`);
    expect(asked).toEqual([
      [sessionIds[0], 5],
      [sessionIds[0], undefined],
    ]);
  });

  test.each([
    [`${sessionIds[0]}/context?messages=0`, 400, 'invalid_input'],
    [`${sessionIds[0]}/context?n=1`, 400, 'invalid_input'],
    ['01890a5d-ac96-774b-bcce-b302099a8009/context', 404, 'not_found'],
    [`${sessionIds[0]}/context`, 409, 'no_context'],
  ])('%s is refused with %i %s', async (path, status, code) => {
    const app = await start({ rows });
    const response = await app.request(`/api/sessions/${path}`);
    expect([response.status, (await response.json()).code]).toEqual([status, code]);
  });

  test('needs the token', async () => {
    const app = await start({ rows, contextOf: () => built });
    expect((await app.request(`/api/sessions/${sessionIds[0]}/context`, { token: false })).status).toBe(401);
  });
});
