/**
 * The client of an agent process, if that process cannot be reached, is another program, or has
 * died.
 */
import { createServer, type RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { RemoteAgentService, type RemoteOptions } from '#agent-service/remote/service.ts';
import { InProcessAgentService, type ServiceOptions } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { ask, read, request, types } from '#test/contracts/agent-service-requests.ts';
import { freePort } from '#test/end-to-end/free-port.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { startLine } from '#test/faults/line.ts';
import { type AgentServer, startAgentServer, TOKEN } from './fixture.ts';

let api: FakeMessagesApi;
let cleanups: (() => Promise<unknown>)[];
beforeEach(async () => {
  api = await FakeMessagesApi.start();
  cleanups = [() => api.close()];
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Serving {
  readonly server: AgentServer;
  /** As `kill -9` would, it notifies nothing. */
  kill(): Promise<void>;
}

async function serve({
  port = 0,
  heartbeatMs = 15_000,
  ...options
}: Partial<ServiceOptions> & { port?: number; heartbeatMs?: number } = {}): Promise<Serving> {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const service = new InProcessAgentService({ provider, workflows: new Workflows([ask]), ...options });
  const server = await startAgentServer(service, { port, heartbeatMs });
  let killed = false;
  const kill = async (): Promise<void> => {
    if (killed) return;
    killed = true;
    await server.close();
    await service.close();
  };
  cleanups.push(kill);
  return { server, kill };
}

function client(url: string, options: Partial<RemoteOptions> = {}): RemoteAgentService {
  const made = new RemoteAgentService({ url, token: TOKEN, patienceMs: 400, ...options });
  cleanups.push(() => made.close(0));
  return made;
}

/** HTTP server that answers with the test's listener. */
async function impostor(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${Object(server.address()).port}`;
}

function halted(): () => void {
  const gate = Promise.withResolvers<void>();
  api.script(async (writer) => {
    writer.start().text('Half');
    await gate.promise;
    writer.text(' and half').end();
  });
  return gate.resolve;
}

describe('an agent process that cannot be reached', () => {
  it('is waited for, and found when it has come', async () => {
    const port = await freePort();
    const onError = vi.fn();
    const remote = client(`http://127.0.0.1:${port}`, { patienceMs: 10_000, onError });
    const starting = remote.start(request);
    await vi.waitFor(() => expect(onError).toHaveBeenCalled());
    await serve({ port });
    expect(types(await read(remote, await starting))).toEqual(['connected', 'chunk', 'usage', 'complete']);
  });

  it('is unavailable in the end, whatever is asked of it', async () => {
    const remote = client(`http://127.0.0.1:${await freePort()}`, { patienceMs: 150 });
    const unavailable = { name: 'Unavailable', code: 'unavailable', retryable: true };
    await expect(remote.start(request)).rejects.toMatchObject(unavailable);
    await expect(remote.stop('r')).rejects.toMatchObject(unavailable);
    await expect(read(remote, { runId: 'r' })).rejects.toMatchObject(unavailable);
  });

  it('is no reason to wait for who closes the client, or leaves the stream', async () => {
    const remote = client(`http://127.0.0.1:${await freePort()}`, { patienceMs: 60_000 });
    const leaving = new AbortController();
    const reading = read(remote, { runId: 'r' }, { signal: leaving.signal });
    leaving.abort();
    expect(await reading).toEqual([]);
    const stopping = remote.stop('r');
    await Promise.all([remote.close(20), expect(stopping).rejects.toMatchObject({ code: 'unavailable' })]);
  });

  it('that accepts and ends every stream at once is given up too', async () => {
    const url = await impostor((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 1000\n\n'),
    );
    await expect(read(client(url, { patienceMs: 150 }), { runId: 'r' })).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('an agent process of another version', () => {
  const earlier = [{ command: 'analyze', args: 'AAPL', at: 1, summary: 'Fine.' }];

  /** Answers as 0.1.0 does, whose body is strict. */
  async function older(bodies: unknown[]): Promise<string> {
    const known = z.strictObject({ sessionId: z.string(), workflowType: z.string(), params: z.json(), runId: z.string() });
    return impostor(async (asked, response) => {
      const body: unknown = await json(asked);
      bodies.push(body);
      const { data, error } = known.safeParse(body);
      const detail = error?.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
      response.setHeader('Content-Type', 'application/json').writeHead(data ? 202 : 400);
      response.end(JSON.stringify(data ? { ...data, after: 0 } : { code: 'invalid_input', detail: `${detail}.` }));
    });
  }

  it('that takes no earlier analyses is sent the run without them, under the same name', async () => {
    const bodies: object[] = [];
    const onError = vi.fn();
    const started = await client(await older(bodies), { onError }).start({ ...request, earlier });
    expect(bodies).toEqual([
      { ...request, earlier, runId: started.runId },
      { ...request, runId: started.runId },
    ]);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('older agent process'), expect.anything());
  });

  it('is sent once what it refuses for another reason', async () => {
    const bodies: object[] = [];
    const remote = client(await older(bodies));
    await expect(remote.start({ ...request, session: {} })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(bodies).toHaveLength(1);
  });

  it('may send what this one does not know', async () => {
    const { server } = await serve();
    const body = JSON.stringify({ ...request, ofLater: true });
    const answer = await server.request('/api/workflow', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    expect(answer.status).toBe(202);
  });
});

describe('an agent process that dies', () => {
  it('and comes back does not know the run: it is started again under its name', async () => {
    halted();
    const first = await serve({ port: await freePort() });
    const remote = client(first.server.url, { patienceMs: 10_000 });
    const { runId, after } = await remote.start({ ...request, runId: 'mine' });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const item of remote.stream({ runId }, { after })) seen.push('gap' in item ? 'gap' : item.event.type);
    })();
    await vi.waitFor(() => expect(seen).toEqual(['connected', 'chunk']));
    const { port } = first.server;
    await first.kill();
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
    await serve({ port });
    await expect(reading).rejects.toMatchObject({ name: 'StatechatError', code: 'not_found' });
    const again = await remote.start({ ...request, runId: 'mine' });
    expect(types(await read(remote, { runId }, again))).toEqual(['connected', 'chunk', 'usage', 'complete']);
  });

  it('and comes back says that events of a session are missing', async () => {
    const first = await serve({ port: await freePort() });
    const remote = client(first.server.url, { patienceMs: 10_000 });
    await read(remote, await remote.start(request));
    const seen: string[] = [];
    const leaving = new AbortController();
    const reading = (async () => {
      for await (const item of remote.stream({ sessionId: 's-1' }, { signal: leaving.signal }))
        seen.push('gap' in item ? 'gap' : item.event.type);
    })();
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    const { port } = first.server;
    await first.kill();
    await serve({ port });
    await remote.start(request);
    await vi.waitFor(() => expect(seen.slice(4)).toEqual(['gap', 'connected', 'chunk', 'usage', 'complete']), 10_000);
    leaving.abort();
    await reading;
  });
});

describe('a connection', () => {
  it('that is silent is made anew, and the stream goes on where it was', async () => {
    const go = halted();
    const { server } = await serve({ heartbeatMs: 20 });
    const line = await startLine(server.port);
    cleanups.push(() => line.close());
    const remote = client(`http://127.0.0.1:${line.port}`, { silenceMs: 300, patienceMs: 20_000 });
    const { runId, after } = await remote.start(request);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const item of remote.stream({ runId }, { after })) seen.push('gap' in item ? 'gap' : item.event.type);
    })();
    await vi.waitFor(() => expect(seen).toEqual(['connected', 'chunk']));
    line.set({ kind: 'half-open', swallows: 'answers' });
    go();
    line.set({ kind: 'well' });
    await reading;
    expect(seen).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
  });

  it('on which nothing happens but signs of life is kept', async () => {
    const go = halted();
    const { server } = await serve({ heartbeatMs: 20 });
    const onError = vi.fn();
    const remote = client(server.url, { silenceMs: 600, onError });
    const { runId } = await remote.start(request);
    setTimeout(go, 1_000);
    expect(types(await read(remote, { runId })).at(-1)).toBe('complete');
    expect(onError).not.toHaveBeenCalled();
  });

  it('whose reader takes its time is not taken for silent', async () => {
    const { server } = await serve({ heartbeatMs: 20 });
    const onError = vi.fn();
    const remote = client(server.url, { silenceMs: 600, onError });
    const { runId } = await remote.start(request);
    const seen: string[] = [];
    for await (const item of remote.stream({ runId })) {
      seen.push('gap' in item ? 'gap' : item.event.type);
      if (seen.length === 2) await new Promise((resolve) => setTimeout(resolve, 900));
    }
    expect(seen).toEqual(['connected', 'chunk', 'usage', 'complete']);
    expect(onError).not.toHaveBeenCalled();
  });

  it('whose data lie in the socket while this process is busy is not taken for silent', async () => {
    const go = halted();
    const { server } = await serve({ heartbeatMs: 20 });
    const onError = vi.fn();
    const remote = client(server.url, { silenceMs: 200, onError });
    const { runId } = await remote.start(request);
    const seen: string[] = [];
    for await (const item of remote.stream({ runId })) {
      seen.push('gap' in item ? 'gap' : item.event.type);
      if (seen.length !== 2) continue;
      // Busy while the client waits for what comes next.
      setTimeout(() => {
        for (const until = performance.now() + 500; performance.now() < until; );
        go();
      }, 50);
    }
    expect(seen).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
    expect(onError).not.toHaveBeenCalled();
  });

  it('is closed when its reader leaves', async () => {
    const { server } = await serve();
    const remote = client(server.url);
    const reader = remote.stream({ sessionId: 's-1' })[Symbol.asyncIterator]();
    await remote.start(request);
    await reader.next();
    expect(server.streams()).toBe(1);
    await reader.return?.(undefined);
    await vi.waitFor(() => expect(server.streams()).toBe(0));
  });
});

describe('what is no agent process of ours', () => {
  it.each<[string, RequestListener]>([
    ['another program', (_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nginx</h1>')],
    ['an answer of another shape', (_request, response) => response.writeHead(200).end('{"ok":true}')],
    ['an answer that is no JSON', (_request, response) => response.writeHead(200).end('<html>')],
    ['a redirection', (_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end()],
  ])('is not retried for ever: %s', async (_name, listener) => {
    const remote = client(await impostor(listener), { patienceMs: 100 });
    await expect(remote.start(request)).rejects.toMatchObject({ code: expect.stringMatching(/^(refused|unavailable)$/) });
  });

  it.each([
    ['no JSON', 'id: 1\ndata: nonsense\n\n'],
    ['an unknown event', 'id: 1\ndata: {"runId":"r","event":{"type":"dance"}}\n\n'],
    ['no id', 'data: {"runId":"r","event":{"type":"thinking","turn":1,"text":""}}\n\n'],
  ])('is refused when its stream has %s', async (_name, frame) => {
    const url = await impostor((_request, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(frame));
    await expect(read(client(url), { runId: 'r' })).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
      message: expect.stringContaining('same version'),
    });
  });

  it('is passed over where a later version has more to say', async () => {
    const url = await impostor((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('event: news\ndata: {}\n\nevent: end\ndata: {}\n\n'),
    );
    expect(await read(client(url), { runId: 'r' })).toEqual([]);
  });

  it('says which setting is wrong when the token is, and never shows it', async () => {
    const { server } = await serve();
    const error: unknown = await client(server.url, { token: 'another-token-of-16' })
      .start(request)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'refused',
      retryable: false,
      expose: false,
      message: expect.stringContaining('STATECHAT_API_TOKEN'),
    });
    expect(String(Object(error).stack)).not.toContain('another-token');
  });

  it('is not asked for an id that a path cannot have', async () => {
    const { server } = await serve();
    for (const id of ['', '.', '..', 'x'.repeat(201)])
      await expect(read(client(server.url), { runId: id })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
