/** The layout engine of the server. */
import { Worker } from 'node:worker_threads';
import type { LayoutEngine } from '#machines/drawing/layout.ts';
import { StatechatError } from '#machines/errors.ts';

/** A machine of 150 states takes a second or two on a busy processor. */
const PATIENCE_MS = 30_000;

/**
 * Starts a thread for each layout, which ends with it. The engine loads in a tenth of a second, and
 * so costs no memory while nothing is drawn. Rejects with `StatechatError` code `not_drawn` if the
 * engine fails or takes too long.
 */
export const layoutInThread: LayoutEngine = async (input) => {
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { workerData: input });
  const timer = setTimeout(() => worker.terminate(), PATIENCE_MS);
  try {
    return await new Promise<unknown>((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        // Under Node's watch mode a thread also reports the files that it loads.
        if (typeof message === 'object' && message !== null && 'layout' in message) resolve(message.layout);
      });
      worker.once('error', (cause) => reject(notDrawn('the layout engine failed', cause)));
      worker.once('exit', () => reject(notDrawn('the layout engine took too long or gave nothing')));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
};

function notDrawn(reason: string, cause?: unknown): StatechatError {
  return new StatechatError('not_drawn', `The machine could not be drawn: ${reason}.`, { cause });
}
