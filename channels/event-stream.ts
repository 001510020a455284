/**
 * One open response of server-sent events.
 *
 * Owns headers, heartbeats, a reader that is slow or has left. Does not own the content, the
 * right to read it, the number of streams.
 *
 * Invariants
 * 1. At most the socket's buffer and one frame are held. The next frame is read only when the
 *    socket has taken the last one. A reader that takes nothing for `stallMs` is cut off.
 * 2. Whatever ends the stream aborts `gone`.
 * 3. Every string in the JSON of a frame is well-formed.
 */
import type { Request, Response } from 'express';
import { wellFormedJsonText } from '#machines/text.ts';

export interface EventStreamOptions {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  /** Wait before a reader reconnects after a broken stream, in milliseconds. */
  readonly retryMs: number;
  /** The source failed. Readers reconnect by themselves, but the operator should know. */
  readonly onError: (error: unknown) => void;
}

export class EventStream {
  readonly #request: Request;
  readonly #response: Response;
  readonly #options: EventStreamOptions;
  readonly #gone = new AbortController();

  constructor(request: Request, response: Response, options: EventStreamOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    // The reader left while it was let in. No later event would report that.
    if (response.destroyed || request.socket.destroyed) this.#gone.abort();
    response.once('close', () => this.#gone.abort());
  }

  /** Aborted when it is over. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Sends the closing frame with the time to reconnect. */
  end(retryMs = this.#options.retryMs): void {
    if (!this.#response.writableEnded && !this.#gone.signal.aborted) this.#response.end(`retry: ${retryMs}\n\n`);
    this.#gone.abort();
  }

  /** Writes `frames`, each a whole one. Resolves when the stream is over. */
  async run(frames: AsyncIterable<string>): Promise<void> {
    const gone = this.#gone.signal;
    if (gone.aborted) return;
    const response = this.#response;
    this.#request.socket.setNoDelay(true);
    response
      .status(200)
      .set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' })
      .write(`retry: ${this.#options.retryMs}\n\n`);
    const heartbeat = setInterval(() => {
      if (!gone.aborted && !response.writableNeedDrain) response.write(': still here\n\n');
    }, this.#options.heartbeatMs);
    heartbeat.unref();
    try {
      for await (const frame of frames) {
        if (gone.aborted) break;
        if (!response.write(wellFormedJsonText(frame)) && !(await drained(response, gone, this.#options.stallMs))) {
          response.destroy();
          break;
        }
      }
    } catch (error) {
      if (!gone.aborted) this.#options.onError(error);
    } finally {
      clearInterval(heartbeat);
      this.end();
    }
  }
}

/** False if the reader has taken nothing for `stallMs`, or is gone. */
function drained(response: Response, gone: AbortSignal, stallMs: number): Promise<boolean> {
  if (gone.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (value: boolean): void => {
      clearTimeout(deadline);
      response.off('drain', onDrain);
      gone.removeEventListener('abort', onGone);
      resolve(value);
    };
    const onDrain = (): void => settle(true);
    const onGone = (): void => settle(false);
    const deadline = setTimeout(() => settle(false), stallMs);
    response.once('drain', onDrain);
    gone.addEventListener('abort', onGone, { once: true });
  });
}
