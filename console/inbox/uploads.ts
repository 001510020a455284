/**
 * Uploads are the files that an agent attaches, from the choice to the server's answer. A file that
 * has arrived goes to the draft of its session.
 *
 * Invariant
 * A file that was cancelled never gets into a draft.
 */
import * as z from 'zod/mini';
import type { Token } from '../client/client.ts';
import { refusalOf } from './api-request.ts';
import { Observable } from './observable.ts';

export const fileRefSchema = z.object({ id: z.string(), name: z.string(), mimeType: z.string(), size: z.number() });
export type FileRef = z.infer<typeof fileRefSchema>;

/** Bytes of one file that the server takes. */
export const MAX_FILE = 5_000_000;
/** Files of one message. */
export const MAX_FILES = 10;

export interface Upload {
  readonly key: string;
  readonly sessionId: string;
  readonly name: string;
  /** Part of the bytes that was sent, from 0 to 1. */
  readonly progress: number;
  /** Why it was not taken. Undefined while it is under way. */
  readonly problem: string | undefined;
}

export type SendFile = (sessionId: string, file: File, onProgress: (part: number) => void, signal: AbortSignal) => Promise<FileRef>;

export interface UploadsParts {
  readonly send: SendFile;
  readonly onStored: (sessionId: string, file: FileRef) => void;
  readonly newId: () => string;
}

export class Uploads {
  readonly state = new Observable<readonly Upload[]>([]);
  readonly #parts: UploadsParts;
  readonly #aborts = new Map<string, AbortController>();

  constructor(parts: UploadsParts) {
    this.#parts = parts;
  }

  /** @param problemOf says why a file cannot be taken, before it is sent. */
  add(sessionId: string, files: readonly File[], problemOf: (file: File) => string | undefined): void {
    for (const file of files) {
      const key = this.#parts.newId();
      const problem = problemOf(file);
      this.state.set([...this.state.snapshot(), { key, sessionId, name: file.name, progress: 0, problem }]);
      if (problem === undefined) void this.#upload(key, sessionId, file);
    }
  }

  /** Cancels one that is under way, or forgets one that was refused. */
  remove(key: string): void {
    this.#aborts.get(key)?.abort();
    this.#aborts.delete(key);
    this.state.set(this.state.snapshot().filter((upload) => upload.key !== key));
  }

  stop(): void {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#aborts.clear();
  }

  async #upload(key: string, sessionId: string, file: File): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(key, abort);
    try {
      const stored = await this.#parts.send(sessionId, file, (progress) => this.#change(key, { progress }), abort.signal);
      if (abort.signal.aborted) return;
      this.remove(key);
      this.#parts.onStored(sessionId, stored);
    } catch (error) {
      if (!abort.signal.aborted) this.#change(key, { problem: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#aborts.delete(key);
    }
  }

  #change(key: string, part: Partial<Upload>): void {
    this.state.set(this.state.snapshot().map((upload) => (upload.key === key ? { ...upload, ...part } : upload)));
  }
}

/** Sends files by XMLHttpRequest, because fetch does not say how far it is. */
export function fileSender(open: () => XMLHttpRequest, token: () => Promise<Token | undefined>): SendFile {
  return async (sessionId, file, onProgress, signal) => {
    const known = await token();
    return new Promise((resolve, reject) => {
      const request = open();
      const path = `/sessions/${encodeURIComponent(sessionId)}/files?name=${encodeURIComponent(file.name)}`;
      request.open('POST', `/api${path}`);
      request.setRequestHeader('Authorization', `Bearer ${known?.token ?? ''}`);
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
      request.onload = () => {
        if (request.status < 200 || request.status > 299) return reject(refusalOf(path, request.status, request.responseText));
        try {
          resolve(fileRefSchema.parse(JSON.parse(request.responseText)));
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = () => reject(new Error('The server cannot be reached.'));
      request.onabort = () => reject(new Error('It was cancelled.'));
      signal.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  };
}
