/**
 * Local server that speaks the wire format of the Messages API, so that tests use the real SDK. It
 * answers requests in the order of its script, records them, and knows whether the client left
 * before the answer was complete.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { isWhole } from '#test/torn-text.ts';
import { requestBody } from './messages-api-request.ts';
import { MessageWriter, type WireUsage } from './messages-api-wire.ts';

export interface RecordedRequest {
  readonly body: z.infer<typeof requestBody>;
  readonly headers: IncomingHttpHeaders;
  /**
   * Resolves when the connection of this request has ended, to whether it ended before the answer
   * was complete.
   */
  readonly closed: Promise<{ readonly aborted: boolean }>;
}

/** Answer to one request. Gates are promises that the script awaits between two writes. */
export type Reply = (writer: MessageWriter, response: ServerResponse) => void | Promise<void>;

/** A whole answer of these chunks. */
export function says(
  chunks: readonly string[],
  usage: { readonly start?: WireUsage; readonly end?: WireUsage; readonly stop?: string } = {},
): Reply {
  return (writer) =>
    writer
      .start(usage.start)
      .text(...chunks)
      .end(usage.stop, usage.end);
}

/** A refusal before the answer begins, e.g. 429, 500, 529. `retryAfter` in seconds. */
export function fails(status: number, type: string, message: string, retryAfter?: number): Reply {
  return (_writer, response) => sendError(response, status, type, message, retryAfter);
}

export class FakeMessagesApi {
  readonly requests: RecordedRequest[] = [];
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #key: string;
  readonly #script: Reply[] = [];
  #otherwise: Reply = says(['ok']);

  static async start(key = 'test-key'): Promise<FakeMessagesApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeMessagesApi(server, key);
  }

  private constructor(server: ReturnType<typeof createServer>, key: string) {
    this.#server = server;
    this.#key = key;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The fake Messages API is not listening.');
    this.url = `http://127.0.0.1:${address.port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendError(response, 500, 'api_error', String(error));
      });
    });
  }

  /** The next requests get these replies, one each. */
  script(...replies: readonly Reply[]): void {
    this.#script.push(...replies);
  }

  /** The next request gets the first half at once, and the rest when the result is called. */
  scriptHalves(first: string, rest: string): () => void {
    const gate = Promise.withResolvers<void>();
    this.script(async (writer) => {
      writer.start().text(first);
      await gate.promise;
      writer.text(rest).end();
    });
    return gate.resolve;
  }

  /** Answer to a request after the script is used up. At first the text "ok". */
  otherwise(reply: Reply): void {
    this.#otherwise = reply;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise<{ readonly aborted: boolean }>((resolve) => {
      response.on('close', () => resolve({ aborted: !response.writableFinished }));
    });
    // A script may continue to write after its client has left.
    response.on('error', () => undefined);
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (request.method !== 'POST' || request.url !== '/v1/messages') return sendError(response, 404, 'not_found_error', 'Not found');
    if (request.headers['x-api-key'] !== this.#key && request.headers.authorization !== `Bearer ${this.#key}`) {
      return sendError(response, 401, 'authentication_error', 'invalid API key');
    }
    const body: unknown = JSON.parse(text);
    if (!isWhole(body))
      return sendError(response, 400, 'invalid_request_error', 'The request body is not valid JSON: no low surrogate in string');
    const parsed = requestBody.safeParse(body);
    if (!parsed.success) return sendError(response, 400, 'invalid_request_error', z.prettifyError(parsed.error));
    this.requests.push({ body: parsed.data, headers: request.headers, closed });
    const reply = this.#script.shift() ?? this.#otherwise;
    await reply(new MessageWriter(response, parsed.data.model), response);
  }
}

function sendError(response: ServerResponse, status: number, type: string, message: string, retryAfter?: number): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_fake',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_fake' }));
}
