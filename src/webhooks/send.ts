/**
 * Sends one signed body to one URL.
 *
 * Invariants
 * 1. A redirect is not followed, because it could lead inside.
 * 2. It ends within `timeoutMs`, however slowly the receiver answers.
 * 3. No more of an answer is kept than its first characters.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { wellFormed } from '#machines/text.ts';
import { type AddressGuard, InternalAddress } from './address-guard.ts';

export interface Answer {
  /** Null if none came. */
  readonly status: number | null;
  /** Why there is none, or why this one is no success. Null for a success. */
  readonly reason: string | null;
  readonly retryAfter: string | undefined;
  readonly latencyMs: number;
  readonly answer: string;
}

export interface Sender {
  /** Never rejects. */
  send(url: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface SenderOptions {
  readonly guard: AddressGuard;
  readonly timeoutMs: number;
  readonly userAgent: string;
}

/** Characters of an answer that are kept. */
const KEPT = 500;
const MAX_REASON = 300;

export function createSender({ guard, timeoutMs, userAgent }: SenderOptions): Sender {
  // A connection that is kept leads to the address that was checked when it was made.
  const options = { keepAlive: true, maxSockets: 32, maxFreeSockets: 8, timeout: 30_000, lookup: guard.lookup };
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };

  return {
    async send(text, headers, body, signal) {
      const began = performance.now();
      const done = (rest: Pick<Answer, 'status' | 'reason'> & Partial<Answer>): Answer => ({
        retryAfter: undefined,
        answer: '',
        ...rest,
        latencyMs: Math.round(performance.now() - began),
      });
      const url = new URL(text);
      const refusal = guard.refusal(url);
      if (refusal !== undefined) return done({ status: null, reason: `not sent, because ${refusal}` });
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const [response, answer] = await post(url, headers, body, limit);
        const { statusCode: status = 0, headers: answered } = response;
        const reason = reasonFor(status);
        const retryAfter = answered['retry-after'];
        return done({ status, reason, answer, retryAfter });
      } catch (error) {
        return done({ status: null, reason: reasonOf(error, limit, timeoutMs) });
      }
    },

    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };

  function post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<[IncomingMessage, string]> {
    const bytes = Buffer.from(body);
    const all = { ...headers, 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': userAgent };
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const given = { method: 'POST', headers: all, signal, agent: secure ? agents.https : agents.http };
      const request = (secure ? httpsRequest : httpRequest)(url, given, (response) => {
        let kept = '';
        const answered = (): void => resolve([response, wellFormed(kept.slice(0, KEPT))]);
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          kept += chunk;
          if (kept.length < KEPT) return;
          answered();
          // What is longer is not read, and the connection is not used again.
          response.destroy();
        });
        response.on('error', reject);
        response.on('end', answered);
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }
}

function reasonFor(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `redirects are not followed (${status})`;
  return `answered ${status}`;
}

function reasonOf(error: unknown, limit: AbortSignal, timeoutMs: number): string {
  if (error instanceof InternalAddress) return `not sent, because ${error.message}`;
  if (limit.aborted) return `no answer within ${timeoutMs / 1_000} s`;
  const code: unknown = Reflect.get(Object(error), 'code');
  const message = error instanceof Error ? error.message : String(error);
  return (typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message).slice(0, MAX_REASON);
}
