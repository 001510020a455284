/** Serves a file as a download, never as a page of this site. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { OutboundFile } from './port.ts';

/** Sends a file as it is made. A reader that leaves ends it. */
export async function streamFile(response: Response, { name, mimeType, bytes }: StreamedFile): Promise<void> {
  response
    .attachment(name)
    .set({ ...HEADERS, 'Content-Type': mimeType, 'Cache-Control': 'no-store' })
    // Proxies would collect it.
    .set('X-Accel-Buffering', 'no');
  await pipeline(Readable.from(bytes), response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

interface StreamedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  // Also where a reader opens it nevertheless, nothing in it runs or loads anything.
  'Content-Security-Policy': "default-src 'none'; sandbox",
};

/** @param id names exactly these bytes for ever. A file never changes. */
export function sendFile(response: Response, id: string, { name, mimeType, bytes }: OutboundFile): void {
  response
    // Encodes the name for old and new readers, and writes it so that it ends no header.
    .attachment(name)
    .set({
      ...HEADERS,
      'Content-Type': mimeType,
      // Revalidated each time, so that a deleted file is gone. An unchanged one costs no bytes.
      'Cache-Control': 'private, no-cache',
      ETag: `"${id}"`,
    })
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
