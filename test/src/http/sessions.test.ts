import { describe, expect, test } from 'vitest';
import { parseSessionId } from '#machines/ids.ts';
import { closedAfterEach, entry, rows, sessionIds, sessionRow } from './fixture.ts';

const start = closedAfterEach();
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
      tags: ['vip'],
      queue: null,
      waitingSince: null,
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
    ['channel=web&agent=amira', [sessionIds[2]]],
    ['channel=telegram', []],
    ['queue=billing', [sessionIds[0]]],
    ['tag=vip', [sessionIds[2]]],
  ])('filters by %s', async (query, expected) => {
    const app = await start({ rows });
    expect(ids(await (await app.request(`/api/sessions?${query}`)).json())).toEqual(expected);
  });

  test.each([
    'limit=0',
    'limit=1e3',
    'limit=5&limit=6',
    'handler=robot',
    'queue=',
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
