/**
 * Every number that a caller sends, at its bounds, over a real PostgreSQL. What is beyond a bound
 * is refused with a 400 that names the bound, and the bound itself is taken.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { MAX_SEQ } from '#machines/ids.ts';
import { routes } from '#src/http/routes.ts';
import { jsonSchemasOf } from '#src/operations/json-schemas.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type ComposedApp, compose } from '../compose/app.ts';

const TOKEN = 'a-token-of-these-tests';
const { connectionString } = await createTestDatabase();
let app: ComposedApp;
let visitor: Visitor;
let sessionId: string;
beforeAll(async () => {
  const environment = { SESSION_STORAGE_TYPE: 'postgres', DATABASE_URL: connectionString, STATECHAT_API_TOKEN: TOKEN };
  app = await compose(environment, {});
  visitor = await Visitor.arrive(app.url, {});
  ({ sessionId } = await visitor.write('hello'));
});
afterAll(() => app?.stop());

const numberField = z.object({ type: z.enum(['integer', 'number']), minimum: z.number(), maximum: z.number() });
const anyNumber = z.object({ type: z.enum(['integer', 'number']) });

/** Each number of each route's input. One without bounds fails to parse. */
const numbers = routes.flatMap((route) =>
  Object.entries(jsonSchemasOf(route.operation).input.properties ?? {})
    .filter(([, schema]) => anyNumber.safeParse(schema).success)
    .map(([field, schema]) => ({ route, field, name: nameOf({ ...route.query, ...route.headers }, field), ...numberField.parse(schema) })),
);

function nameOf(query: Readonly<Record<string, string>> | undefined, field: string): string {
  return Object.entries(query ?? {}).find(([, of]) => of === field)?.[0] ?? field;
}

/** Numbers of a path beside the one that is tried. */
const OTHERS: Readonly<Record<string, string>> = { seq: '1', index: '0' };

async function send({ route, name }: (typeof numbers)[number], value: number): Promise<{ readonly status: number; readonly text: string }> {
  const inPath = route.path.split('/').includes(`:${name}`);
  const path = route.path
    .replace('/sessions/:id', `/sessions/${sessionId}`)
    .replace(/:(\w+)/g, (_, given: string) => (given === name ? String(value) : (OTHERS[given] ?? 'none')));
  const url = new URL(`${app.url}/api${path}`);
  const inHeader = Object.keys(route.headers ?? {}).includes(name);
  const inBody = route.body !== undefined && !inHeader;
  if (!inBody && !inHeader && !inPath) url.searchParams.set(name, String(value));
  if (route.path === '/search') url.searchParams.set('q', 'hello');
  const response = await fetch(url, {
    method: route.method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...(inHeader ? { [name]: String(value) } : {}) },
    ...(inBody ? { body: JSON.stringify({ [name]: value }) } : {}),
    ...(inHeader ? { body: JSON.stringify({ type: 'note', text: 'hello' }) } : {}),
  });
  return { status: response.status, text: await response.text() };
}

test('the numbers of the routes are found', () => {
  expect(numbers.map(({ route, field }) => `${route.operation.name} ${field}`)).toContain('sessions.history after');
  expect(numbers.length).toBeGreaterThan(5);
});

describe.each(numbers.map((number) => [`${number.route.operation.name}: ${number.name}`, number] as const))('%s', (_, number) => {
  const { minimum, maximum, name } = number;

  test('is taken at its bounds', async () => {
    for (const value of [minimum, maximum]) {
      const { status, text } = await send(number, value);
      expect(status, text).toBeLessThan(500);
      expect(text).not.toContain(`${name}: expected`);
    }
  });

  test('is refused beyond them, and the bounds are named', async () => {
    for (const value of [maximum + 1, ...(minimum > 0 ? [minimum - 1] : [])]) {
      const { status, text } = await send(number, value);
      expect(status).toBe(400);
      expect(text).toContain(`${name}: expected a whole number from ${minimum} to ${maximum}`);
    }
  });
});

describe('an event id of the web chat', () => {
  const receipt = (seq: number) => visitor.post('receipts', { upTo: `${sessionId}.${seq}`, status: 'read' });
  const events = async (seq: number): Promise<number> => {
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${visitor.token}` };
    const { status } = await fetch(`${app.url}/channels/web/events?after=${sessionId}.${seq}`, { headers, signal: leaving.signal });
    leaving.abort();
    return status;
  };

  test('is taken up to the greatest number of an entry', async () => {
    expect((await receipt(MAX_SEQ)).status).toBe(204);
    expect(await events(MAX_SEQ)).toBe(200);
  });

  test.each([MAX_SEQ + 1, 999_999_999_999_999, 9_999_999_999_999_998])('is refused beyond it, as %i', async (seq) => {
    const { status, body } = await receipt(seq);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_event_id', detail: expect.stringContaining(`from 1 to ${MAX_SEQ}`) });
    expect(await events(seq)).toBe(400);
  });
});

describe('a cursor', () => {
  const get = async (path: string, cursor: string) => {
    const url = new URL(`${app.url}/api/${path}`);
    url.searchParams.set('cursor', cursor);
    if (path === 'search') url.searchParams.set('q', 'hello');
    return (await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).status;
  };

  test.each([
    ['sessions', '019ffffff-0000-7000-8000-000000000000'],
    ['search', `01890a5d-ac96-774b-bcce-b302099a8001.${MAX_SEQ + 1}`],
    ['rejected', '9'.repeat(16)],
    ['approvals', '9'.repeat(16)],
  ])('of /api/%s is refused beyond what it can be', async (path, beyond) => {
    expect(await get(path, beyond)).toBe(400);
  });

  test.each(['rejected', 'approvals'])('of /api/%s is taken at its bound', async (path) => {
    expect(await get(path, '9'.repeat(15))).toBe(200);
  });
});
