/**
 * Files port, for files that a session sends or receives and a journal cannot hold, such as a
 * report or a photograph. A file belongs to one session, never changes, and is deleted with its
 * session (`Archive.deleteExpired`). Each store has one (`StoreLifecycle.files`).
 *
 * `at` is milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { type FileRef, MAX_KEPT, sessionOfFile, storedFileSchema } from '#machines/session/files.ts';

/**
 * Name and description of a file as in `storedFileSchema`. Its id begins with its session's,
 * `{sessionId}.`.
 */
export interface NewFile extends Omit<FileRef, 'size'> {
  readonly sessionId: SessionId;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface StoredFile extends FileRef {
  readonly sessionId: SessionId;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface Files {
  /**
   * Stores it, unless one of this id exists, which stays as it is. Throws `InvalidInput` for an
   * empty file, one of more than `MAX_KEPT` bytes or one that `storedFileSchema` refuses, and code
   * `not_found` if its session does not exist, because the file would never be deleted.
   */
  put(file: NewFile): Promise<void>;
  /**
   * Undefined if there is none, or its session was deleted. Throws `InvalidInput` for an id that no
   * file can have.
   */
  get(id: string): Promise<StoredFile | undefined>;
}

/** What the file is without its bytes. Throws `InvalidInput`. */
export function checkFile({ id, name, mimeType, bytes, sessionId, at }: NewFile): FileRef {
  const size = bytes.byteLength;
  if (size === 0) throw new InvalidInput(`The file "${name}" is empty: a file has at least one byte`);
  if (size > MAX_KEPT) {
    throw new InvalidInput(`The file "${name}" has ${size} bytes: at most ${MAX_KEPT} are kept. Make it smaller, or split it`, {
      size,
      most: MAX_KEPT,
    });
  }
  const parsed = storedFileSchema.safeParse({ id, name, mimeType, size });
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidInput(`The file cannot be kept: ${issues.join('; ')}`, {}, parsed.error);
  }
  if (sessionOfFile(id) !== sessionId) throw new InvalidInput(`The file "${id}" is not of session ${sessionId}: its id begins with it`);
  if (!Number.isSafeInteger(at) || at < 0) throw new InvalidInput('at: whole milliseconds since the epoch are expected');
  return parsed.data;
}

export function noSessionForFile(sessionId: SessionId): StatechatError {
  return new StatechatError('not_found', `There is no session ${sessionId} to keep a file for`, { facts: { sessionId } });
}
