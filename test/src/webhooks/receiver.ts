/**
 * A receiver of webhooks on this machine, which answers as a test says and remembers what it got.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: { readonly session?: { readonly id: string; readonly seq: number } };
  };
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Receiver {
  readonly url: string;
  /** Everything, also what it answered with an error. */
  readonly requests: Received[];
  /** What it answered with 2xx. */
  readonly taken: Received[];
  connections: number;
  reply: (request: Received) => Reply | Promise<Reply>;
  close(): Promise<void>;
}

export async function startReceiver(host = '127.0.0.1', port = 0): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      const received: Received = { headers: request.headers, text, body: JSON.parse(text || '{}') };
      receiver.requests.push(received);
      const { status, headers, body = '' } = await receiver.reply(received);
      if (status >= 200 && status < 300) receiver.taken.push(received);
      response.writeHead(status, headers).end(body);
    });
  });
  server.on('connection', () => {
    receiver.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const receiver: Receiver = {
    url: `http://${host}:${(server.address() as AddressInfo).port}/hook`,
    requests: [],
    taken: [],
    connections: 0,
    reply: () => ({ status: 200 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** Throws unless the library of Standard Webhooks accepts the signature. */
export function verify(secret: string, { text, headers }: Received): void {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  new Webhook(secret).verify(text, given);
}

export function ids(received: readonly Received[]): string[] {
  return received.map(({ headers }) => String(headers['webhook-id']));
}
