/** Serves a file as a download, never as a page of this site. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { ByteRange } from '#machines/file-content.ts';
import type { OutboundFile } from './port.ts';
import { HttpProblem } from './problem.ts';

/** Sends a file as it is made. A reader that leaves ends it. */
export async function streamFile(response: Response, { name, mimeType, bytes }: SentFile): Promise<void> {
  response
    .attachment(name)
    .set({ ...HEADERS, 'Content-Type': mimeType, 'Cache-Control': 'no-store' })
    // Proxies would collect it.
    .set('X-Accel-Buffering', 'no');
  await pipe(bytes[Symbol.asyncIterator](), response);
}

interface SentFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  // Also where a reader opens it nevertheless, nothing in it runs or loads anything.
  'Content-Security-Policy': "default-src 'none'; sandbox",
};

/**
 * Sends a file, or the range of it that the request asks for, as players of films do. Throws
 * `HttpProblem` if the range begins behind its end, and what reading its beginning throws. After
 * that a failure cuts the connection.
 *
 * @param id names exactly these bytes for ever. A file never changes.
 */
export async function sendFile(response: Response, id: string, { name, mimeType, size, read }: OutboundFile): Promise<void> {
  const { req: request } = response;
  // Revalidated each time, so that a deleted file is gone. An unchanged one costs no bytes.
  response.set({ 'Cache-Control': 'private, no-cache', ETag: `"${id}"` });
  if (request.fresh) return void response.status(304).end();
  const range = rangeOf(request, `"${id}"`, size);
  if (range === 'unsatisfiable') throw noSuchRange(size);
  const { from, to } = range ?? { from: 0, to: size };
  const reading = read({ from, to })[Symbol.asyncIterator]();
  const first = request.method === 'HEAD' ? undefined : await reading.next();
  if (range !== undefined) response.status(206).set('Content-Range', `bytes ${from}-${to - 1}/${size}`);
  response
    // Encodes the name for old and new readers, and writes it so that it ends no header.
    .attachment(name)
    .set({ ...HEADERS, 'Content-Type': mimeType, 'Content-Length': String(to - from), 'Accept-Ranges': 'bytes' });
  if (first === undefined) return void response.end();
  await pipe(reading, response, first);
}

/**
 * Undefined for the whole file, which is also the answer to several ranges. `Range` is defined for
 * GET alone (RFC 9110, 14.2).
 */
function rangeOf(request: Request, tag: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (request.method !== 'GET' || (request.get('If-Range') ?? tag) !== tag) return undefined;
  const ranges = request.range(size, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return undefined;
  const [range, ...others] = ranges;
  return range === undefined || others.length > 0 ? undefined : { from: range.start, to: range.end + 1 };
}

function noSuchRange(size: number): HttpProblem {
  return new HttpProblem({
    status: 416,
    code: 'range',
    title: 'No such range',
    detail: `The file has ${size} bytes, and the range begins behind them. Ask for an earlier one.`,
    headers: { 'Content-Range': `bytes */${size}` },
  });
}

/** How a pipeline fails if the reader leaves, or has left just before. */
const LEFT = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE']);

/**
 * A reader that leaves ends the reading, and is no failure.
 *
 * @param first what has been read of it already.
 */
async function pipe(reading: AsyncIterator<Uint8Array>, response: Response, first?: IteratorResult<Uint8Array>): Promise<void> {
  // A pipeline into it would fail, and leave the reading as it is.
  if (response.destroyed) return void (await reading.return?.());
  // A stream of objects would read sixteen parts ahead.
  const source = Readable.from(continued(reading, first), { objectMode: false });
  await pipeline(source, response).catch((error: NodeJS.ErrnoException) => {
    if (!LEFT.has(error.code ?? '')) throw error;
  });
}

async function* continued(reading: AsyncIterator<Uint8Array>, first?: IteratorResult<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first ?? (await reading.next()); next.done !== true; next = await reading.next()) yield next.value;
  } finally {
    await reading.return?.();
  }
}
