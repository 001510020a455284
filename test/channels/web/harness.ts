/** Web channel over real HTTP, with a fake backend. */
import { createServer, type Server } from 'node:http';
import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import express from 'express';
import { type WebChannel, type WebChannelOptions, webChannel } from '#channels/web/adapter.ts';
import { FakeBackend } from './fake-backend.ts';

export const SECRET = 'a secret of the tests that is long enough';

export interface WebHarness extends AsyncDisposable {
  readonly backend: FakeBackend;
  readonly channel: WebChannel;
  readonly errors: unknown[];
  readonly url: string;
  visitor(body?: unknown): Promise<{ readonly visitor: string; readonly token: string }>;
  call(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; raw?: BodyInit; headers?: Record<string, string> },
  ): Promise<Response>;
  /** Events of a stream, until the returned object is disposed of. */
  listen(token: string, headers?: Record<string, string>): Promise<Listener>;
}

export interface Listener {
  readonly response: Response;
  /** Next event. Rejects if the stream ended. */
  next(): Promise<EventSourceMessage>;
  /** Resolves when the server has ended the stream, with the last `retry:` that it gave. */
  ended(): Promise<number | undefined>;
  readonly comments: string[];
  close(): void;
}

export async function webHarness(options: Partial<WebChannelOptions> & { start?: boolean } = {}): Promise<WebHarness> {
  const backend = new FakeBackend(options.now);
  const errors: unknown[] = [];
  const channel = webChannel({
    feed: backend.feed,
    files: backend.files,
    uploads: backend.uploads,
    tokenSecret: SECRET,
    onError: (error) => errors.push(error),
    ...options,
  });
  const app = express();
  app.use('/channels/web', channel.router);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${port(server)}/channels/web`;
  if (options.start !== false) await channel.start(backend.intake);
  const listeners: Listener[] = [];

  const harness: WebHarness = {
    backend,
    channel,
    errors,
    url,
    async visitor(body = {}) {
      const response = await harness.call('POST', '/visitors', { body });
      if (response.status !== 201) throw new Error(`POST /visitors: ${response.status} ${await response.text()}`);
      return decodeVisitor(await response.json());
    },
    call(method, path, { token, body, raw, headers } = {}) {
      return fetch(url + path, {
        method,
        headers: {
          ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(raw === undefined ? (body === undefined ? {} : { body: JSON.stringify(body) }) : { body: raw }),
      });
    },
    async listen(token, headers = {}) {
      const abort = new AbortController();
      const response = await fetch(`${url}/events`, { headers: { Authorization: `Bearer ${token}`, ...headers }, signal: abort.signal });
      const comments: string[] = [];
      let retry: number | undefined;
      const reader = response.body
        ?.pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream({ onRetry: (ms) => (retry = ms), onComment: (comment) => comments.push(comment) }))
        .getReader();
      if (reader === undefined) throw new Error('the stream has no body');
      const listener: Listener = {
        response,
        comments,
        async next() {
          const { value } = await reader.read();
          if (value === undefined) throw new Error('the stream has ended');
          return value;
        },
        async ended() {
          while (!(await reader.read()).done);
          return retry;
        },
        close: () => abort.abort(),
      };
      listeners.push(listener);
      return listener;
    },
    async [Symbol.asyncDispose]() {
      for (const listener of listeners) listener.close();
      await channel.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
  return harness;
}

function port(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

function decodeVisitor(body: unknown): { visitor: string; token: string } {
  return body as { visitor: string; token: string };
}
