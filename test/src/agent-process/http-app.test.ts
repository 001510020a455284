/** The agent service over HTTP (A1, A3), called from outside. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { type AgentService, InProcessAgentService, type ServiceOptions } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { Unavailable } from '#machines/errors.ts';
import type { AgentAppParts } from '#src/agent-process/http-app.ts';
import { ask, request as asked } from '#test/contracts/agent-service-requests.ts';
import { FakeMessagesApi, fails, says } from '#test/fakes/messages-api.ts';
import { type AgentServer, startAgentServer, TOKEN } from './fixture.ts';

let api: FakeMessagesApi;
let cleanups: (() => Promise<unknown>)[];
beforeEach(async () => {
  api = await FakeMessagesApi.start();
  cleanups = [() => api.close()];
});
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function serve(options: Partial<ServiceOptions> = {}, parts: Partial<AgentAppParts> = {}): Promise<AgentServer> {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const service = new InProcessAgentService({ provider, workflows: new Workflows([ask]), ...options });
  const server = await startAgentServer(service, parts);
  cleanups.push(
    () => server.close(),
    () => service.close(),
  );
  return server;
}

function post(server: AgentServer, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return server.request('/api/workflow', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function messages(response: Response, count = Number.POSITIVE_INFINITY): Promise<EventSourceMessage[]> {
  const seen: EventSourceMessage[] = [];
  const stream = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const message of stream ?? []) {
    seen.push(message);
    if (seen.length >= count) break;
  }
  return seen;
}

/** A run whose model writes as much as it is let. */
function endless(piece = () => 'more '): { readonly stop: () => void } {
  let stopped = false;
  api.script(async (writer, response) => {
    writer.start();
    while (!stopped && !response.destroyed) {
      writer.text(piece());
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!response.destroyed) writer.end();
  });
  return { stop: () => (stopped = true) };
}

describe('POST /api/workflow', () => {
  it('begins a run and says where it can be read', async () => {
    const server = await serve();
    const response = await post(server, { ...asked, runId: 'a/b c' });
    expect([response.status, response.headers.get('location')]).toEqual([202, '/api/runs/a%2Fb%20c/stream']);
    const { sessionId, runId, after } = await response.json();
    expect([sessionId, runId]).toEqual(['s-1', 'a/b c']);
    const stream = await server.request(`/api/stream/s-1?run=${encodeURIComponent(runId)}&after=${after}`);
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const seen = await messages(stream);
    expect(seen.map(({ id, event }) => [id, event])).toEqual([
      ...[1, 2, 3, 4].map((index) => [String(after + index), undefined]),
      [undefined, 'end'],
    ]);
    expect(JSON.parse(seen[1]?.data ?? '')).toEqual({ runId, event: { type: 'chunk', turn: 1, offset: 0, text: 'ok' } });
  });

  it.each([
    ['no JSON', '{', 400, 'malformed_json', /JSON/],
    ['another shape', { ...asked, sessionId: 7 }, 400, 'invalid_input', /sessionId/],
    ['no params', { sessionId: 's', workflowType: 'ask' }, 400, 'invalid_input', /params/],
    ['an unknown workflow', { ...asked, workflowType: 'fly' }, 400, 'invalid_input', /There are: ask/],
    ['wrong params', { ...asked, params: { question: 3 } }, 400, 'invalid_input', /question/],
    ['too much', { ...asked, params: { question: 'x'.repeat(13_000_000) } }, 413, 'too_large', /Shorten/],
  ])('refuses %s with a problem document', async (_name, body, status, code, detail) => {
    const response = await post(await serve(), body);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
    expect(await response.json()).toMatchObject({ code, detail: expect.stringMatching(detail), status });
    expect(api.requests).toHaveLength(0);
  });

  it('takes what a later version of the program adds', async () => {
    const response = await post(await serve(), { ...asked, runId: 'later', addedLater: true });
    expect([response.status, (await response.json()).runId]).toEqual([202, 'later']);
  });

  it('is done once however often it is sent under one key, though the run failed meanwhile', async () => {
    api.script(fails(529, 'overloaded_error', 'later'));
    const server = await serve();
    const key = { 'idempotency-key': 'k-1' };
    const first = await (await post(server, { ...asked, runId: 'mine' }, key)).json();
    await messages(await server.request('/api/runs/mine/stream'));
    expect(await (await post(server, { ...asked, runId: 'mine' }, key)).json()).toEqual(first);
    expect(api.requests).toHaveLength(1);
    // Under another key it is another request.
    const again = await (await post(server, { ...asked, runId: 'mine' })).json();
    expect(again.after).toBeGreaterThan(first.after);
    expect((await post(server, asked, { 'idempotency-key': 'k 1' })).status).toBe(400);
  });

  it('takes what it refused under the same key when it can', async () => {
    const go = Promise.withResolvers<void>();
    api.script(async (writer) => {
      writer.start();
      await go.promise;
      writer.text('ok').end();
    });
    const server = await serve({ maxRuns: 1 });
    const { runId } = await (await post(server, asked)).json();
    const refused = await post(server, asked, { 'idempotency-key': 'k-1' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    go.resolve();
    await messages(await server.request(`/api/runs/${runId}/stream`));
    await vi.waitFor(async () => expect((await post(server, asked, { 'idempotency-key': 'k-1' })).status).toBe(202));
  });
});

describe('a stream', () => {
  it('goes on behind Last-Event-ID, or behind after where there is none', async () => {
    api.script(says(['a', 'b', 'c']));
    const server = await serve();
    const { runId, after } = await (await post(server, asked)).json();
    const all = await messages(await server.request(`/api/runs/${runId}/stream`));
    const path = `/api/runs/${runId}/stream?after=${after + 1}`;
    expect(await messages(await server.request(path))).toEqual(all.slice(1));
    expect(await messages(await server.request(path, { headers: { 'Last-Event-ID': String(after + 3) } }))).toEqual(all.slice(3));
    for (const wrong of ['x', '-1', '99999999999999999']) {
      expect((await server.request(path, { headers: { 'Last-Event-ID': wrong } })).status).toBe(400);
      expect((await server.request(`/api/stream/s-1?after=${wrong}`)).status).toBe(400);
    }
  });

  it('says where events are missing', async () => {
    api.script(says(Array.from({ length: 20 }, String)));
    const server = await serve({ maxEvents: 3 });
    const { runId } = await (await post(server, asked)).json();
    await vi.waitFor(async () => expect((await messages(await server.request(`/api/runs/${runId}/stream`))).at(-1)?.event).toBe('end'));
    const [gap, next] = await messages(await server.request(`/api/runs/${runId}/stream?after=17`));
    expect([gap?.event, gap?.data]).toEqual(['gap', '{}']);
    expect(Number(next?.id)).toBe(Number(gap?.id) + 1);
  });

  it('is not there for a run that nobody knows, or that is another session’s', async () => {
    const server = await serve();
    const { runId } = await (await post(server, asked)).json();
    for (const path of ['/api/runs/gone/stream', '/api/stream/s-1?run=gone', `/api/stream/s-2?run=${runId}`]) {
      const response = await server.request(path);
      expect([response.status, (await response.json()).code]).toEqual([404, 'not_found']);
    }
    expect((await server.request(`/api/runs/${runId}/stream?run=x`)).status).toBe(400);
  });

  it('gives signs of life while nothing happens, and lets go of who left', async () => {
    const server = await serve({}, { heartbeatMs: 5 });
    const response = await server.request('/api/stream/s-1');
    const reader = response.body?.getReader();
    let text = '';
    while ((text.match(/: still here/g) ?? []).length < 3) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(server.streams()).toBe(1);
    await reader?.cancel();
    await vi.waitFor(() => expect(server.streams()).toBe(0));
  });

  it('is refused when as many as may be are open', async () => {
    const server = await serve({}, { maxStreams: 1 });
    const first = await server.request('/api/stream/s-1');
    const second = await server.request('/api/stream/s-2');
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '2']);
    await first.body?.cancel();
  });

  it('costs a buffer and no more when its reader reads nothing; is cut off; and nobody else waits for it', async () => {
    const model = endless(() => 'x'.repeat(4_000));
    const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
    const service = new InProcessAgentService({ provider, workflows: new Workflows([ask]), maxBytes: 1_000_000 });
    cleanups.push(() => service.close());
    /** How many events each stream was given, in the order of their opening. */
    const given: number[] = [];
    const counted: AgentService = {
      outlives: false,
      start: (request) => service.start(request),
      stop: (runId) => service.stop(runId),
      async *stream(of, options) {
        const nth = given.push(0) - 1;
        for await (const item of service.stream(of, options)) {
          given[nth] = (given[nth] ?? 0) + 1;
          yield item;
        }
      },
    };
    const server = await startAgentServer(counted, { stallMs: 1_500 });
    cleanups.push(() => server.close());
    const { runId } = await (await post(server, asked)).json();
    const stuck = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      httpRequest(`${server.url}/api/runs/${runId}/stream`, { headers }, resolve).on('error', reject).end();
    });
    cleanups.push(async () => stuck.destroy());
    stuck.on('error', () => {}).pause();
    const other = (await server.request(`/api/runs/${runId}/stream`)).body?.getReader();
    // The stream that is stuck is cut off only later, so both are open now.
    expect(server.streams()).toBe(2);
    while ((given[1] ?? 0) < 6_000) await other?.read();
    // 24 MB went by. What it was given is what both ends of its socket hold, 10 MB at most.
    expect(given[0]).toBeLessThan(3_000);
    await vi.waitFor(() => expect(server.streams()).toBe(1), 10_000);
    model.stop();
    while (!(await other?.read())?.done);
    expect(given[0]).toBeLessThan(3_000);
  });
});

describe('what is around it', () => {
  it('stops a run', async () => {
    endless();
    const server = await serve();
    const { runId } = await (await post(server, asked)).json();
    const reading = messages(await server.request(`/api/runs/${runId}/stream`));
    expect((await server.request(`/api/runs/${runId}`, { method: 'DELETE' })).status).toBe(204);
    expect(JSON.parse((await reading).at(-2)?.data ?? '').event).toMatchObject({ type: 'error', code: 'stopped' });
    expect((await server.request('/api/runs/nobody', { method: 'DELETE' })).status).toBe(204);
  });

  it.each([
    ['POST', '/api/workflow'],
    ['GET', '/api/stream/s-1'],
    ['GET', '/api/runs/r/stream'],
    ['DELETE', '/api/runs/r'],
  ])('needs the token for %s %s', async (method, path) => {
    const server = await serve();
    for (const token of ['', 'a-token-for-test', `${TOKEN}x`]) {
      const response = await server.request(path, { method, token });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="statechat"']);
    }
    expect(api.requests).toHaveLength(0);
  });

  it('says what there is, and which method', async () => {
    const server = await serve();
    const wrong = await server.request('/api/workflow');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await (await server.request('/api/sessions')).json()).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('agent-service.md'),
    });
  });

  it('says of a mistake of ours no more than the id of the request, and of "not now" when to come back', async () => {
    const failing = await startAgentServer({
      outlives: false,
      start: () => Promise.reject(new TypeError('secret internals')),
      stop: () => Promise.reject(new Unavailable('10.0.0.7 is away')),
      stream: () => {
        throw new TypeError('secret internals');
      },
    });
    cleanups.push(() => failing.close());
    const text = await (await post(failing, asked)).text();
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal' });
    expect(text).not.toContain('secret');
    expect((await failing.request('/api/stream/s')).status).toBe(500);
    expect((await failing.request('/api/runs/r', { method: 'DELETE' })).status).toBe(503);
  });

  it('is watched: alive, ready, counted', async () => {
    const server = await serve({}, { readiness: async () => ({ server: 'shutting down' }) });
    expect((await server.request('/healthz', { token: '' })).status).toBe(200);
    expect((await server.request('/readyz', { token: '' })).status).toBe(503);
    await post(server, asked);
    expect(await (await server.request('/metrics', { token: '' })).text()).toContain('route="/api/workflow"');
  });
});
