/**
 * Load balancer in front of several instances, with one address, which sends each request to any of
 * them. As providers that deliver at least once do, it sends some requests to two instances at
 * once, and some again long after later ones.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Dice } from '#test/faults/plan.ts';

export interface Balancer {
  readonly url: string;
  close(): Promise<void>;
}

/** Headers by which a provider shows who it is. */
const PROOFS = ['x-telegram-bot-api-secret-token', 'x-hub-signature-256'] as const;
/** Requests that may be sent again. */
const REMEMBERED = 50;

interface Passed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export async function startBalancer(urls: () => readonly string[], dice: Dice): Promise<Balancer> {
  const taken: Passed[] = [];
  const again = new Set<Promise<unknown>>();

  async function pass({ path, headers, body }: Passed): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${dice.pick(urls())}${path}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, text: await answer.text() };
  }

  /** The result is ignored, because the sender receives the answer of the first request. */
  function repeat(request: Passed): void {
    const repeated = pass(request)
      .catch(() => {})
      .finally(() => again.delete(repeated));
    again.add(repeated);
  }

  const server = createServer(async (request, response) => {
    try {
      const proofs = PROOFS.flatMap((name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      });
      const headers = { 'content-type': 'application/json', ...Object.fromEntries(proofs) };
      const passed = { path: request.url ?? '/', headers, body: new Uint8Array(await buffer(request)) };
      if (dice.chance(0.1)) repeat(passed);
      const { status, text } = await pass(passed);
      response.writeHead(status).end(text);
      if (status !== 200) return;
      if (taken.push(passed) > REMEMBERED) taken.shift();
      if (dice.chance(0.2)) repeat(dice.pick(taken));
    } catch {
      response.writeHead(502).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await Promise.all(again);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
