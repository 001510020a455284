/** The client that is made of the description alone, against the whole program and real things. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { document, requestsOf, validators } from '#test/described-client.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Consoles } from '#test/src/gateway/consoles.ts';
import { JumpingClock } from './jumping-clock.ts';
import { API_TOKEN } from './running-app.ts';
import { nounOf, type OpenedProgram, openWholeProgram } from './whole-program.ts';

vi.setConfig({ testTimeout: 900_000 });

/** Requests of one run. `OPENAPI_REQUESTS=20000` sends as many. */
const REQUESTS = Number(process.env['OPENAPI_REQUESTS'] ?? 1_000);
/** Customers with sessions, some of which are deleted on the way. */
const CUSTOMERS = 30;

const { connectionString } = await createTestDatabase();
const consoles = new Consoles();
let opened: OpenedProgram;
beforeAll(async () => {
  opened = await openWholeProgram(connectionString, new JumpingClock(), consoles);
});
afterAll(async () => {
  consoles.close();
  await opened?.close();
});

it('meets no answer that is not described, whatever it sends', async () => {
  const { program } = opened;
  const sessions: string[] = [];
  for (let n = 0; n < CUSTOMERS; n += 1) sessions.push((await (await program.app.visitor()).write('Hello')).sessionId);
  const { paths, ...whole } = document.parse(JSON.parse((await program.send('GET', '/api/openapi.json', null)).text));
  const check = validators({ paths, ...whole });
  const resolve = (ref: string): unknown => whole.components.schemas[ref.replace('#/components/schemas/', '')];
  const idsOf = (path: string, name: string): readonly string[] => {
    if (name === 'id' && nounOf(path) === 'sessions') return sessions;
    const known = program.known[name === 'id' ? nounOf(path) : name];
    return known === undefined ? [] : [known];
  };
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, operation, requests: requestsOf(path, operation, resolve, idsOf) })),
  );
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...calls).chain((call) => call.requests.map((request) => ({ call, request }))),
      async ({ call: { method, operation }, request: { path, headers, body } }) => {
        const { status, type, text } = await program.send(method.toUpperCase(), path, API_TOKEN, { headers, ...body });
        if (status < 300) reached.add(operation.operationId);
        const where = `${operation.operationId} ${method} ${path} ${JSON.stringify(body)} → ${status}`;
        expect(status, `${where} ${text}`).toBeLessThan(500);
        expect(Object.keys(operation.responses), where).toContain(String(status));
        if (status >= 400) expect(type, where).toContain('application/problem+json');
        if (type.includes('json') && status !== 304) check(operation, status, JSON.parse(text), where);
      },
    ),
    { numRuns: REQUESTS },
  );
  // A client that is only ever refused has shown nothing.
  expect(reached.size).toBeGreaterThan(calls.length / 2);
});
