import { describe, expect, test } from 'vitest';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { Secret } from '#machines/secret.ts';
import { closedAfterEach, type Deliver, receipt, rows, sessionIds, TOKEN } from './fixture.ts';

const start = closedAfterEach();

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
    [
      { type: 'message', text: '', card: { kind: 'location', latitude: 30, longitude: 31 } },
      { type: 'agent.message', text: '', card: { kind: 'location', latitude: 30, longitude: 31 } },
    ],
    [
      { type: 'agent.message', text: 'Yes', replyTo: 'wa:wamid.1' },
      { text: 'Yes', replyTo: 'wa:wamid.1' },
    ],
    [
      { type: 'agent.reaction', id: 'wa:wamid.1', emoji: null },
      { id: 'wa:wamid.1', emoji: null, agent: { id: 'admin', name: 'admin' } },
    ],
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
    [
      { type: 'agent.update', priority: 'high' },
      { agent: { id: 'admin', name: 'admin' }, priority: 'high' },
    ],
    [{ type: 'agent.snooze', until: 1_234_568 }, { until: 1_234_568 }],
    [{ type: 'agent.unsnooze' }, { agent: { id: 'admin', name: 'admin' } }],
    [{ type: 'agent.unschedule', id: 'message-1' }, { id: 'message-1' }],
  ])('takes %o', async (body, expected) => {
    const { deliver, calls } = recording();
    const app = await start({ deliver });
    expect((await app.tell(body)).status).toBe(200);
    expect(calls[0]?.[1]).toMatchObject(expected);
    expect(calls[0]?.[2]).toEqual({});
  });

  test.each(['❤️', '❤', '👍🏽', '🇪🇬', '👩‍💻', '❤‍🔥', '🤷‍♂', '1️⃣'])('takes the reaction %s', async (emoji) => {
    const { deliver, calls } = recording();
    const app = await start({ deliver });
    expect((await app.tell({ type: 'agent.reaction', id: 'm', emoji })).status).toBe(200);
    expect(calls[0]?.[1]).toMatchObject({ emoji });
  });

  test.each([
    [{}, 'type'],
    [[], 'expected'],
    ['"agent.claim"', 'JSON'],
    [{ type: 'customer.message', id: '1', text: 'as if' }, 'type'],
    [{ type: 'effect.failed' }, 'type'],
    [{ type: 'agent.message' }, 'text'],
    [{ type: 'agent.message', text: 'Yes', replyTo: '' }, 'replyTo'],
    [{ type: 'agent.message', text: '' }, 'text'],
    [{ type: 'agent.message', text: '\u200b\u3164' }, 'text: expected something visible'],
    [{ type: 'note', text: ' \u2800' }, 'text: expected something visible'],
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

  test('tells a failure from a refusal, and nothing of our insides', async () => {
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
    // It names the file in the folder, and not the folder's path.
    expect(generated.detail).toMatch(/\.statechat\/api-token/);
    expect(generated.detail).not.toContain('/somewhere');
  });
});
