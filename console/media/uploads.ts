/**
 * Uploads are the files that a writer attaches, from the choice to the server's answer. A file that
 * has arrived goes to the draft that it was chosen for.
 *
 * Invariants
 * 1. A file that was cancelled never gets into a draft.
 * 2. A file that was not cancelled is in this list or in the draft at every moment.
 */
import * as z from 'zod/mini';
import { Observable } from '../inbox/observable.ts';

export const fileRefSchema = z.object({ id: z.string(), name: z.string(), mimeType: z.string(), size: z.number() });
export type FileRef = z.infer<typeof fileRefSchema>;

export interface Upload {
  readonly key: string;
  /** Id of the session of the draft. */
  readonly sessionId: string;
  readonly name: string;
  /** Part of the bytes that was sent, from 0 to 1. */
  readonly progress: number;
  /** Why it was not taken. Undefined while it is under way or stored. */
  readonly problem: string | undefined;
  /** Another attempt may work. */
  readonly canRetry: boolean;
  /** As the server has it. */
  readonly stored: FileRef | undefined;
}

/** Neither stored nor refused so far. */
export function isUnderWay({ problem, stored }: Upload): boolean {
  return problem === undefined && stored === undefined;
}

export type SendFile = (sessionId: string, file: File, onProgress: (part: number) => void, signal: AbortSignal) => Promise<FileRef>;

export interface UploadsParts {
  readonly send: SendFile;
  /** The draft takes the file here, before this list lets it go. */
  readonly onStored: (sessionId: string, file: FileRef) => void;
  /** What is stored stays in the list until it is removed. Default is false. */
  readonly keepsStored?: boolean;
  readonly newId: () => string;
}

interface Attempt {
  readonly file: File;
  readonly abort: AbortController;
}

export class Uploads {
  readonly state = new Observable<readonly Upload[]>([]);
  readonly #parts: UploadsParts;
  readonly #attempts = new Map<string, Attempt>();

  constructor(parts: UploadsParts) {
    this.#parts = parts;
  }

  /** @param problemOf says why a file cannot be taken, before it is sent. */
  add(sessionId: string, files: readonly File[], problemOf: (file: File) => string | undefined): void {
    for (const file of files) {
      const key = this.#parts.newId();
      const problem = problemOf(file);
      this.state.set([
        ...this.state.snapshot(),
        { key, sessionId, name: file.name, progress: 0, problem, canRetry: false, stored: undefined },
      ]);
      if (problem === undefined) void this.#upload(key, sessionId, file);
    }
  }

  /** Sends one again that was not taken. */
  retry(key: string): void {
    const upload = this.state.snapshot().find((one) => one.key === key);
    const known = this.#attempts.get(key);
    if (upload?.canRetry !== true || known === undefined) return;
    this.#change(key, { problem: undefined, canRetry: false, progress: 0 });
    void this.#upload(key, upload.sessionId, known.file);
  }

  /** Cancels one that is under way, or forgets one that was refused or is stored. */
  remove(key: string): void {
    this.#attempts.get(key)?.abort.abort();
    this.#attempts.delete(key);
    this.state.set(this.state.snapshot().filter((upload) => upload.key !== key));
  }

  stop(): void {
    for (const { abort } of this.#attempts.values()) abort.abort();
    this.#attempts.clear();
  }

  async #upload(key: string, sessionId: string, file: File): Promise<void> {
    const abort = new AbortController();
    this.#attempts.set(key, { file, abort });
    try {
      const stored = await this.#parts.send(sessionId, file, (progress) => this.#change(key, { progress }), abort.signal);
      if (abort.signal.aborted) return;
      this.#parts.onStored(sessionId, stored);
      this.#change(key, { stored });
      if (this.#parts.keepsStored !== true) this.remove(key);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#change(key, { problem: error instanceof Error ? error.message : String(error), canRetry: true });
    }
  }

  #change(key: string, part: Partial<Upload>): void {
    this.state.set(this.state.snapshot().map((upload) => (upload.key === key ? { ...upload, ...part } : upload)));
  }
}

export interface FilePost {
  readonly url: string;
  readonly token: string;
  readonly file: File;
  readonly onProgress: (part: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Posts a file by XMLHttpRequest, because fetch does not say how far it is. Rejects if the server
 * cannot be reached, or the signal is aborted.
 */
export function postFile(
  open: () => XMLHttpRequest,
  { url, token, file, onProgress, signal }: FilePost,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = open();
    request.open('POST', url);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Error('The server cannot be reached.'));
    request.onabort = () => reject(new Error('It was cancelled.'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
