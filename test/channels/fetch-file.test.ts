/** Downloads and uploads that are read as they go. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { fetchFile } from '#channels/fetch-file.ts';
import { fileForm } from '#channels/file-form.ts';
import { uploadMs } from '#channels/upload-time.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { bytesReceived } from '#test/file-bytes.ts';

const SILENCE_MS = 300;
const broken = (error: unknown) => new Unavailable('broken within the file', {}, error);

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it('a file that comes slowly is read to its end, however long all of it takes', async () => {
  const url = await serve((_request, response) => {
    let sent = 0;
    const timer = setInterval(() => {
      response.write(Buffer.of(sent));
      sent += 1;
      if (sent === 6) response.end(() => clearInterval(timer));
    }, SILENCE_MS / 3);
  });
  const begun = performance.now();
  const { response, bytes } = await fetchFile(url, { silenceMs: SILENCE_MS, broken });
  expect(response.status).toBe(200);
  expect(await bytesReceived(bytes)).toEqual(Buffer.of(0, 1, 2, 3, 4, 5));
  expect(performance.now() - begun).toBeGreaterThan(SILENCE_MS);
});

it('a line that is silent, cut, or ends too soon breaks the file', async () => {
  for (const end of [
    () => undefined,
    (response: ServerResponse) => response.destroy(),
    (response: ServerResponse) => response.socket?.end(),
  ]) {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => end(response));
    });
    const { bytes } = await fetchFile(url, { silenceMs: SILENCE_MS, broken });
    await expect(bytesReceived(bytes)).rejects.toThrow('broken within the file');
  }
  const silent = await serve(() => undefined);
  await expect(fetchFile(silent, { silenceMs: SILENCE_MS, broken })).rejects.toThrow();
});

it('a slow reader is no silence, and one that leaves ends the request', async () => {
  const left = Promise.withResolvers<void>();
  const url = await serve((_request, response) => {
    response.on('close', () => left.resolve());
    response.write('1');
    setTimeout(() => response.write('2'), SILENCE_MS / 2);
  });
  const { bytes } = await fetchFile(url, { silenceMs: SILENCE_MS, broken });
  const reading = bytes[Symbol.asyncIterator]();
  await reading.next();
  const begun = performance.now();
  await expect.poll(() => performance.now() - begun).toBeGreaterThan(2 * SILENCE_MS);
  expect((await reading.next()).value).toEqual(new Uint8Array(Buffer.from('2')));
  await reading.return?.();
  await left.promise;
});

it('an upload has as long as a slow line takes for its bytes', () => {
  expect(uploadMs(100)).toBe(1);
  expect(uploadMs(100_000_000)).toBe(800_000);
});

it('a signal ends the wait for the answer, and the file while it comes in', async () => {
  const closed: string[] = [];
  const url = await serve((request, response) => {
    response.on('close', () => closed.push(request.url ?? ''));
    if (request.url === '/slow') response.write('1');
  });
  const silenceMs = 20_000;
  const waiting = new AbortController();
  const answer = fetchFile(url, { silenceMs, broken, signal: waiting.signal });
  waiting.abort(new Error('the lease is lost'));
  await expect(answer).rejects.toThrow('the lease is lost');
  const reading = new AbortController();
  const { bytes } = await fetchFile(`${url}slow`, { silenceMs, broken, signal: reading.signal });
  const iteration = bytes[Symbol.asyncIterator]();
  await iteration.next();
  const next = iteration.next();
  reading.abort();
  await expect(next).rejects.toThrow('broken within the file');
  await expect.poll(() => closed).toContain('/slow');
});

it('a form has its length before its bytes are read, and names that end nothing', async () => {
  const seen = Promise.withResolvers<{ readonly headers: IncomingMessage['headers']; readonly body: Buffer }>();
  const url = await serve((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.resolve({ headers: request.headers, body: Buffer.concat(parts) });
      response.end();
    });
  });
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
  const file = { name: 'a"\r\nX: y.pdf', mimeType: 'application/pdf', ...contentOf(bytes) };
  const { status } = await fetch(url, { method: 'POST', ...fileForm({ messaging_product: 'whatsapp' }, file) });
  expect(status).toBe(200);
  const { headers, body } = await seen.promise;
  expect(headers['content-length']).toBe(String(body.length));
  expect(headers['transfer-encoding']).toBeUndefined();
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
  expect(form.get('messaging_product')).toBe('whatsapp');
  const sent = form.get('file');
  expect(sent).toBeInstanceOf(File);
  if (!(sent instanceof File)) return;
  expect([sent.name, sent.type]).toEqual(['a"\r\nX: y.pdf', 'application/pdf']);
  expect(Buffer.compare(Buffer.from(await sent.arrayBuffer()), bytes)).toBe(0);
});

it('a form whose file breaks off is not sent as if it were whole', async () => {
  const ended = Promise.withResolvers<boolean>();
  const url = await serve((request, response) => {
    request.resume();
    request.on('close', () => ended.resolve(request.complete));
    request.on('end', () => response.end());
  });
  async function* read(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(100_000);
    throw new Unavailable('the store is away');
  }
  const form = fileForm({}, { name: 'a.pdf', mimeType: 'application/pdf', size: 200_000, read });
  await expect(fetch(url, { method: 'POST', ...form })).rejects.toThrow();
  expect(await ended.promise).toBe(false);
});
