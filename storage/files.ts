/**
 * Files port, for files that a session sends or receives and a journal cannot hold, such as a
 * report or a photograph. A file belongs to one session, never changes, and is deleted with its
 * session (`Archive.deleteExpired`). Each store has one (`StoreLifecycle.files`).
 *
 * A file is written and read in parts (file-parts.ts), so a large one is never whole in memory.
 *
 * `at` is milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { FileContent } from '#machines/file-content.ts';
import type { SessionId } from '#machines/ids.ts';
import { type FileRef, fileSchema, MAX_KEPT, sessionOfFile } from '#machines/session/files.ts';

/**
 * What a file is, as in `fileSchema`. Its id begins with its session's, `{sessionId}.`.
 */
export type FileHead = Pick<FileRef, 'id' | 'name' | 'mimeType'>;

interface Place {
  readonly sessionId: SessionId;
  readonly at: number;
}

/** A file whose bytes are in memory. */
export interface NewFile extends FileHead, Place {
  readonly bytes: Uint8Array;
}

/** A file whose bytes come in. */
export interface StreamedFile extends Place {
  /** Read once. An error of it ends the writing, and `put` rejects with it. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Called after the last byte, because the id may be a hash of them. */
  readonly head: () => FileHead;
}

export interface StoredFile extends FileRef, Pick<FileContent, 'read'>, Place {}

export interface Files {
  /**
   * Stores it, unless one of this id exists, which stays as it is. Nobody sees a file before all of
   * it is stored, and nothing of one that fails is left. Throws `InvalidInput` for an empty file,
   * one of more than `MAX_KEPT` bytes or one that `fileSchema` refuses, and code `not_found`
   * if its session does not exist, because the file would never be deleted.
   */
  put(file: NewFile | StreamedFile): Promise<void>;
  /**
   * Undefined if there is none, or its session was deleted. Throws `InvalidInput` for an id that no
   * file can have. Reading rejects with code `not_found` if the session is deleted meanwhile.
   */
  get(id: string): Promise<StoredFile | undefined>;
  /**
   * Deletes up to `limit` contents that no file has. They are those that were begun before `before`
   * and that a process has left unfinished, and what nobody can read any more of deleted sessions.
   * Returns how many.
   */
  forgetUnclaimed(before: number, limit: number): Promise<number>;
}

/** Throws `InvalidInput`. */
export function checkFile({ id, name, mimeType }: FileHead, size: number, { sessionId, at }: Place): FileRef {
  if (size === 0) throw new InvalidInput(`The file "${name}" is empty: a file has at least one byte`);
  const parsed = fileSchema.safeParse({ id, name, mimeType, size });
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidInput(`The file cannot be kept: ${issues.join('; ')}`, {}, parsed.error);
  }
  if (sessionOfFile(id) !== sessionId) throw new InvalidInput(`The file "${id}" is not of session ${sessionId}: its id begins with it`);
  if (!Number.isSafeInteger(at) || at < 0) throw new InvalidInput('at: whole milliseconds since the epoch are expected');
  return parsed.data;
}

/** Throws `InvalidInput`. */
export function checkSize(size: number): void {
  if (size <= MAX_KEPT) return;
  const message = `The file has ${size} bytes or more: at most ${MAX_KEPT} are kept. Make it smaller, or split it`;
  throw new InvalidInput(message, { size, most: MAX_KEPT });
}

export function noSessionForFile(sessionId: SessionId): StatechatError {
  return new StatechatError('not_found', `There is no session ${sessionId} to keep a file for`, { facts: { sessionId } });
}

/** The retention took it for the leftover of a dead process, or its session was deleted. */
export function writingEnded(sessionId: SessionId): Unavailable {
  return new Unavailable(`A file of session ${sessionId} was not finished in time, and is to be written again`, { sessionId });
}
