import { connect } from 'node:net';
import type { RequestHandler } from 'express';
import { Router } from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '#machines/secret.ts';
import { listen } from '#src/http/server.ts';
import { type Fixture, startApp } from './fixture.ts';

const running: { close(): Promise<unknown> }[] = [];
async function start(...parameters: Parameters<typeof startApp>): Promise<Fixture> {
  const app = await startApp(...parameters);
  running.push(app);
  return app;
}
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

describe('operation (R4)', () => {
  test('is alive, and ready when every part is', async () => {
    let fault: string | null = null;
    const app = await start({ readiness: async () => ({ store: fault }) });
    expect(await (await app.request('/healthz', { token: false })).json()).toEqual({ status: 'ok' });
    expect((await app.request('/readyz', { token: false })).status).toBe(200);
    fault = 'PostgreSQL does not answer.';
    const unready = await app.request('/readyz', { token: false });
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'not ready', checks: { store: fault } });
    expect((await app.request('/healthz')).status).toBe(200);
  });

  test('counts requests by route, not by path', async () => {
    const app = await start();
    await app.request('/api/sessions/nope');
    await app.request('/what/ever/1');
    await expect
      .poll(async () => (await app.request('/metrics', { token: false })).text())
      .toContain('statechat_http_request_seconds_count{method="GET",route="/api/sessions/:id",status="404"} 1');
    const page = await (await app.request('/metrics')).text();
    expect(page).toContain('route="other",status="404"');
    expect(page).not.toContain('what/ever');
  });
});

describe('the metrics', () => {
  test('are rendered once for all who ask within a second', async () => {
    let rendered = 0;
    const renderMetrics = async () => {
      rendered += 1;
      return { contentType: 'text/plain', body: `rendering ${rendered}` };
    };
    const app = await start({ renderMetrics });
    const bodies = await Promise.all(Array.from({ length: 10 }, async () => (await app.request('/metrics')).text()));
    expect(new Set(bodies)).toEqual(new Set(['rendering 1']));
    await expect.poll(async () => (await app.request('/metrics')).text()).toBe('rendering 2');
  });

  test('are rendered anew after a rendering that failed', async () => {
    let fails = true;
    const renderMetrics = async () => {
      if (fails) throw new Error('a gauge failed');
      return { contentType: 'text/plain', body: 'rendered' };
    };
    const app = await start({ renderMetrics });
    expect((await app.request('/metrics')).status).toBe(500);
    fails = false;
    expect(await (await app.request('/metrics')).text()).toBe('rendered');
  });

  test('need the token if one is set, and the probes do not', async () => {
    const app = await start({ metricsToken: new Secret('a-token-for-metrics') });
    expect((await app.request('/metrics', { token: false })).status).toBe(401);
    const refused = await app.request('/metrics');
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('STATECHAT_METRICS_TOKEN') });
    expect((await app.request('/metrics', { token: 'a-token-for-metrics' })).status).toBe(200);
    expect((await app.request('/readyz', { token: false })).status).toBe(200);
  });
});

describe('a proxy in front', () => {
  const warnings = ({ log }: Fixture): number => log.filter((line) => line.includes('STATECHAT_TRUSTED_PROXIES')).length;

  test('that is not trusted is reported once', async () => {
    const app = await start();
    await app.request('/healthz');
    expect(warnings(app)).toBe(0);
    for (let n = 0; n < 3; n += 1) await app.request('/healthz', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(warnings(app)).toBe(1);
  });

  test('that is trusted is not', async () => {
    const app = await start({ trustedProxies: 1 });
    await app.request('/healthz', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(warnings(app)).toBe(0);
  });
});

describe('every response', () => {
  test('carries a request id, which a proxy may choose, and strict headers', async () => {
    const app = await start();
    const response = await app.request('/healthz', { headers: { 'x-request-id': 'proxy-7' } });
    expect(response.headers.get('x-request-id')).toBe('proxy-7');
    expect((await app.request('/healthz', { headers: { 'x-request-id': 'a b\t<script>' } })).headers.get('x-request-id')).toMatch(
      /^[0-9a-f-]{36}$/,
    );
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const directive of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(directive);
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.has('x-powered-by')).toBe(false);
  });

  test('is logged without queries, headers or bodies', async () => {
    const app = await start();
    await app.request('/api/sessions?cursor=hunter2', { headers: { cookie: 'hunter2' } });
    await expect.poll(() => app.log.join('')).toContain('"path":"/api/sessions"');
    expect(app.log.join('')).not.toMatch(/hunter2|a-token-for-tests/);
  });

  test.each([
    ['GET', '/nothing', 404],
    ['GET', '/api/nothing', 404],
    ['GET', '/channels/fax/x', 404],
    ['GET', '/pages/../../package.json', 404],
    ['GET', '/pages/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404],
    ['GET', '/api/sessions/%', 400],
    ['DELETE', '/api/sessions', 405],
    ['GET', '/api/sessions/x/events', 405],
    ['POST', '/healthz', 405],
    ['POST', '/chat', 405],
  ])('of %s %s is a problem document: %i', async (method, path, status) => {
    const app = await start();
    const response = await app.request(path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = await response.json();
    expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    expect(problem.type).toBe(`urn:statechat:problem:${problem.code}`);
    if (status === 405) expect(response.headers.get('allow')).toMatch(/GET|POST/);
  });
});

describe('the pages', () => {
  test('are served, may stand in a frame only where they are the chat, and never change under their name', async () => {
    const app = await start();
    const chat = await app.request('/chat', { token: false });
    expect(await chat.text()).toContain('<title>Chat</title>');
    expect(chat.headers.get('cache-control')).toBe('no-cache');
    expect(chat.headers.get('content-security-policy')).toContain('frame-ancestors *');
    expect(chat.headers.has('x-frame-options')).toBe(false);
    const script = await app.request('/pages/chat-1a2b.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('x-frame-options')).toBe('DENY');
    const first = await app.request('/', { token: false });
    expect(await first.text()).toContain('<title>Start</title>');
    expect(first.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  test('name this machine’s files and process to callers on it, and to nobody else', async () => {
    const app = await start({ machine: { pid: 7, tokenFile: '/data/api-token', offline: true } });
    const local = async (headers: Record<string, string> = {}) =>
      (await (await app.request('/start.json', { token: false, headers })).json()).local;
    expect(await local()).toEqual({ pid: 7, tokenFile: '/data/api-token', offline: true });
    expect(await local({ 'x-forwarded-for': '203.0.113.7' })).toBeNull();
    expect(await local({ forwarded: 'for=203.0.113.7' })).toBeNull();
  });

  test('load pictures from the sites of the assistants’ avatars, and from no other', async () => {
    const app = await start({ imageOrigins: ['https://cdn.example.com'] });
    const policy = (await app.request('/chat', { token: false })).headers.get('content-security-policy');
    expect(policy).toContain("img-src 'self' data: blob: https://cdn.example.com;");
  });

  test('say how to build them when they are not', async () => {
    const app = await start({ pagesDir: '/nowhere' });
    expect(await (await app.request('/chat')).json()).toMatchObject({
      status: 404,
      detail: expect.stringContaining('npm run build:pages'),
    });
  });
});

test('channels are mounted, without the API token', async () => {
  const router = Router();
  router.post('/hello', (_request, response) => {
    response.json({ heard: true });
  });
  const app = await start({ routers: [{ path: '/channels/fax', router }] });
  expect(await (await app.request('/channels/fax/hello', { method: 'POST', token: false })).json()).toEqual({ heard: true });
});

describe('listening', () => {
  test('on a taken port says what to do', async () => {
    const first = await listen((_, response) => response.end(), { host: '127.0.0.1', port: 0 });
    running.push({ close: () => first.close(100) });
    await expect(listen(() => {}, { host: '127.0.0.1', port: first.port })).rejects.toMatchObject({
      code: 'cannot_listen',
      message: expect.stringContaining('set PORT'),
    });
    await expect(listen(() => {}, { host: '192.0.2.1', port: 0 })).rejects.toThrow(/set HOST/i);
  });

  test('ends with requests under way finished, idle connections closed and the endless cut', async () => {
    const asked: (() => void)[] = [];
    const server = await listen((request, response) => void (request.url === '/slow' && asked.push(() => response.end('done'))), {
      host: '127.0.0.1',
      port: 0,
    });
    const idle = connect(server.port, '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    const slow = fetch(`http://127.0.0.1:${server.port}/slow`, { headers: { connection: 'close' } });
    const endless = fetch(`http://127.0.0.1:${server.port}/endless`).then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => asked.length).toBe(1);
    const closed = server.close(500);
    asked[0]?.();
    expect(await (await slow).text()).toBe('done');
    await closed;
    await idleClosed;
    expect(await endless).toBe('cut');
  });
});

describe('behind a proxy', () => {
  test('a visitor has the address that the trusted proxies saw, and no other that it may claim', async () => {
    const seen: (string | undefined)[] = [];
    const router: RequestHandler = (request, response) => {
      seen.push(request.ip);
      response.end();
    };
    for (const trustedProxies of [0, 1]) {
      const app = await startApp({ trustedProxies, routers: [{ path: '/channels/test', router }] });
      await app.request('/channels/test', { headers: { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' } });
      await app.close();
    }
    expect(seen[0]).toMatch(/127\.0\.0\.1$/);
    expect(seen[1]).toBe('198.51.100.7');
  });
});
