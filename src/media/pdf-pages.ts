/**
 * Pages of a PDF. A file from anyone may keep its reader busy for ever, so it is read in a thread
 * with bounds of its own.
 */
import { Worker } from 'node:worker_threads';

const TIMEOUT_MS = 15_000;
const MAX_HEAP_MB = 256;

/** Undefined if it cannot be read, such as one with a password, or not within the bounds. */
export async function pdfPages(bytes: Uint8Array, timeoutMs: number = TIMEOUT_MS): Promise<number | undefined> {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    // What the reader complains about is about the customer's file.
    stdout: true,
    stderr: true,
  });
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  worker.once('message', (pages: unknown) => resolve(typeof pages === 'number' && pages > 0 ? pages : undefined));
  worker.once('error', () => resolve(undefined));
  worker.once('exit', () => resolve(undefined));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
