/** A file that is made as its reader takes it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextRound } from 'node:timers/promises';
import express, { type Response as Answer } from 'express';
import { afterEach, expect, test } from 'vitest';
import { sendFile, streamFile } from '#channels/file-response.ts';
import { contentOf } from '#machines/file-content.ts';

const MEGABYTE = 1_048_576;
/** Far more megabytes than the buffers on the way take. */
const WHOLE = 256;
let close = async (): Promise<void> => {};
afterEach(() => close());

async function serve(answer: (response: Answer) => void): Promise<string> {
  const server = express()
    .get('/', (_request, response) => answer(response))
    .listen(0, '127.0.0.1');
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a reader that stops reading stops it, and one that leaves ends it', async () => {
  let made = 0;
  const ended = Promise.withResolvers<void>();
  async function* parts(): AsyncGenerator<Uint8Array> {
    try {
      while (made < WHOLE) {
        made += 1;
        yield new Uint8Array(MEGABYTE);
        await nextRound();
      }
    } finally {
      ended.resolve();
    }
  }
  const failures: unknown[] = [];
  const url = await serve((response) => {
    streamFile(response, { name: 'all.json', mimeType: 'application/json', bytes: parts() }).catch((error) => failures.push(error));
  });
  const leaving = new AbortController();
  const response = await fetch(url, { signal: leaving.signal });
  expect(response.headers.get('content-disposition')).toBe('attachment; filename=all.json');
  const reader = response.body?.getReader();
  await reader?.read();
  // Without a reader, the buffers on the way are full sooner or later.
  for (let [before, still] = [made, 0]; still < 100; before = made) {
    await nextRound();
    still = made === before ? still + 1 : 0;
  }
  expect(made).toBeLessThan(WHOLE / 4);
  leaving.abort();
  await ended.promise;
  expect(failures).toEqual([]);
});

test('a reader that leaves before the first part is read ends the reading, and is no failure', async () => {
  const began = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  let isEnded = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      began.resolve();
      await left.promise;
      yield new Uint8Array(MEGABYTE);
      yield new Uint8Array(MEGABYTE);
    } finally {
      isEnded = true;
    }
  }
  const url = await serve((response) => {
    response.once('close', () => left.resolve());
    sendFile(response, 'a', { name: 'a.bin', mimeType: 'application/octet-stream', size: 2 * MEGABYTE, read }).then(
      sent.resolve,
      sent.reject,
    );
  });
  const leaving = new AbortController();
  const response = fetch(url, { signal: leaving.signal }).catch((error: unknown) => error);
  await began.promise;
  leaving.abort();
  await sent.promise;
  expect(isEnded).toBe(true);
  expect(await response).toMatchObject({ name: 'AbortError' });
});

test('a range is a matter of GET alone', async () => {
  const file = { name: 'a.txt', mimeType: 'text/plain', ...contentOf(Buffer.from('0123456789')) };
  const url = await serve((response) => void sendFile(response, 'a', file));
  const headers = { range: 'bytes=2-4' };
  const part = await fetch(url, { headers });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234']);
  const head = await fetch(url, { method: 'HEAD', headers });
  expect([head.status, head.headers.get('content-range'), head.headers.get('content-length')]).toEqual([200, null, '10']);
});
