/** What stands in front of several instances and has one address: sends each request on to any of them, once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Dice } from '#test/faults/plan.ts';

export interface Balancer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startBalancer(urls: () => readonly string[], dice: Dice): Promise<Balancer> {
  const server = createServer(async (request, response) => {
    try {
      const secret = request.headers['x-telegram-bot-api-secret-token'];
      const answer = await fetch(`${dice.pick(urls())}${request.url}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(typeof secret === 'string' ? { 'x-telegram-bot-api-secret-token': secret } : {}),
        },
        body: new Uint8Array(await buffer(request)),
        signal: AbortSignal.timeout(10_000),
      });
      response.writeHead(answer.status).end(await answer.text());
    } catch {
      response.writeHead(502).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
