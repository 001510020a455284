/** Bytes of files, for tests that compare them. */
import type { ReceivedFile } from '#channels/port.ts';
import { bytesOf, type FileContent } from '#machines/file-content.ts';

const MOST = 200_000_000;

/** All bytes of a file, if there is one. */
export async function bytesIn(file: FileContent | undefined): Promise<Uint8Array | undefined> {
  return file === undefined ? undefined : await bytesOf(file, MOST);
}

/** All bytes of what a customer sent, or why there are none. */
export async function bytesReceived(file: ReceivedFile): Promise<Buffer | 'gone' | 'too_large'> {
  if (typeof file === 'string') return file;
  const parts: Uint8Array[] = [];
  for await (const part of file) parts.push(part);
  return Buffer.concat(parts);
}
