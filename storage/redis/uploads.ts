/**
 * Uploads in Redis, a key for each, and all of them by time for what is forgotten. They are JSON
 * with the bytes in base64, like files.
 */
import * as z from 'zod';
import type { Address } from '#machines/ids.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { UPLOADS_KEY, uploadKey } from '#storage/redis/keys.ts';
import { checkUpload, type Uploads, uploadSchema } from '#storage/uploads.ts';

const document = uploadSchema.extend({ base64: z.base64() });

export function uploadsOf(connection: Connection): Uploads {
  return {
    async put(upload) {
      checkUpload(upload);
      const { bytes, ...facts } = upload;
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      // The order first, so that nothing is kept that would never be forgotten.
      await connection.call('zadd', UPLOADS_KEY, 'gt', facts.at, memberOf(facts));
      await connection.call('set', uploadKey(facts.address, facts.id), JSON.stringify({ ...facts, base64 }), 'nx');
    },

    async get(address, id) {
      const [text, at] = await Promise.all([
        connection.call('get', uploadKey(address, id)),
        connection.call('zscore', UPLOADS_KEY, memberOf({ address, id })),
      ]);
      if (text === null || at === null) return undefined;
      return reading('upload', () => {
        const { base64, ...facts } = document.parse(JSON.parse(z.string().parse(text)));
        return { ...facts, at: Number(at), bytes: new Uint8Array(Buffer.from(base64, 'base64')) };
      });
    },

    async forget(before, limit) {
      const old = decodeTexts(await connection.call('zrange', UPLOADS_KEY, '-inf', `(${before}`, 'byscore', 'limit', 0, limit));
      for (const [address, id] of old.map(decodeMember)) await connection.call('del', uploadKey(address, id));
      return old.length === 0 ? 0 : decodeCount(await connection.call('zrem', UPLOADS_KEY, ...old));
    },
  };
}

const member = z.tuple([z.string(), z.string()]);

function memberOf({ address, id }: { readonly address: Address; readonly id: string }): string {
  return JSON.stringify([address, id]);
}

function decodeMember(text: string): readonly [string, string] {
  return reading('upload', () => member.parse(JSON.parse(text)));
}
