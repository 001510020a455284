/** A small server with the real web channel and the built page, and a fake backend. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { companion } from '#assistants/companion/assistant.ts';
import { stockAnalyst } from '#assistants/stock-analyst/assistant.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { type WebChannel, webChannel } from '#channels/web/adapter.ts';
import type { WebLimits } from '#channels/web/limits.ts';
import { pagesRouter, type ThisMachine } from '#src/http/pages.ts';
import { securityHeaders } from '#src/http/security.ts';
import { assistantFaces } from '#src/web/assistant-faces.ts';
import { FakeBackend } from '#test/channels/web/fake-backend.ts';

/** What the start page shows to people on the machine of the tests. */
export const MACHINE: ThisMachine = { pid: 4_242, tokenFile: "/home/it's me/.statechat/api-token", offline: true };
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

/** The assistants that come with the program, while the offline model answers. */
const { faces } = assistantFaces({
  assistants: [companion, stockAnalyst({ marketData: sampleMarketData(), now: Date.now })],
  bindings: [],
  defaultName: 'companion',
  offline: true,
});

export async function startChatServer(limits: Partial<WebLimits> = {}): Promise<ChatServer> {
  const backend = new FakeBackend();
  const channel = webChannel({
    feed: backend.feed,
    files: backend.files,
    uploads: backend.uploads,
    faces,
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
  app.use(pagesRouter(PAGES, MACHINE));
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
