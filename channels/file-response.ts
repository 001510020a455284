/** Serves a file as a download, never as a page of this site. */
import type { Response } from 'express';
import type { OutboundFile } from './port.ts';

/** @param id names exactly these bytes for ever. A file never changes. */
export function sendFile(response: Response, id: string, { name, mimeType, bytes }: OutboundFile): void {
  response
    // Encodes the name for old and new readers, and writes it so that it ends no header.
    .attachment(name)
    .set({
      'Content-Type': mimeType,
      'X-Content-Type-Options': 'nosniff',
      // Also where a reader opens it nevertheless, nothing in it runs or loads anything.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      // Revalidated each time, so that a deleted file is gone. An unchanged one costs no bytes.
      'Cache-Control': 'private, no-cache',
      ETag: `"${id}"`,
    })
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
