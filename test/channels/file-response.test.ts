/** A file that is made as its reader takes it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextRound } from 'node:timers/promises';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { streamFile } from '#channels/file-response.ts';

const MEGABYTE = 1_048_576;
/** Far more megabytes than the buffers on the way take. */
const WHOLE = 256;
let close = async (): Promise<void> => {};
afterEach(() => close());

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
  const server = express()
    .get('/', (_request, response) => {
      streamFile(response, { name: 'all.json', mimeType: 'application/json', bytes: parts() }).catch((error) => failures.push(error));
    })
    .listen(0, '127.0.0.1');
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const leaving = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/`, { signal: leaving.signal });
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
