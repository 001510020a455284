/**
 * What a file holds of memory on its way from a channel into the store, to a reader and to a
 * channel, measured in a process of its own. The parts of one of 100 MB on their way take far less than
 * its size.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const MEGABYTE = 1_000_000;
const CUSTOMER = '201001234567';
const { connectionString } = await createTestDatabase();
const measured = z.object({
  sha256: z.string(),
  read: z.string(),
  held: z.object({ received: z.number(), read: z.number(), sent: z.number() }),
});

async function moved(api: GraphApi, bytes: Buffer): Promise<z.output<typeof measured>> {
  const { url, token, phoneNumberId } = api;
  const given = { connectionString, graph: { url, token, phoneNumberId }, ref: api.receive(bytes, 'application/pdf'), to: CUSTOMER };
  const script = join(import.meta.dirname, 'move-file.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, JSON.stringify(given)]);
  return measured.parse(JSON.parse(stdout));
}

test('a file of 100 MB is never whole in memory', async () => {
  const api = await startGraphApi();
  onTestFinished(() => api.close());
  const [small, large] = [2, 100].map((size) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size * MEGABYTE - 9)]));
  if (small === undefined || large === undefined) throw new Error('two files are expected');
  const [little, much] = [await moved(api, small), await moved(api, large)];
  const digest = createHash('sha256').update(large).digest('hex');
  expect(much).toMatchObject({ sha256: digest, read: digest });
  const [, sent] = api.screen(CUSTOMER);
  expect(sent?.file).toMatchObject({ kind: 'document', name: 'contract.pdf' });
  expect(Buffer.compare(sent?.file?.bytes ?? Buffer.alloc(0), large)).toBe(0);
  const least = Math.max(...Object.values(little.held));
  // One that was whole in memory would take 100. The reader is in the same process.
  for (const [stage, bytes] of Object.entries(much.held)) expect(bytes - least, stage).toBeLessThan(60 * MEGABYTE);
}, 300_000);
