/** A small server with the real web channel and the built page, and a fake backend. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { type WebChannel, webChannel } from '#channels/web/adapter.ts';
import type { WebLimits } from '#channels/web/limits.ts';
import { pagesRouter } from '#src/http/pages.ts';
import { securityHeaders } from '#src/http/security.ts';
import { FakeBackend } from '#test/channels/web/fake-backend.ts';

const PAGES = fileURLToPath(new URL('../../console/dist/', import.meta.url));

export interface ChatServer {
  readonly url: string;
  readonly backend: FakeBackend;
  readonly channel: WebChannel;
  /** The paths of all POST requests so far. */
  readonly posts: string[];
  /** Breaks every connection, as a network does. */
  cut(): void;
  close(): Promise<void>;
}

export async function startChatServer(limits: Partial<WebLimits> = {}): Promise<ChatServer> {
  const backend = new FakeBackend();
  const channel = webChannel({
    feed: backend.feed,
    files: backend.files,
    tokenSecret: 'a secret of the tests that is long enough',
    limits: { messagesPerMinute: 1_000, ...limits },
  });
  const posts: string[] = [];
  const app = express();
  app.use(securityHeaders());
  app.use((request, _response, next) => {
    if (request.method === 'POST') posts.push(request.path);
    next();
  });
  app.use('/channels/web', channel.router);
  app.use(pagesRouter(PAGES));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await channel.start(backend.intake);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return {
    url: `http://127.0.0.1:${address.port}`,
    backend,
    channel,
    posts,
    cut: () => server.closeAllConnections(),
    async close() {
      await channel.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
