/**
 * Files that visitors upload, before a message names them. A message has them as its media, and the
 * host reads them by `receivedFile` as it does for any other channel.
 */
import express, { type Request, type RequestHandler } from 'express';
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import { contentOf } from '#machines/file-content.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import type { Media } from '#machines/session/events.ts';
import type { VisitorUpload, VisitorUploads } from '../feed.ts';
import type { ReceivedFile } from '../port.ts';

/** Files of one message. */
export const MAX_FILES = 10;

/** Reads the whole body, of at most so many bytes. A longer one is answered with 413. */
export function uploadBody(maxBytes: number): RequestHandler {
  // A compressed body could be far longer than what was sent.
  return express.raw({ limit: maxBytes, type: () => true, inflate: false });
}

const query = z.object({ name: z.string('expected ?name= with the name of the file').max(2_000) });

/** Stores the body of a request. Throws `HttpProblem` for a file that is not taken. */
export async function storeUpload(uploads: VisitorUploads, address: Address, request: Request): Promise<VisitorUpload> {
  const { name } = readQuery(request);
  const body: unknown = request.body;
  const stored = await uploads.put(address, { name, bytes: body instanceof Uint8Array ? body : new Uint8Array() });
  if ('refused' in stored) throw new HttpProblem({ status: 422, code: 'bad_file', title: 'File not taken', detail: stored.refused });
  return stored;
}

function readQuery(request: Request): z.infer<typeof query> {
  const parsed = query.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new HttpProblem({ status: 400, code: 'invalid_input', title: 'Invalid input', detail });
}

/** The media of a message that names uploads. Throws `HttpProblem` if one is not there. */
export async function mediaOfUploads(uploads: VisitorUploads, address: Address, ids: readonly string[]): Promise<Media[]> {
  return Promise.all(
    ids.map(async (id) => {
      const found = await uploads.get(address, id);
      if (found !== undefined) return mediaOf(address, found);
      const detail = `There is no upload "${id.slice(0, 60)}" of yours. Upload the file again with POST /channels/web/files, and send the message with its id.`;
      throw new HttpProblem({ status: 422, code: 'unknown_file', title: 'No such file', detail });
    }),
  );
}

function mediaOf(address: Address, { id, name, mimeType, size }: VisitorUpload): Media {
  const [kind = ''] = mimeType.split('/');
  return { kind: isKind(kind) ? kind : 'document', ref: `${address} ${id}`, mimeType, fileName: name, size };
}

function isKind(kind: string): kind is 'image' | 'audio' | 'video' {
  return kind === 'image' || kind === 'audio' || kind === 'video';
}

/** An upload by the `ref` of its media. */
export async function uploadedFile(uploads: VisitorUploads, ref: string, mostBytes: number): Promise<ReceivedFile> {
  const [, address = '', id = ''] = /^(\S+) (\S+)$/.exec(ref) ?? [];
  if (id === '') return 'gone';
  const bytes = await uploads.bytes(parseAddress(address), id);
  if (bytes === undefined) return 'gone';
  return bytes.byteLength > mostBytes ? 'too_large' : contentOf(bytes).read();
}
