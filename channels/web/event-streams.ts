/**
 * Server-sent events: one open response per reader.
 *
 * Owns: headers, framing, heartbeats, the slow reader, the number of streams, the farewell at shutdown.
 * Does not own: what is said (the feed), who may hear it (the router).
 *
 * Invariants
 * 1. Of one reader at most the socket's buffer and one event are held: the feed is asked for the next event only when
 *    the socket has taken the last one. A reader that takes nothing for `stallMs` is cut off; it resumes by its id.
 * 2. Whatever ends a stream aborts the feed's signal and frees its place.
 * 3. A page that is told to go away is told when to come back (`retry:`), spread out so that not all come at once.
 */
import type { Request, Response } from 'express';
import type { VisitorEvent } from './feed.ts';

export interface EventStreamOptions {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly perVisitor: number;
  readonly total: number;
  /** A feed failed: its page comes back by itself, but someone should know. */
  readonly onError: (error: unknown) => void;
}

interface OpenStream {
  end(retryMs: number): void;
}

/** How soon a page comes back after a stream that just broke; each page adds its own jitter and backs off. */
const RETRY_MS = 1_000;
/** A page that was ended for having too many siblings comes back so late that two of them do not chase each other. */
const RETRY_CROWDED_MS = 30_000;

export class EventStreams {
  readonly #options: EventStreamOptions;
  readonly #byVisitor = new Map<string, OpenStream[]>();
  #count = 0;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  get full(): boolean {
    return this.#count >= this.#options.total;
  }

  get size(): number {
    return this.#count;
  }

  /** Resolves when the stream is over. */
  async serve(
    visitorId: string,
    request: Request,
    response: Response,
    open: (signal: AbortSignal) => AsyncIterable<VisitorEvent>,
  ): Promise<void> {
    // The reader left while it was being let in: nothing would ever tell us again.
    if (response.destroyed || request.socket.destroyed) return;
    const gone = new AbortController();
    const stream: OpenStream = {
      end: (retryMs) => {
        if (!response.writableEnded) response.end(`retry: ${retryMs}\n\n`);
        gone.abort();
      },
    };
    this.#add(visitorId, stream);
    gone.signal.addEventListener('abort', () => this.#remove(visitorId, stream), { once: true });
    response.once('close', () => gone.abort());
    request.socket.setNoDelay(true);
    response
      .status(200)
      .set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' })
      .write(`retry: ${RETRY_MS}\n\n`);

    const heartbeat = setInterval(() => {
      if (!gone.signal.aborted && !response.writableNeedDrain) response.write(': still here\n\n');
    }, this.#options.heartbeatMs);
    heartbeat.unref();
    try {
      for await (const event of open(gone.signal)) {
        if (gone.signal.aborted) break;
        if (!response.write(frame(event)) && !(await drained(response, gone.signal, this.#options.stallMs))) {
          response.destroy();
          break;
        }
      }
    } catch (error) {
      if (!gone.signal.aborted) this.#options.onError(error);
    } finally {
      clearInterval(heartbeat);
      stream.end(RETRY_MS);
    }
  }

  /** Tells every page to come back a little later, to whoever is there then. */
  closeAll(): void {
    for (const streams of [...this.#byVisitor.values()]) {
      for (const stream of [...streams]) stream.end(RETRY_MS + Math.floor(Math.random() * 2 * RETRY_MS));
    }
  }

  #add(visitorId: string, stream: OpenStream): void {
    const streams = this.#byVisitor.get(visitorId) ?? [];
    // The oldest goes, not the newest: it is the likeliest to be a half-open connection that a phone has left behind.
    if (streams.length >= this.#options.perVisitor) streams.shift()?.end(RETRY_CROWDED_MS);
    streams.push(stream);
    this.#byVisitor.set(visitorId, streams);
    this.#count += 1;
  }

  #remove(visitorId: string, stream: OpenStream): void {
    this.#count -= 1;
    const rest = (this.#byVisitor.get(visitorId) ?? []).filter((other) => other !== stream);
    if (rest.length === 0) this.#byVisitor.delete(visitorId);
    else this.#byVisitor.set(visitorId, rest);
  }
}

/** JSON has no line breaks of its own, so one event is always one `data:` line. */
function frame(event: VisitorEvent): string {
  const id = event.type === 'message' ? `id: ${event.id}\n` : '';
  return `event: ${event.type}\n${id}data: ${JSON.stringify(event)}\n\n`;
}

/** False: the reader has taken nothing for `stallMs`, or is gone. */
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
