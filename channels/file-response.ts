/** A file as the answer to whoever may have it: to be saved, never to be shown as a page of ours. */
import type { Response } from 'express';
import type { OutboundFile } from './port.ts';

/** @param id names these very bytes for ever: a file never changes. */
export function sendFile(response: Response, id: string, { name, mimeType, bytes }: OutboundFile): void {
  response
    // Encodes the name for old and new readers, and writes it so that it ends no header.
    .attachment(name)
    .set({
      'Content-Type': mimeType,
      'X-Content-Type-Options': 'nosniff',
      // Asked for each time, so that what was deleted is gone; unchanged costs no bytes.
      'Cache-Control': 'private, no-cache',
      ETag: `"${id}"`,
    })
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
