import { expect, test } from 'vitest';
import * as z from 'zod';
import { apiLimits } from '#src/http/limits.ts';
import { closedAfterEach, type Fixture, rows } from './fixture.ts';

const start = closedAfterEach();
const made = z.object({ id: z.string(), token: z.string() });

async function make(app: Fixture, what: object, token?: string) {
  const response = await app.request('/api/tokens', {
    ...(token === undefined ? {} : { token }),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'A program', scopes: ['sessions:read'], ...what }),
  });
  return { status: response.status, json: await response.json() };
}

test('a token reads what its scopes cover, and the audit names it', async () => {
  const app = await start({ rows });
  const { id, token } = made.parse((await make(app, {})).json);
  expect((await app.request('/api/sessions', { token })).status).toBe(200);
  const refused = await app.request('/api/audit', { token });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ code: 'forbidden', scope: 'audit:read' });
  expect((await make(app, {}, token)).status).toBe(403);
  expect(app.audited.map(({ operation, caller }) => [operation, caller.agent])).toContainEqual(['sessions.list', `token:${id}`]);
  expect((await app.request(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBe(200);
  expect((await app.request('/api/sessions', { token })).status).toBe(401);
});

test('a token has its own limit of requests, and takes nothing of the limits of others', async () => {
  const limits = apiLimits(4);
  const app = await start({ apiLimits: limits });
  const slow = made.parse((await make(app, { requestsPerMinute: 2 })).json).token;
  const usual = made.parse((await make(app, {})).json).token;
  const statuses = async (token: string, times: number) => {
    const all: number[] = [];
    for (let n = 0; n < times; n += 1) all.push((await app.request('/api/sessions', { token })).status);
    return all;
  };
  expect(await statuses(slow, 3)).toEqual([200, 200, 429]);
  expect(await statuses(usual, 5)).toEqual([200, 200, 200, 200, 429]);
  const refused = await app.request('/api/sessions', { token: slow });
  expect(refused.headers.get('ratelimit-policy')).toMatch(/^"requests"; q=2; w=60; pk=/);
  expect(refused.headers.get('ratelimit')).toMatch(/^"requests"; r=0; t=\d+$/);
  const { token: fresh } = made.parse((await make(app, { requestsPerMinute: 9 })).json);
  const taken = await app.request('/api/sessions', { token: fresh });
  expect([taken.status, taken.headers.get('ratelimit')]).toEqual([200, expect.stringMatching(/^"requests"; r=8; t=\d+$/)]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('At most 2 requests') });
  expect((await app.request('/api/sessions')).status).toBe(200);
});

test('a network that guesses does not shut a program out', async () => {
  const app = await start({ apiLimits: apiLimits(1_000) });
  const { token } = made.parse((await make(app, {})).json);
  const guess = `${token.slice(0, -3)}xyz`;
  for (let n = 0; n < 61; n += 1) await app.request('/api/sessions', { token: guess });
  expect((await app.request('/api/sessions', { token: guess })).status).toBe(429);
  expect((await app.request('/api/sessions', { token })).status).toBe(200);
});
