/** Sends the files that an agent attaches. */
import type { Token } from '../client/client.ts';
import { fileRefSchema, postFile, type SendFile } from '../media/uploads.ts';
import { refusalOf } from './api-request.ts';

/** Bytes of one file that the server takes. */
export const MAX_FILE = 5_000_000;
/** Files of one message. */
export const MAX_FILES = 10;

export function fileSender(open: () => XMLHttpRequest, token: () => Promise<Token | undefined>): SendFile {
  return async (sessionId, file, onProgress, signal) => {
    const known = await token();
    const path = `/sessions/${encodeURIComponent(sessionId)}/files?name=${encodeURIComponent(file.name)}`;
    const { status, text } = await postFile(open, { url: `/api${path}`, token: known?.token ?? '', file, onProgress, signal });
    if (status < 200 || status > 299) throw refusalOf(path, status, text);
    return fileRefSchema.parse(JSON.parse(text));
  };
}
