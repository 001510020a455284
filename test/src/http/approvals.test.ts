import { describe, expect, test } from 'vitest';
import type { ApprovalRequest } from '#storage/approvals.ts';
import { closedAfterEach, type Fixture, sessionIds } from './fixture.ts';

const startEmpty = closedAfterEach();

async function start(...requests: readonly Partial<ApprovalRequest>[]): Promise<Fixture> {
  const app = await startEmpty();
  const [sessionId] = sessionIds;
  if (sessionId === undefined) throw new Error('no session');
  for (const [index, parts] of requests.entries())
    await app.lifecycle.approvals.ask({
      id: `a${index + 1}`,
      sessionId,
      tool: 'refund',
      shown: { amount: 120 },
      fingerprint: 'f',
      approvers: [{ role: 'supervisor' }],
      ttlMs: 60_000,
      ...parts,
    });
  return app;
}

const decide = (app: Fixture, id: string, body: unknown) =>
  app.request(`/api/approvals/${id}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const json = async (response: Promise<Response>) => (await response).json();

describe('approvals', () => {
  test('that are open are listed, oldest first, without what nobody can read', async () => {
    const app = await start({}, { tool: 'wire' }, { ttlMs: 0 });
    const first = await json(app.request('/api/approvals?limit=1'));
    expect(first.approvals).toEqual([
      {
        id: 'a1',
        sessionId: sessionIds[0],
        tool: 'refund',
        shown: { amount: 120 },
        approvers: [{ role: 'supervisor' }],
        status: 'open',
        askedAt: expect.any(Number),
        expiresAt: expect.any(Number),
        decision: null,
      },
    ]);
    expect(await json(app.request(`/api/approvals?limit=1&cursor=${first.next}`))).toMatchObject({ approvals: [{ id: 'a2' }], next: null });
    expect(await json(app.request('/api/approvals/a3'))).toMatchObject({ status: 'expired' });
  });

  test('are decided once, by whom and why', async () => {
    const app = await start({}, {});
    expect(await json(decide(app, 'a1', { decision: 'approve', comment: 'a good customer', by: 'amira' }))).toMatchObject({
      id: 'a1',
      status: 'approved',
      decision: { by: 'amira', comment: 'a good customer', at: expect.any(Number) },
    });
    const again = await decide(app, 'a1', { decision: 'deny' });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'not_open', state: 'approved', detail: expect.stringContaining('amira') });
    expect(await json(decide(app, 'a2', { decision: 'deny' }))).toMatchObject({
      status: 'denied',
      decision: { by: 'admin', comment: null },
    });
    expect(await json(app.request('/api/approvals'))).toEqual({ approvals: [], next: null });
    expect(await app.lifecycle.approvals.use('a1', 'f')).toBe(true);
    expect(await app.lifecycle.approvals.use('a2', 'f')).toBe(false);
  });

  test('of one person are theirs alone', async () => {
    const app = await start({ approvers: [{ agent: 'omar' }] });
    const refused = await decide(app, 'a1', { decision: 'approve' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'not_allowed', approvers: [{ agent: 'omar' }] });
    expect((await decide(app, 'a1', { decision: 'approve', by: 'omar' })).status).toBe(200);
  });

  test('whose time is over, that are not there, or what makes no sense, is refused and changes nothing', async () => {
    const app = await start({}, { ttlMs: 0 });
    const late = await decide(app, 'a2', { decision: 'approve' });
    expect([late.status, await late.json()]).toMatchObject([409, { code: 'not_open', state: 'expired' }]);
    for (const id of ['nothing', 'a%00b', 'x'.repeat(201)]) {
      expect((await app.request(`/api/approvals/${id}`)).status).toBe(404);
      expect((await decide(app, id, { decision: 'approve' })).status).toBe(404);
    }
    for (const body of [{}, { decision: 'maybe' }, { decision: 'approve', role: 'admin' }, { decision: 'deny', comment: ' ' }, []]) {
      const answer = await decide(app, 'a1', body);
      expect(answer.status).toBe(400);
      expect((await answer.json()).code).toBe('invalid_input');
    }
    expect((await app.request('/api/approvals/a1', { method: 'POST', body: 'approve' })).status).toBe(415);
    expect((await app.request('/api/approvals/a1', { method: 'DELETE' })).status).toBe(405);
    expect((await app.request('/api/approvals?cursor=x')).status).toBe(400);
    expect((await app.request('/api/approvals', { token: false })).status).toBe(401);
    expect((await decide(app, 'a1', { decision: 'approve' })).status).toBe(200);
  });
});
