/**
 * The answer of a route whose operation writes a text, for callers that accept
 * `text/event-stream`. Pieces of the text come as `text` events, and the result as one `done` or
 * `problem`. A refusal before the first piece is a problem document, as on any other route.
 *
 * Invariant: at most one text waits for a slow reader, because each contains those before it.
 */
import type { Request, Response } from 'express';
import { EventStream } from '#channels/event-stream.ts';
import { type Problem, problemOf } from '#channels/problem.ts';
import { jsonText } from '#machines/text.ts';

/** Interval of heartbeats while the model thinks, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** How long a reader may take nothing before it is cut off, in milliseconds. */
const STALL_MS = 60_000;

const INTERNAL: Problem = { status: 500, code: 'internal', title: 'Internal error', detail: 'Something failed that should not.' };

export function acceptsStream(request: Request): boolean {
  return request.get('accept')?.includes('text/event-stream') === true;
}

/** Aborted when the caller leaves before the answer. */
export function leaving(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) left.abort();
  });
  return left.signal;
}

/** @param run starts the operation, which reports the whole text so far. */
export async function streamText(
  request: Request,
  response: Response,
  run: (onText: (text: string) => void) => Promise<object>,
): Promise<void> {
  const latest = new LatestText();
  const result = run((text) => latest.set(text)).finally(() => latest.end());
  await Promise.race([result.catch(() => undefined), latest.more]);
  // Thrown if it is refused before anything was written.
  if (latest.text === '') await result;
  const stream = new EventStream(request, response, { heartbeatMs: HEARTBEAT_MS, stallMs: STALL_MS, retryMs: 1_000, onError: () => {} });
  await stream.run(frames(latest, result));
}

async function* frames(latest: LatestText, result: Promise<object>): AsyncGenerator<string> {
  let shown = '';
  for (let ended = false; !ended; ) {
    await latest.more;
    ended = latest.take();
    const { text } = latest;
    // A text that begins anew replaces all of the one before.
    const offset = text.startsWith(shown) ? shown.length : 0;
    if (text !== shown) yield frame('text', { offset, text: text.slice(offset) });
    shown = text;
  }
  try {
    yield frame('done', await result);
  } catch (error) {
    const { status, code, title, detail } = problemOf(error) ?? INTERNAL;
    yield frame('problem', { status, code, title, detail });
  }
}

function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${jsonText(data)}\n\n`;
}

class LatestText {
  text = '';
  #ended = false;
  #waiting = Promise.withResolvers<void>();

  /** Resolves once there is another text, or no more. */
  get more(): Promise<void> {
    return this.#waiting.promise;
  }

  set(text: string): void {
    this.text = text;
    this.#waiting.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#waiting.resolve();
  }

  /** True if no more comes. */
  take(): boolean {
    this.#waiting = Promise.withResolvers();
    if (this.#ended) this.#waiting.resolve();
    return this.#ended;
  }
}
