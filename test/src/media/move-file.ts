/**
 * Takes a file from WhatsApp into the store, gives it by HTTP and sends it to WhatsApp again, in a
 * process of its own, and prints what it held of memory. Run it with `--expose-gc` and
 * `MoveFile` as JSON.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import * as z from 'zod';
import { systemClock } from '#actors/contract/system-clock.ts';
import { sendFile } from '#channels/file-response.ts';
import { silent } from '#channels/log.ts';
import { whatsAppCloudAdapter } from '#channels/whatsapp-cloud/adapter.ts';
import { parseAddress } from '#machines/ids.ts';
import { readConfig } from '#src/config/config.ts';
import { createImages } from '#src/media/images.ts';
import { createMediaKeeper } from '#src/media/media-keeper.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const { connectionString, graph, ref, to } = z
  .object({
    connectionString: z.string(),
    graph: z.object({ url: z.string(), token: z.string(), phoneNumberId: z.string() }),
    ref: z.string(),
    to: z.string(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

/** Milliseconds between two measurements, each after a collection. */
const SAMPLE_MS = 100;
let stage: 'received' | 'read' | 'sent' = 'received';
/** Most bytes at each stage. */
const held = { received: 0, read: 0, sent: 0 };
const sampling = setInterval(() => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  held[stage] = Math.max(held[stage], heapUsed + external);
}, SAMPLE_MS);

const store = createPostgresStore({ connectionString });
const adapter = whatsAppCloudAdapter({
  token: graph.token,
  phoneNumberId: graph.phoneNumberId,
  appSecret: '0'.repeat(32),
  verifyToken: 'verify',
  businessAccountId: '1',
  graphRoot: graph.url,
  perSecond: 80,
  clock: systemClock,
  log: silent,
  deadLetter: async () => undefined,
  ignored: () => undefined,
  resolve: async (address) => address,
});
const row = newSession();
await store.store.commit([turnOn(row)], 'me', LEASE);
const keeper = createMediaKeeper({
  receivedFile: (_address, wanted, mostBytes) => adapter.receivedFile(wanted, mostBytes),
  files: store.files,
  images: createImages(() => undefined),
  ...readConfig({ STATECHAT_MEDIA_MAX_MB: '100' }).media,
  now: Date.now,
});
const place = { sessionId: row.id, address: row.address };
const outcome = await keeper.keep(place, { kind: 'document', ref, fileName: 'contract.pdf' });
if (!('kept' in outcome)) throw new Error(`The file is lost: ${outcome.lost}`);
const file = await store.files.get(outcome.kept.file);
if (file === undefined) throw new Error('The file is not in the store.');

stage = 'read';
const server = express()
  .get('/', async (_request, response) => await sendFile(response, file.id, file))
  .listen(0, '127.0.0.1');
await once(server, 'listening');
const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
const hash = createHash('sha256');
for await (const part of body ?? []) hash.update(part);
server.close();

stage = 'sent';
await adapter.send(
  parseAddress(`whatsapp:${graph.phoneNumberId}:${to}`),
  { text: '', author: 'assistant', file },
  { key: 'k', statusKey: 'k', attempt: 1, signal: AbortSignal.timeout(120_000), sent: [], onSent: async () => undefined },
);
clearInterval(sampling);
await store.close();
console.log(JSON.stringify({ sha256: outcome.kept.sha256, read: hash.digest('hex'), held }));
