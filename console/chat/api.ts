/** HTTP client of the web channel for the page. Nothing here throws. Every outcome is a value. */
import type { PostResult, Waiting } from './outbox.ts';
import { type Credentials, decodeCredentials, decodeProblem } from './protocol.ts';

export const EVENTS_URL = '/channels/web/events';

export interface WebApi {
  createVisitor(request: { readonly assistant?: string; readonly locale?: string }): Promise<Credentials | PostResult>;
  postMessage(token: string, message: Pick<Waiting, 'id' | 'text'>): Promise<PostResult>;
  file(token: string, id: string): Promise<FileResult>;
  /** Best effort. The next call makes up for a lost one. */
  signal(token: string, path: 'receipts' | 'typing', body: unknown): void;
}

/**
 * `gone` means that it does not exist any more, or is another visitor's. `later` means that a retry
 * may work in a moment.
 */
export type FileResult = { readonly outcome: 'taken'; readonly bytes: Blob } | { readonly outcome: 'gone' | 'later' };

export function webApi(http: typeof fetch): WebApi {
  /**
   * A request without an answer after this time is given up. The next attempt carries the same id.
   */
  const timeoutMs = 20_000;
  /** Five megabytes over a poor connection. */
  const fileTimeoutMs = 120_000;
  function post(path: string, body: unknown, token?: string, keepalive = false): Promise<Response> {
    return http(`/channels/web/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      keepalive,
      signal: AbortSignal.timeout(timeoutMs),
    });
  }
  return {
    async createVisitor(request) {
      try {
        const response = await post('visitors', request);
        if (!response.ok) return await refusal(response);
        return decodeCredentials(await response.json()) ?? { outcome: 'later' };
      } catch {
        return { outcome: 'later' };
      }
    },
    async postMessage(token, { id, text }) {
      try {
        const response = await post('messages', { id, text }, token);
        return response.ok ? { outcome: 'taken' } : await refusal(response);
      } catch {
        return { outcome: 'later' };
      }
    },
    async file(token, id) {
      try {
        const response = await http(`/channels/web/files/${encodeURIComponent(id)}`, {
          headers: { Authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(fileTimeoutMs),
        });
        if (response.ok) return { outcome: 'taken', bytes: await response.blob() };
        return { outcome: response.status === 404 || response.status === 401 ? 'gone' : 'later' };
      } catch {
        return { outcome: 'later' };
      }
    },
    signal(token, path, body) {
      post(path, body, token, true).catch(() => undefined);
    },
  };
}

async function refusal(response: Response): Promise<PostResult> {
  if (response.status === 401) return { outcome: 'expired' };
  if (response.status === 408 || response.status === 429 || response.status >= 500) {
    const seconds = Number(response.headers.get('retry-after'));
    return seconds > 0 ? { outcome: 'later', afterMs: Math.min(seconds, 120) * 1_000 } : { outcome: 'later' };
  }
  const { detail } = decodeProblem(await response.json().catch(() => undefined));
  return { outcome: 'refused', reason: detail };
}
