/** Keeps a file that a run made before the run gives its outcome, which names the file. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StatechatError } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { type FileRef, MAX_CAPTION } from '#machines/session/files.ts';
import { clip } from '#machines/text.ts';
import type { Files } from '#storage/files.ts';
import type { RunEvent } from './events.ts';
import { abortError } from './provider.ts';

export interface ReportPlace {
  readonly sessionId: SessionId;
  /** Begins with the session's id. */
  readonly runId: string;
  /** Of the run's files, from 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Pause between attempts in milliseconds. If the store stays away longer, the run fails, as its
 * outcome would.
 */
const PAUSES = [200, 1_000, 3_000, 5_000];

/** Rejects with code `not_kept` and the store's message, or with an `AbortError`. */
export async function keepReport(
  files: Pick<Files, 'put'>,
  { sessionId, runId, number, at }: ReportPlace,
  { name, mimeType, base64, caption }: Extract<RunEvent, { type: 'report' }>,
  signal: AbortSignal,
): Promise<FileRef> {
  const bytes = Buffer.from(base64, 'base64');
  // Id from the content. An attempt after a crash keeps no file twice, and a repeated run does not
  // receive the file of an earlier one.
  const id = `${runId}.${number}.${createHash('sha256')
    .update(JSON.stringify([name, mimeType]))
    .update(bytes)
    .digest('hex')
    .slice(0, 16)}`;
  for (const pause of [...PAUSES, undefined]) {
    try {
      await files.put({ id, sessionId, name, mimeType, bytes, at });
      break;
    } catch (error) {
      if (pause === undefined || !(error instanceof StatechatError && error.retryable)) throw notKept(name, error);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw abortError(signal);
    }
  }
  return { id, name, mimeType, size: bytes.byteLength, ...(caption === undefined ? {} : { caption: clip(caption, MAX_CAPTION) }) };
}

/**
 * Own error code. The store's `not_found` is not the service's, which would make the run start
 * again.
 */
function notKept(name: string, cause: unknown): StatechatError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StatechatError('not_kept', `The file "${name}" could not be kept: ${why}`, { cause });
}
