/**
 * Files that a session sends, by reference. The bytes are in the file store under the id, never in
 * a snapshot or a journal.
 */
import * as z from 'zod';
import { InvalidInput } from '../errors.ts';
import { parseSessionId, type SessionId } from '../ids.ts';

/** Bytes of one file that an agent uploads or a run makes. */
export const MAX_FILE = 5_000_000;

/** Bytes of one file that is kept. No messenger that is connected takes much larger ones. */
export const MAX_KEPT = 100_000_000;

/** Characters beside a file. */
export const MAX_CAPTION = 1_000;

/** Session id, a dot, and the name of the file in it. The id of a file shows its session. */
const FILE_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[A-Za-z0-9._-]{1,100}$/;

/**
 * No path separators, no invisible characters, and no characters that reverse the direction, with
 * which one extension could look like another.
 */
const FILE_NAME = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069/\\]{1,200}$/u;

export const fileIdSchema = z.string().regex(FILE_ID, 'expected {sessionId}.{name}, the name of letters, digits, . _ and -');
export const mimeTypeSchema = z.string().regex(/^[a-z]+\/[A-Za-z0-9.+-]{1,80}$/, 'expected a media type such as application/pdf');

export const fileSchema = z.strictObject({
  id: fileIdSchema,
  /** As the customer sees it, with its ending. */
  name: z.string().regex(FILE_NAME, 'expected 1 to 200 characters, no control, no / and no \\').regex(/\S/, 'expected something visible'),
  mimeType: mimeTypeSchema,
  /** Bytes. */
  size: z.number().int().positive().max(MAX_KEPT),
  /** What the customer reads beside it, where the channel has a place for that. CommonMark. */
  caption: z.string().max(MAX_CAPTION).optional(),
});
export type FileRef = z.infer<typeof fileSchema>;

/** Whose file it is. Throws `InvalidInput` for what is no file's id. */
export function sessionOfFile(id: string): SessionId {
  const [, sessionId] = FILE_ID.exec(id) ?? [];
  if (sessionId === undefined) throw new InvalidInput(`"${id.slice(0, 80)}" is not the id of a file: {sessionId}.{name} is expected`);
  return parseSessionId(sessionId);
}
