/**
 * Request handler of the webhook, for Express or Node's own server. It answers the handshake, and
 * 200 to a webhook if all of its entries are durable (or of no use, or dead letters), and 503 if
 * WhatsApp must send it again. What was taken already is found by its id then.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidInput } from '#machines/errors.ts';
import type { ChannelLog } from '../log.ts';
import { BodyTooLarge, requestBody } from '../request-body.ts';
import { decodeWebhook } from './decode.ts';
import type { Inbox } from './inbox.ts';
import { SIGNATURE_HEADER, signatureMatches, tokenMatches } from './verify.ts';

/** Bytes. Meta posts at most 3 MB. */
const MAX_BODY = 4 * 1_048_576;

export type WebhookHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface WebhookOptions {
  readonly inbox: Inbox;
  /** The phone number id. */
  readonly account: string;
  readonly appSecret: string;
  readonly verifyToken: string;
  readonly log: ChannelLog;
}

interface Answer {
  readonly status: number;
  readonly error?: string;
  /** Plain text, in place of JSON. */
  readonly text?: string;
}

export function webhookHandler(options: WebhookOptions): WebhookHandler {
  const handle = async (request: IncomingMessage): Promise<Answer> => {
    if (request.method === 'GET') return handshake(request, options);
    if (request.method !== 'POST') return { status: 405, error: 'WhatsApp posts its webhooks' };
    return await receive(request, options);
  };
  return (request, response) => {
    handle(request)
      .catch((error: unknown): Answer => {
        if (error instanceof BodyTooLarge) return { status: 413, error: error.message };
        if (error instanceof InvalidInput) return { status: 400, error: error.message };
        options.log.warn({ error }, 'a whatsapp webhook could not be read and will come again');
        return { status: 503, error: 'the webhook could not be read: send it again' };
      })
      .then(({ status, error, text }) => {
        // What was not read of the body is not waited for.
        if (!request.complete) response.setHeader('connection', 'close');
        if (status === 405) response.setHeader('allow', 'GET, POST');
        if (status === 503) response.setHeader('retry-after', '1');
        response.setHeader('x-content-type-options', 'nosniff');
        response.statusCode = status;
        response.setHeader('content-type', text === undefined ? 'application/json' : 'text/plain; charset=utf-8');
        response.end(text ?? JSON.stringify(error === undefined ? { ok: true } : { ok: false, error }));
      })
      .catch(() => response.destroy());
  };
}

/** Meta sends it when the address is entered in the app's dashboard. */
function handshake(request: IncomingMessage, { verifyToken, log }: WebhookOptions): Answer {
  const query = new URL(request.url ?? '/', 'http://webhook').searchParams;
  const challenge = query.get('hub.challenge') ?? '';
  if (query.get('hub.mode') !== 'subscribe' || !/^[\w.-]{1,200}$/.test(challenge))
    return { status: 400, error: 'this is the webhook of WhatsApp: hub.mode=subscribe, hub.verify_token and hub.challenge are expected' };
  if (!tokenMatches(query.get('hub.verify_token'), verifyToken)) {
    log.warn({}, 'the handshake of a whatsapp webhook has another token than WHATSAPP_CLOUD_VERIFY_TOKEN');
    return { status: 403, error: 'hub.verify_token is missing or wrong. Expected is WHATSAPP_CLOUD_VERIFY_TOKEN' };
  }
  return { status: 200, text: challenge };
}

async function receive(request: IncomingMessage, { inbox, account, appSecret, log }: WebhookOptions): Promise<Answer> {
  const body = await requestBody(request, MAX_BODY);
  if (!signatureMatches(request.headers[SIGNATURE_HEADER], body, appSecret)) {
    log.warn({ bytes: body.length }, 'a whatsapp webhook has no signature of WHATSAPP_CLOUD_APP_SECRET, and was refused');
    return { status: 401, error: `${SIGNATURE_HEADER} is missing or wrong. Expected is a signature by the secret of the app` };
  }
  const outcomes = await Promise.all(decodeWebhook(parse(body), account).map((entry) => inbox.offer(entry)));
  return outcomes.includes('again') ? { status: 503, error: 'not all of it was stored: send it again' } : { status: 200 };
}

/** A null means the same as a field that is not there. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'), (_name, value: unknown) => (value === null ? undefined : value));
  } catch (error) {
    throw new InvalidInput('the body is not JSON', {}, error);
  }
}
