/**
 * Request handler of the webhook, for Express or Node's own server. It answers 200 if the update is
 * durable (or of no use, or a dead letter), and 503 if Telegram must send it again. Telegram keeps
 * a chat's updates in order by waiting for each answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidInput } from '#machines/errors.ts';
import { BodyTooLarge, requestBody } from '../request-body.ts';
import { decodeUpdateId } from './decode.ts';
import type { Inbox } from './inbox.ts';
import { SECRET_HEADER, secretMatches } from './verify.ts';

/** Bytes. Telegram's updates are a few KB. The longest message is 16 KB. */
const MAX_BODY = 1_048_576;

/** `body` is there if a JSON parser ran before. */
export type WebhookRequest = IncomingMessage & { readonly body?: unknown };
export type WebhookHandler = (request: WebhookRequest, response: ServerResponse) => void;

export function webhookHandler(inbox: Inbox, secret: string): WebhookHandler {
  const handle = async (request: WebhookRequest): Promise<{ status: number; error?: string }> => {
    if (request.method !== 'POST') return { status: 405, error: 'Telegram posts its updates' };
    if (!secretMatches(request.headers[SECRET_HEADER], secret))
      return { status: 401, error: 'the secret token is missing or wrong. Expected is the one that setWebhook received' };
    const update = await readJson(request);
    return (await inbox.offer(decodeUpdateId(update), update)) === 'again'
      ? { status: 503, error: 'not stored: send it again' }
      : { status: 200 };
  };
  return (request, response) => {
    handle(request)
      .catch((error: unknown) => {
        if (error instanceof BodyTooLarge) return { status: 413, error: error.message };
        if (error instanceof InvalidInput) return { status: 400, error: error.message };
        return { status: 503, error: 'the update could not be read: send it again' };
      })
      .then(({ status, error }) => {
        // What was not read of the body is not waited for.
        if (!request.complete) response.setHeader('connection', 'close');
        if (status === 405) response.setHeader('allow', 'POST');
        if (status === 503) response.setHeader('retry-after', '1');
        response.statusCode = status;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(error === undefined ? { ok: true } : { ok: false, error }));
      })
      .catch(() => response.destroy());
  };
}

async function readJson(request: WebhookRequest): Promise<unknown> {
  if (request.body !== undefined) return request.body;
  const body = await requestBody(request, MAX_BODY);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new InvalidInput('the body is not JSON', {}, error);
  }
}
