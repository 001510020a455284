/**
 * Local HTTP server that answers JSON, for fakes of data providers. A scripted answer takes
 * precedence over the provider's.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';

export interface ProviderRequest {
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** As JSON, unless it is text already. */
  readonly body: unknown;
}

/** `hang` accepts the connection and never answers. `cut` ends it within the body. */
type Next = Answer | 'hang' | 'cut';

/** What a request gets, at once or in its time. */
type Answering = (request: ProviderRequest) => Answer | Promise<Answer>;

export class JsonProvider {
  readonly requests: ProviderRequest[] = [];
  readonly url: string;
  readonly #server: Server;
  #next: Next | undefined;

  static async start(answer: Answering): Promise<JsonProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new JsonProvider(server, answer);
  }

  private constructor(server: Server, answer: Answering) {
    this.#server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.url = `http://127.0.0.1:${address.port}`;
    server.on('request', (incoming, response) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '/', this.url);
      const request = { path: pathname, query: searchParams };
      this.requests.push(request);
      Promise.resolve(this.#next ?? answer(request)).then((next) => send(response, next));
    });
  }

  /** From now on, for every request. Undefined restores the provider's answers. */
  says(next: Next | undefined): void {
    this.#next = next;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function send(response: ServerResponse, next: Next): void {
  if (next === 'hang') return;
  if (next === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('[{"symbol":', () => response.destroy());
    return;
  }
  response.writeHead(next.status ?? 200, { 'content-type': 'application/json', ...next.headers });
  response.end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body));
}
