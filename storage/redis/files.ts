/**
 * Files in Redis, a hash for each session, in the slot of its address, so that one call deletes it
 * with the session. The file's id shows its session. Files are JSON with the bytes in base64, which
 * is a third longer, and text like everything else that the driver sends.
 */
import * as z from 'zod';
import { sessionOfFile, storedFileSchema } from '#machines/session/files.ts';
import { checkFile, type Files, noSessionForFile } from '#storage/files.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, reading } from '#storage/redis/decode.ts';
import { sessionKeys } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

const document = z.object({ ...storedFileSchema.shape, at: z.int(), base64: z.base64() });

export function filesOf(connection: Connection, whereabouts: Whereabouts): Files {
  return {
    async put(file) {
      const reference = checkFile(file);
      const { sessionId, bytes, at } = file;
      const address = await whereabouts.find(sessionId);
      if (address === undefined) throw noSessionForFile(sessionId);
      const { row, files } = sessionKeys(address, sessionId);
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      const args = [reference.id, JSON.stringify({ ...reference, at, base64 })];
      if (decodeCount(await connection.run(SCRIPTS.putFile, [row, files], args)) === 0) throw noSessionForFile(sessionId);
    },

    async get(id) {
      const sessionId = sessionOfFile(id);
      const address = await whereabouts.find(sessionId);
      if (address === undefined) return undefined;
      const text = await connection.call('hget', sessionKeys(address, sessionId).files, id);
      if (text === null) return undefined;
      return reading('file', () => {
        const { base64, ...file } = document.parse(JSON.parse(z.string().parse(text)));
        return { ...file, sessionId, bytes: new Uint8Array(Buffer.from(base64, 'base64')) };
      });
    },
  };
}
