/**
 * Takes the files that visitors upload. Their type is what the bytes are, and has to be one that is
 * kept. The message that names them brings them into its session.
 */
import { createHash } from 'node:crypto';
import type { VisitorUploads } from '#channels/feed.ts';
import { InvalidInput } from '#machines/errors.ts';
import { fileSchema } from '#machines/session/files.ts';
import { MAX_UPLOAD, type Uploads } from '#storage/uploads.ts';
import type { MediaConfig } from '../config/media.ts';
import { isAmong, typeOfFile } from '../operations/file-type.ts';

export interface VisitorUploadsParts {
  readonly uploads: Pick<Uploads, 'put' | 'get'>;
  readonly config: Pick<MediaConfig, 'maxBytes' | 'types'>;
  readonly now: () => number;
}

export function createVisitorUploads({ uploads, config, now }: VisitorUploadsParts): VisitorUploads {
  const { types } = config;
  const maxBytes = Math.min(config.maxBytes, MAX_UPLOAD);
  return {
    maxBytes,
    types,
    async put(address, { name: given, bytes }) {
      const name = safeName(given);
      if (bytes.byteLength === 0) return { refused: `The file "${name}" is empty.` };
      if (bytes.byteLength > maxBytes)
        return { refused: `The file "${name}" has ${bytes.byteLength} bytes. At most ${maxBytes} are taken.` };
      const { mimeType, claimed } = await typeOfFile(name, bytes);
      if (claimed !== undefined)
        return { refused: `The ending of "${name}" says ${claimed}, and its content is ${mimeType}. Rename it, or choose another file.` };
      if (!isAmong(types, mimeType)) return { refused: `Files of the type ${mimeType} are not taken. "${name}" is one.` };
      // Named by its content, so that an upload that is repeated stores nothing twice.
      const id = createHash('sha256').update(name).update('\0').update(bytes).digest('base64url');
      await uploads.put({ id, address, name, mimeType, bytes, at: now() });
      return { id, name, mimeType, size: bytes.byteLength };
    },
    async get(address, id) {
      const found = await uploads.get(address, id);
      return found && { id, name: found.name, mimeType: found.mimeType, size: found.bytes.byteLength };
    },
    bytes: async (address, id) => (await uploads.get(address, id))?.bytes,
  };
}

/** Without what a name may not have. Throws `InvalidInput` if nothing is left. */
function safeName(given: string): string {
  const name = given.replace(UNSAFE, '').trim().slice(-200);
  const parsed = fileSchema.shape.name.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new InvalidInput('name: expected the name of a file, with something visible in it');
}

const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069/\\]/gu;
