/** The body of a provider's webhook. */
import type { IncomingMessage } from 'node:http';
import { InvalidInput } from '#machines/errors.ts';

/** The sender is answered with 413. */
export class BodyTooLarge extends InvalidInput {}

/** Throws `BodyTooLarge` as soon as there are more than `mostBytes`. What follows is not read. */
export async function requestBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) throw new BodyTooLarge(`the body has more than ${mostBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
