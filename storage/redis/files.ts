/**
 * Parts of files in Redis, in a hash for each session, in the slot of its address, so that one call
 * deletes them all with the session. The file's id shows its session.
 *
 * A file of one part is JSON with the bytes in base64, as files of earlier versions are, whatever
 * their length. The JSON of a longer one names its content instead. The hash has these fields.
 *
 * - `{file id}` is the JSON of a file.
 * - `part:{content}:{number}` has the bytes of a part, as they are.
 * - `writing:{content}` is there until the content is a file's.
 */
import * as z from 'zod';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import { fileSchema } from '#machines/session/files.ts';
import { type Content, PART, type PartStore } from '#storage/file-parts.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { sessionKeys, UNFINISHED_FILES_KEY } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

const stored = { ...fileSchema.shape, at: z.int() };
const document = z.union([z.object({ ...stored, base64: z.base64() }), z.object({ ...stored, content: z.string() })]);

const FINISHED = ['ended', 'exists', 'done'] as const;

export function partsOf(connection: Connection, whereabouts: Whereabouts): PartStore {
  async function keysOf(sessionId: SessionId): Promise<readonly [row: string, files: string] | undefined> {
    const address = await whereabouts.find(sessionId);
    if (address === undefined) return undefined;
    const { row, files } = sessionKeys(address, sessionId);
    return [row, files];
  }

  /** Sets a field of the hash unless it is there. False if there is no such session. */
  async function put(sessionId: SessionId, field: string, value: string): Promise<boolean> {
    const keys = await keysOf(sessionId);
    return keys !== undefined && decodeCount(await connection.run(SCRIPTS.putFile, keys, [field, value])) === 1;
  }

  async function isFinal(content: Content): Promise<void> {
    await connection.call('zrem', UNFINISHED_FILES_KEY, memberOf(content));
  }

  async function drop(content: Content): Promise<void> {
    const keys = await keysOf(content.sessionId);
    if (keys !== undefined) await connection.run(SCRIPTS.dropFile, [keys[1]], [content.id]);
    await isFinal(content);
  }

  return {
    keep: (row, bytes) => put(row.sessionId, row.id, JSON.stringify({ ...factsOf(row), base64: bufferOf(bytes).toString('base64') })),

    async begin(content, at) {
      // The order first, so that nothing is written that would never be found.
      await connection.call('zadd', UNFINISHED_FILES_KEY, at, memberOf(content));
      const isBegun = await put(content.sessionId, `writing:${content.id}`, '');
      if (!isBegun) await isFinal(content);
      return isBegun;
    },

    async write({ sessionId, id }, index, bytes) {
      const keys = await keysOf(sessionId);
      if (keys === undefined) return false;
      return decodeCount(await connection.run(SCRIPTS.writeFilePart, [keys[1]], [id, index, bufferOf(bytes)])) === 1;
    },

    async finish(content, row) {
      const keys = await keysOf(content.sessionId);
      if (keys === undefined) return 'ended';
      const args = [content.id, row.id, JSON.stringify({ ...factsOf(row), content: content.id })];
      const outcome = FINISHED[decodeCount(await connection.run(SCRIPTS.finishFile, [keys[1]], args))] ?? 'ended';
      if (outcome === 'done') await isFinal(content);
      return outcome;
    },

    drop,

    async find(sessionId, id) {
      const [, files] = (await keysOf(sessionId)) ?? [];
      const text = files === undefined ? null : await connection.call('hget', files, id);
      if (files === undefined || text === null) return undefined;
      const file = reading('file', () => document.parse(JSON.parse(z.string().parse(text))));
      if ('base64' in file) {
        const { base64, ...facts } = file;
        const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
        return { row: { ...facts, sessionId }, bytes, part: async (index) => bytes.subarray(index * PART, (index + 1) * PART) };
      }
      const { content, ...facts } = file;
      return {
        row: { ...facts, sessionId },
        async part(index) {
          const part = await connection.callBytes('hget', files, `part:${content}:${index}`);
          return part === null ? undefined : reading('part of a file', () => z.instanceof(Buffer).parse(part));
        },
      };
    },

    async forgetUnclaimed(before, limit) {
      const old = decodeTexts(await connection.call('zrange', UNFINISHED_FILES_KEY, '-inf', `(${before}`, 'byscore', 'limit', 0, limit));
      for (const content of old.map(decodeMember)) await drop(content);
      return old.length;
    },
  };
}

function factsOf({ id, name, mimeType, size, at }: z.infer<z.ZodObject<typeof stored>>) {
  return { id, name, mimeType, size, at };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const member = z.tuple([z.string().transform(parseSessionId), z.string()]);

function memberOf({ sessionId, id }: Content): string {
  return JSON.stringify([sessionId, id]);
}

function decodeMember(text: string): Content {
  const [sessionId, id] = reading('unfinished file', () => member.parse(JSON.parse(text)));
  return { sessionId, id };
}
