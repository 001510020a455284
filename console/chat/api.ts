/** HTTP client of the web channel for the page. Nothing here throws but uploads. */
import { type FileRef, fileRefSchema, postFile } from '../media/uploads.ts';
import type { PostResult, Waiting } from './outbox.ts';
import { type Credentials, decodeCredentials, decodeLimits, decodeProblem, type UploadLimits } from './protocol.ts';

export const EVENTS_URL = '/channels/web/events';

export interface WebApi {
  createVisitor(request: { readonly assistant?: string; readonly locale?: string }): Promise<Credentials | PostResult>;
  postMessage(token: string, message: Pick<Waiting, 'id' | 'text' | 'files' | 'location' | 'replyTo'>): Promise<PostResult>;
  /** Rejects with words for the visitor. */
  upload(token: string, file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<FileRef>;
  /** Undefined if the server does not say. */
  limits(): Promise<UploadLimits | undefined>;
  file(token: string, id: string): Promise<FileResult>;
  /** Best effort. The next call makes up for a lost one. */
  signal(token: string, path: 'receipts' | 'typing', body: unknown): void;
}

/**
 * `gone` means that it does not exist any more, or is another visitor's. `later` means that a retry
 * may work in a moment.
 */
export type FileResult = { readonly outcome: 'taken'; readonly bytes: Blob } | { readonly outcome: 'gone' | 'later' };

/**
 * The server did not take a file. The message is its reason, in English, or empty if it may take it
 * later.
 */
export class UploadRefused extends Error {}

/** @param openRequest for uploads, because fetch does not say how far one is. */
export function webApi(http: typeof fetch, openRequest: () => XMLHttpRequest): WebApi {
  /**
   * A request without an answer after this time is given up. The next attempt carries the same id.
   */
  const timeoutMs = 20_000;
  /** A file over a poor connection. */
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
    async postMessage(token, { id, text, files = [], location, replyTo }) {
      try {
        const more = {
          ...(files.length === 0 ? {} : { files: files.map((file) => file.id) }),
          ...(location === undefined ? {} : { location }),
          ...(replyTo === undefined ? {} : { replyTo }),
        };
        const response = await post('messages', { id, text, ...more }, token);
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
    async upload(token, file, onProgress, signal) {
      const url = `/channels/web/files?name=${encodeURIComponent(file.name || 'file')}`;
      const { status, text } = await postFile(openRequest, { url, token, file, onProgress, signal });
      if (status === 201) return fileRefSchema.parse(JSON.parse(text));
      throw new UploadRefused(status === 429 || status >= 500 ? '' : decodeProblem(jsonOf(text)).detail);
    },
    async limits() {
      try {
        const response = await http('/channels/web/files', { signal: AbortSignal.timeout(timeoutMs) });
        return response.ok ? decodeLimits(await response.json()) : undefined;
      } catch {
        return undefined;
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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
