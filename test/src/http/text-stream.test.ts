/** Routes that write a text, as a page and as a program call them. */
import express, { type ErrorRequestHandler } from 'express';
import { afterEach, expect, it } from 'vitest';
import * as z from 'zod';
import { problemOf, sendProblem } from '#channels/problem.ts';
import { StatechatError } from '#machines/errors.ts';
import { projectRoutes, route } from '#src/http/operation-routes.ts';
import { type HttpServer, listen } from '#src/http/server.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { defineOperation } from '#src/operations/operation.ts';
import { testContext } from '../operations/test-context.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(100);
});

/** A route whose operation does what the test tells it. */
async function serve(run: (context: OperationContext) => Promise<string>) {
  const write = defineOperation({
    name: 'texts.write',
    scope: 'sessions:act',
    effect: 'write',
    summary: 'Writes a text.',
    input: z.strictObject({}),
    output: z.strictObject({ text: z.string() }),
    run: async (context) => ({ text: await run(context) }),
  });
  const { context } = testContext();
  const failures: unknown[] = [];
  const problems: ErrorRequestHandler = (error, _request, response, _next) => {
    failures.push(error);
    sendProblem(response, problemOf(error) ?? { status: 500, code: 'internal', title: '', detail: '' });
  };
  const app = express();
  app.use((_request, response, next) => {
    response.locals.caller = context.caller;
    next();
  });
  app.use(
    projectRoutes([route({ method: 'POST', path: '/write', operation: write, body: { maxBytes: 100 }, streams: true })], context),
    problems,
  );
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  servers.push(server);
  const ask = (accept: string, signal?: AbortSignal) =>
    fetch(`${server.url}/write`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', connection: 'close' },
      body: '{}',
      ...(signal ? { signal } : {}),
    });
  return { ask, failures };
}

const STREAM = 'text/event-stream';
const frames = (text: string) =>
  [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data = '']) => [event, JSON.parse(data)] as const);

it('a page gets the pieces as they are written, and a text that begins anew', async () => {
  const steps = ['It ', 'It left', 'No: '].map((text) => ({ text, seen: Promise.withResolvers<void>() }));
  const { ask } = await serve(async ({ onText }) => {
    for (const { text, seen } of steps) {
      onText?.(text);
      await seen.promise;
    }
    return 'No: it is here.';
  });
  const response = await ask(STREAM);
  expect(response.headers.get('content-type')).toContain(STREAM);
  let received = '';
  for await (const piece of (response.body ?? expect.fail('no stream')).pipeThrough(new TextDecoderStream())) {
    received += piece;
    for (const { text, seen } of steps) if (received.includes(JSON.stringify(text.slice(-3)).slice(1, -1))) seen.resolve();
  }
  expect(frames(received)).toEqual([
    ['text', { offset: 0, text: 'It ' }],
    ['text', { offset: 3, text: 'left' }],
    ['text', { offset: 0, text: 'No: ' }],
    ['done', { text: 'No: it is here.' }],
  ]);
});

it('a program gets the result alone', async () => {
  const { ask } = await serve(async ({ onText }) => {
    onText?.('half');
    return 'whole';
  });
  expect(await (await ask('application/json')).json()).toEqual({ text: 'whole' });
});

it('a refusal before the first piece is a problem document, and one behind it the last event', async () => {
  let wrote = false;
  const { ask } = await serve(async ({ onText }) => {
    if (wrote) {
      onText?.('It');
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new StatechatError('held', 'Omar has it');
  });
  const refused = await ask(STREAM);
  expect([refused.status, (await refused.json()).code]).toEqual([409, 'held']);
  wrote = true;
  const late = await ask(STREAM);
  expect(frames(await late.text())).toEqual([
    ['text', { offset: 0, text: 'It' }],
    ['problem', { status: 409, code: 'held', title: 'Held by somebody else', detail: 'Omar has it' }],
  ]);
});

it.each([STREAM, 'application/json'])('the operation is stopped when its caller leaves (%s), and nobody is told', async (accept) => {
  const stopped = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { ask, failures } = await serve(async ({ signal, onText }) => {
    onText?.('It');
    begun.resolve();
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })).catch((error) => {
      stopped.resolve();
      throw error;
    });
    return '';
  });
  const leaving = new AbortController();
  const response = ask(accept, leaving.signal)
    .then((one) => one.text())
    .catch(() => 'left');
  await begun.promise;
  leaving.abort();
  await stopped.promise;
  expect(await response).toBe('left');
  expect(failures).toEqual([]);
});
