/** Files of a session: those that an agent uploads to send, and all that were sent. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidInput, type StatechatError } from '#machines/errors.ts';
import { MAX_SEQ, type SessionId } from '#machines/ids.ts';
import { type FileRef, fileSchema, MAX_FILE } from '#machines/session/files.ts';
import type { OperationContext } from './context.ts';
import { typeOfFile } from './file-type.ts';
import { defineOperation, fileHead } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { NEWS_WITHIN, receivedMedia } from './received-media.ts';
import { existingSession, idOfSession, sessionIdInput } from './sessions.ts';

/** Characters of the greatest file in base64. */
const MOST_BASE64 = Math.ceil(MAX_FILE / 3) * 4;

export const getFile = defineOperation({
  name: 'files.get',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Gives the bytes of a file that a session sent.',
  input: z.strictObject({ sessionId: sessionIdInput, fileId: z.string().describe('From `payload.params.file` of the entry `file.send`.') }),
  output: fileHead,
  binary: true,
  errors: [problemTypes.notFound],
  target: ({ fileId }) => fileId,
  async run({ files }, { sessionId, fileId }) {
    const id = idOfSession(sessionId);
    const found = await storedFile(files, id, fileId);
    if (found === undefined) throw noSuchFile(id, fileId, 'Its history names them: payload.params.file of the effect file.send.');
    const { name, mimeType, size, read } = found;
    return { id: fileId, name, mimeType, size, read };
  },
});

export const getReceivedFile = defineOperation({
  name: 'files.get_received',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Gives the bytes of a file that the customer sent, by what the bytes are. It is kept first if it is not yet.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    seq: wholeNumber(1, MAX_SEQ).describe('The entry of the message in the history.'),
    index: wholeNumber(0, 19).describe('Which of its files, from 0.'),
  }),
  output: fileHead,
  binary: true,
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, seq, index }) {
    const session = await existingSession(context, sessionId);
    const [entry, ...later] = await context.store.journal(session.id, seq - 1, NEWS_WITHIN);
    const media = entry?.seq === seq ? receivedMedia(entry, later, index) : undefined;
    const file = media === undefined ? undefined : await context.receivedFile(session, media);
    if (media === undefined || file === undefined)
      throw new OperationProblem(problemTypes.notFound, `Entry ${seq} has no file ${index} that can be read here.`);
    const { id, mimeType, size, read } = file;
    // Two messages may bring the same bytes under two names.
    return { id, name: nameOf(media.fileName) ?? file.name, mimeType, size, read };
  },
});

/** The customer's own name for it, if it can be one. */
function nameOf(given: string | undefined): string | undefined {
  return fileSchema.shape.name.safeParse(given).data;
}

export const putFile = defineOperation({
  name: 'files.put',
  scope: 'sessions:act',
  effect: 'write',
  summary: 'Stores a file that an agent will send in a session. It goes to the customer with a message that names its id.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    name: fileSchema.shape.name.describe('As the customer will see it, with its ending.'),
    content: z.base64().max(MOST_BASE64).describe('The bytes in base64.'),
  }),
  output: fileHead,
  errors: [problemTypes.notFound, problemTypes.badFile, problemTypes.closed],
  target: ({ sessionId }) => sessionId,
  detail: ({ name }) => name,
  async run(context, { sessionId, name, content }) {
    const { id: session, open } = await existingSession(context, sessionId);
    const bytes = Buffer.from(content, 'base64');
    const facts = { name, size: bytes.byteLength, most: MAX_FILE };
    if (!open) throw new OperationProblem(problemTypes.closed, 'The session is closed, so nothing can be sent in it.');
    if (bytes.byteLength === 0) throw new OperationProblem(problemTypes.badFile, `The file "${name}" is empty.`, facts);
    if (bytes.byteLength > MAX_FILE) {
      const detail = `The file "${name}" has ${bytes.byteLength} bytes. At most ${MAX_FILE} are taken.`;
      throw new OperationProblem(problemTypes.badFile, detail, facts);
    }
    const { mimeType, claimed } = await typeOfFile(name, bytes);
    if (claimed !== undefined) {
      const detail = `The ending of "${name}" says ${claimed}, and its content is ${mimeType}. Rename it, or choose another file.`;
      throw new OperationProblem(problemTypes.badFile, detail, { ...facts, claimed, mimeType });
    }
    // Named by its content, so that an upload that is repeated stores nothing twice.
    const digest = createHash('sha256').update(name).update('\0').update(bytes).digest('base64url');
    const id = `${session}.agent-${digest}`;
    await context.files.put({ id, sessionId: session, name, mimeType, bytes, at: context.now() });
    return { id, name, mimeType, size: bytes.byteLength };
  },
});

/**
 * The stored files with these ids, in their order. Throws `not_found` if the session has not all of
 * them.
 */
export async function uploadedFiles({ files }: OperationContext, session: SessionId, ids: readonly string[]): Promise<FileRef[]> {
  const found: FileRef[] = [];
  for (const id of ids) {
    const stored = await storedFile(files, session, id);
    if (stored === undefined) throw noSuchFile(session, id, 'POST /api/sessions/:id/files stores one.');
    const { name, mimeType, size } = stored;
    found.push({ id, name, mimeType, size });
  }
  return found;
}

/** Undefined also for an id that no file can have. */
async function storedFile(files: OperationContext['files'], session: SessionId, id: string) {
  if (!id.startsWith(`${session}.`)) return undefined;
  try {
    return await files.get(id);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

function noSuchFile(session: SessionId, id: string, where: string): StatechatError {
  return new OperationProblem(problemTypes.notFound, `The session ${session} has no file "${id.slice(0, 80)}". ${where}`);
}
