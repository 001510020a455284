/** Blobs in Redis, each under a key of its own, as they are. */
import * as z from 'zod';
import { type Blobs, checkBlob } from '#storage/blobs.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { reading } from '#storage/redis/decode.ts';
import { blobKey } from '#storage/redis/keys.ts';

export function blobsOf(connection: Connection): Blobs {
  return {
    async put(name, bytes) {
      checkBlob(name, bytes);
      await connection.call('set', blobKey(name), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },

    async get(name) {
      const answer = await connection.callBytes('get', blobKey(name));
      return answer === null ? undefined : reading('blob', () => new Uint8Array(z.instanceof(Buffer).parse(answer)));
    },

    async delete(name) {
      await connection.call('del', blobKey(name));
    },
  };
}
