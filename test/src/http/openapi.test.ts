/**
 * A client that is made of nothing but the description of the API, with good and with broken
 * requests.
 */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { EXAMPLES } from '#src/http/examples.ts';
import { apiLimits } from '#src/http/limits.ts';
import { describeApi } from '#src/http/openapi.ts';
import { routes } from '#src/http/routes.ts';
import { operations } from '#src/operations/operations.ts';
import { document, type KnownIds, requestsOf, validators } from '#test/described-client.ts';
import { closedAfterEach, type Deliver, receipt, rows, sessionIds } from './fixture.ts';

const startApp = closedAfterEach();

/** Requests of one run. `OPENAPI_REQUESTS=20000` sends as many. */
const REQUESTS = Number(process.env['OPENAPI_REQUESTS'] ?? 2_000);
/** Where the graph of a machine is enough for an answer. */
const GRAPH_PATHS = new Set(['/api/machines/{id}/graph', '/api/machines/{id}.mmd']);
const idsOf: KnownIds = (path, name) =>
  name !== 'id' ? [] : path.startsWith('/api/sessions') ? sessionIds : GRAPH_PATHS.has(path) ? ['session'] : [];

describe('the description of the API', () => {
  const text = JSON.stringify(describeApi(routes, '1.2.3'));

  it('has every operation once, with the scope that it needs', () => {
    const { paths } = document.parse(JSON.parse(text));
    const named = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(named.toSorted()).toEqual(routes.map(({ operation }) => operation.name).toSorted());
    expect(new Set(named)).toEqual(new Set(Object.keys(operations)));
    for (const { scope } of Object.values(operations)) expect(text).toContain(`Scope: \`${scope}\`.`);
  });

  it('refers to nothing that is not in it, and its schemas compile', () => {
    const whole = document.parse(JSON.parse(text));
    const refs = new Set(text.match(/"#\/[^"]+"/g)?.map((ref) => ref.slice(3, -1)));
    for (const ref of refs)
      expect(
        ref.split('/').reduce<unknown>((at, key) => Reflect.get(Object(at), key), whole),
        ref,
      ).toBeDefined();
    expect(() => validators(whole)).not.toThrow();
  });

  it('has parts of files, but none of those that are made while they are sent', () => {
    const { paths } = describeApi(routes, '1.2.3');
    const statusesOf = (path: string): readonly string[] => {
      const { responses } = z.object({ responses: z.record(z.string(), z.unknown()) }).parse(paths[path]?.['get']);
      return Object.keys(responses).filter((status) => status === '206' || status === '416');
    };
    expect(statusesOf('/api/sessions/{id}/files/{fileId}')).toEqual(['206', '416']);
    expect(statusesOf('/api/sessions/{id}/export')).toEqual([]);
    expect(statusesOf('/api/sessions/{id}')).toEqual([]);
  });

  it('has no fault that a linter finds', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const source = text.replaceAll('"/"', '"https://chat.acme.test"');
    const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it('has an example for what is sent most, each of which is taken', () => {
    for (const [name, example] of Object.entries(EXAMPLES)) {
      const found = routes.find(({ operation }) => operation.name === name);
      const as = found?.body?.as;
      const ids = Object.fromEntries(Object.values(found?.params ?? {}).map((field) => [field, sessionIds[0]]));
      expect(found?.operation.input.safeParse({ ...ids, ...(as === undefined ? example : { [as]: example }) }).error).toBeUndefined();
    }
  });

  it('is served without a token, to be read by tools', async () => {
    const app = await startApp();
    const answer = await app.request('/api/openapi.json', { token: false });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(document.parse(await answer.json()).paths).toHaveProperty(['/api/sessions/{id}/events', 'post']);
  });
});

it('a client made of it meets no answer that it does not describe, whatever it sends', async () => {
  const deliver: Deliver = async () => receipt();
  const app = await startApp({ rows, deliver, apiLimits: apiLimits(10_000_000) });
  const { paths, ...whole } = document.parse(await (await app.request('/api/openapi.json')).json());
  const check = validators({ paths, ...whole });
  const resolve = (ref: string): unknown => whole.components.schemas[ref.replace('#/components/schemas/', '')];
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method,
      operation,
      requests: requestsOf(path, operation, resolve, idsOf),
    })),
  );
  const statuses = new Map<string, Set<number>>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...calls).chain((call) => call.requests.map((request) => ({ call, request }))),
      async ({ call, request }) => {
        const { method, operation } = call;
        const answer = await app.request(request.path, { method: method.toUpperCase(), headers: request.headers, ...request.body });
        const seen = statuses.get(operation.operationId) ?? new Set();
        statuses.set(operation.operationId, seen.add(answer.status));
        const where = `${operation.operationId} ${method} ${request.path} ${JSON.stringify(request.body)} → ${answer.status}`;
        expect(answer.status, where).toBeLessThan(500);
        expect(Object.keys(operation.responses), where).toContain(String(answer.status));
        const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
        const body = await answer.text();
        if (answer.status >= 400) expect(type, where).toBe('application/problem+json');
        if (type.endsWith('json')) check(operation, answer.status, JSON.parse(body), where);
      },
    ),
    { numRuns: REQUESTS },
  );
  // A client that is only ever refused has shown nothing.
  const reached = [...statuses].filter(([, seen]) => [...seen].some((status) => status < 300));
  expect(reached.length).toBeGreaterThan(calls.length / 2);
}, 600_000);
