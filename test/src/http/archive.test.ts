import { describe, expect, test } from 'vitest';
import { apiLimits } from '#src/http/limits.ts';
import { closedAfterEach, type Fixture, sessionIds, sessionRow } from './fixture.ts';

const start = closedAfterEach();
const json = async (response: Promise<Response>) => (await response).json();

describe('what no session could hear', () => {
  test('is listed newest first, with what was cut said', async () => {
    const app = await start();
    expect(await json(app.request('/api/rejected'))).toEqual({ rejected: [], next: null });
    for (const [id, size] of [
      ['1', 3],
      ['2', 9],
    ] as const)
      await app.lifecycle.archive.keepDeadLetter({
        channel: 'telegram',
        account: 'acme_bot',
        providerId: id,
        receivedAt: 5,
        code: 'invalid_input',
        reason: 'no chat',
        content: '{"}',
        size,
      });
    const first = await json(app.request('/api/rejected?limit=1'));
    expect(first.rejected).toEqual([
      {
        channel: 'telegram',
        account: 'acme_bot',
        providerId: '2',
        receivedAt: 5,
        code: 'invalid_input',
        reason: 'no chat',
        content: '{"}',
        size: 9,
        cut: true,
      },
    ]);
    const second = await json(app.request(`/api/rejected?limit=1&cursor=${first.next}`));
    expect(second).toMatchObject({ rejected: [{ providerId: '1', cut: false }], next: null });
    for (const wrong of ['cursor=x', 'limit=21', 'limit=0']) expect((await app.request(`/api/rejected?${wrong}`)).status).toBe(400);
    expect((await app.request('/api/rejected', { token: false })).status).toBe(401);
    expect((await app.request('/api/rejected', { method: 'POST' })).status).toBe(405);
  });
});

describe('a legal hold', () => {
  const put = (app: Fixture, body: unknown, id = sessionIds[0]) =>
    app.request(`/api/sessions/${id}/hold`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('is set and lifted with who and why, and keeps the session', async () => {
    const app = await start({ rows: [sessionRow(0, { open: false, state: 'CLOSED', closedAt: 1_000 })], now: () => 9_000 });
    const path = `/api/sessions/${sessionIds[0]}/hold`;
    expect(await json(app.request(path))).toEqual({ held: false, history: [] });
    expect(await json(put(app, { held: true, reason: 'case 12', by: 'amira' }))).toEqual({ held: true, changed: true });
    expect(await json(put(app, { held: true, reason: 'again' }))).toEqual({ held: true, changed: false });
    expect(await app.lifecycle.archive.deleteExpired(5_000, 10)).toMatchObject({ sessions: 0 });
    expect(await json(put(app, { held: false, reason: 'over' }))).toEqual({ held: false, changed: true });
    const history = [
      { held: true, at: 9_000, by: 'amira', reason: 'case 12' },
      { held: false, at: 9_000, by: 'admin', reason: 'over' },
    ];
    expect(await json(app.request(path))).toEqual({ held: false, history });
    expect(await app.lifecycle.archive.deleteExpired(5_000, 10)).toMatchObject({ sessions: 1 });
    expect((await app.request(`/api/sessions/${sessionIds[0]}`)).status).toBe(404);
    expect(await json(app.request(path))).toEqual({ held: false, history });
  });

  test('wants a reason and a session', async () => {
    const app = await start({ rows: [sessionRow(0)] });
    for (const body of [
      {},
      { held: true },
      { held: true, reason: ' ' },
      { held: 'yes', reason: 'x' },
      { held: true, reason: 'x', who: 1 },
      [],
    ]) {
      const answer = await put(app, body);
      expect(answer.status).toBe(400);
      expect((await answer.json()).code).toBe('invalid_input');
    }
    expect((await put(app, { held: true, reason: 'x' }, sessionIds[1])).status).toBe(404);
    expect((await app.request(`/api/sessions/${sessionIds[1]}/hold`)).status).toBe(404);
    expect((await app.request(`/api/sessions/nope/hold`)).status).toBe(404);
    expect((await app.request(`/api/sessions/${sessionIds[0]}/hold`, { method: 'PUT', body: 'held' })).status).toBe(415);
  });
});

describe('search', () => {
  test('finds messages of open and closed sessions, page by page, and where the words are', async () => {
    const app = await start({ rows: [sessionRow(0, { open: false }), sessionRow(1)] });
    const first = await json(app.request('/api/search?q=TEX&limit=2'));
    const match = (seq: number, session = 0) => ({
      sessionId: sessionIds[session],
      seq,
      at: 1_000 + seq,
      kind: 'customer.message',
      author: 'customer',
      text: `text ${seq}`,
      marks: [[0, 4]],
      near: false,
    });
    expect(first.matches).toEqual([match(3, 1), match(2, 1)]);
    const second = await json(app.request(`/api/search?q=TEX&limit=2&cursor=${first.next}`));
    expect(second.matches).toEqual([match(1, 1), match(3)]);
    const within = `/api/search?q=tetx&session=${sessionIds[0]}&source=customer&to=1003&open=false`;
    expect((await json(app.request(within))).matches).toEqual([match(2), match(1)].map((found) => ({ ...found, near: true })));
    expect((await json(app.request('/api/search?q=text&source=note'))).matches).toEqual([]);
    expect(await json(app.request('/api/search?q=nothing'))).toEqual({ matches: [], next: null });
    for (const query of [
      '',
      '?q=',
      '?q=%20',
      '?q=x&cursor=1',
      '?q=x&what=1',
      '?q=x&session=1',
      '?q=x&source=me',
      '?q=x&from=soon',
      `?q=${'x'.repeat(501)}`,
    ])
      expect((await app.request(`/api/search${query}`)).status).toBe(400);
  });
});

describe('limits of /api', () => {
  test('what is too much is refused with 429 and when to come back; a wrong token is held to less', async () => {
    const app = await start({ apiLimits: apiLimits(3) });
    for (let count = 0; count < 3; count += 1) expect((await app.request('/api/sessions')).status).toBe(200);
    const refused = await app.request('/api/sessions');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', status: 429 });
    // The limit does not concern other paths.
    expect((await app.request('/healthz')).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 70; count += 1) statuses.push((await app.request('/api/sessions', { token: 'wrong' })).status);
    expect(statuses.indexOf(429)).toBe(60);
  });
});
