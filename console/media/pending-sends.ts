/**
 * Pending sends are messages that their writers have sent while files were still on their way. Each
 * goes as soon as all files of its draft are in.
 *
 * Invariants
 * 1. A message never goes without a file that was on its way.
 * 2. A message that cannot go as it was sent stays in the draft. So it is when a file is refused,
 *    cannot be uploaded, or is taken out.
 */
import { Observable } from '../inbox/observable.ts';
import { isUnderWay, type Uploads } from './uploads.ts';

export interface PendingSend {
  /** What was written. */
  readonly text: string;
  /** Keys of the uploads that it waits for. */
  readonly awaited: ReadonlySet<string>;
  /** Keys of the uploads that had failed before. It goes without them. */
  readonly failed: ReadonlySet<string>;
}

export interface PendingSendsParts {
  readonly uploads: Pick<Uploads, 'state'>;
  readonly send: (sessionId: string, text: string) => void;
}

export class PendingSends {
  readonly state = new Observable<ReadonlyMap<string, PendingSend>>(new Map());
  readonly #parts: PendingSendsParts;

  constructor(parts: PendingSendsParts) {
    this.#parts = parts;
    parts.uploads.state.subscribe(() => {
      for (const sessionId of this.state.snapshot().keys()) this.#check(sessionId);
    });
  }

  has(sessionId: string): boolean {
    return this.state.snapshot().has(sessionId);
  }

  /** Sends at once if nothing is on its way. */
  add(sessionId: string, text: string): void {
    const failed = this.#uploads(sessionId).filter(({ problem }) => problem !== undefined);
    this.#set(sessionId, { text, awaited: new Set(), failed: new Set(failed.map(({ key }) => key)) });
    this.#check(sessionId);
  }

  cancel(sessionId: string): void {
    if (this.has(sessionId)) this.#set(sessionId, undefined);
  }

  #check(sessionId: string): void {
    const pending = this.state.snapshot().get(sessionId);
    if (pending === undefined) return;
    const uploads = this.#uploads(sessionId);
    const isGone = [...pending.awaited].some((key) => !uploads.some((upload) => upload.key === key));
    const hasFailed = uploads.some(({ key, problem }) => problem !== undefined && (pending.awaited.has(key) || !pending.failed.has(key)));
    if (isGone || hasFailed) return this.cancel(sessionId);
    const awaited = uploads.filter(isUnderWay).map(({ key }) => key);
    if (awaited.length > 0) {
      const isKnown = awaited.length === pending.awaited.size && awaited.every((key) => pending.awaited.has(key));
      return isKnown ? undefined : this.#set(sessionId, { ...pending, awaited: new Set(awaited) });
    }
    this.cancel(sessionId);
    this.#parts.send(sessionId, pending.text);
  }

  #uploads(sessionId: string) {
    return this.#parts.uploads.state.snapshot().filter((upload) => upload.sessionId === sessionId);
  }

  #set(sessionId: string, pending: PendingSend | undefined): void {
    const all = new Map(this.state.snapshot());
    if (pending === undefined) all.delete(sessionId);
    else all.set(sessionId, pending);
    this.state.set(all);
  }
}
