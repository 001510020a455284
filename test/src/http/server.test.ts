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
