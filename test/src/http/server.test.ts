import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listen } from '#src/http/server.ts';

/** Milliseconds. Longer than anything that has to end by itself. */
const GRACE = 20_000;
const SOON = 5_000;

test('a connection that has asked nothing does not hold up a drain', async () => {
  const server = await listen((_request, response) => response.end('yes'), { host: '127.0.0.1', port: 0 });
  const silent = connect(server.port, '127.0.0.1');
  await Promise.all([once(silent, 'connect'), once(server.server, 'connection')]);
  const closed = once(silent, 'close');
  const before = performance.now();
  await server.close(GRACE);
  await closed;
  expect(performance.now() - before).toBeLessThan(SOON);
});

test('a request under way is answered, and its connection closed then, though its client would keep it', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const server = await listen(
    async (_request, response) => {
      asked.resolve();
      await answer.promise;
      response.end('yes');
    },
    { host: '127.0.0.1', port: 0 },
  );
  const agent = new Agent({ keepAlive: true });
  const request = get(server.url, { agent });
  const answered = once(request, 'response').then(([response]) => text(response));
  await asked.promise;
  const before = performance.now();
  const closed = server.close(GRACE);
  answer.resolve();
  expect(await answered).toBe('yes');
  await closed;
  expect(performance.now() - before).toBeLessThan(SOON);
  agent.destroy();
});

test.each([
  ['headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf'],
])('a caller that takes too long for %s is cut off soon after its time', async (_, sent) => {
  const timeouts = { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 };
  const server = await listen((request, response) => request.on('end', () => response.end()).resume(), {
    host: '127.0.0.1',
    port: 0,
    timeouts,
  });
  const slow = connect(server.port, '127.0.0.1');
  const before = performance.now();
  slow.write(sent);
  expect(await text(slow)).toContain('408 Request Timeout');
  expect(performance.now() - before).toBeLessThan(SOON);
  await server.close(GRACE);
});

test('more connections than the bound are closed, and the others are answered', async () => {
  const server = await listen((_request, response) => response.end('yes'), { host: '127.0.0.1', port: 0, maxConnections: 2 });
  const open = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')];
  await Promise.all([...open.map((socket) => once(socket, 'connect')), once(server.server, 'connection')]);
  const dropped = once(server.server, 'drop');
  const third = connect(server.port, '127.0.0.1');
  await Promise.all([dropped, once(third, 'close')]);
  open[0]?.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await text(open[0] ?? third)).toContain('yes');
  await server.close(GRACE);
});
