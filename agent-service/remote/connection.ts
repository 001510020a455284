/**
 * One connection to a stream of an agent process, from its request until it breaks, ends or goes
 * silent.
 *
 * Invariants
 * 1. Nothing is read ahead. The reader takes everything that arrived before the socket reads more,
 *    so a slow reader slows the process down and uses no memory here.
 * 2. Every way to end the stream closes the connection.
 */
import { createParser } from 'eventsource-parser';
import type { Gap, NumberedEvent } from '#agent-service/event-ring.ts';
import { type AgentEndpoint, request, strange, unreachable } from './requests.ts';
import { readItem } from './wire.ts';

export interface ConnectionOptions {
  readonly path: string;
  /** The id of the last event that was read. */
  readonly after: number | undefined;
  readonly signal: AbortSignal;
  /**
   * A connection without data for so many milliseconds is dead. The process sends a heartbeat every
   * 15 seconds.
   */
  readonly silenceMs: number;
}

/** Data that arrived at once. Empty for a heartbeat. */
export interface Arrivals {
  readonly items: readonly (NumberedEvent | Gap)[];
  /** The stream is complete. */
  readonly end: boolean;
}

/** A report of 5 MB in base64 and its frame, and as much again. */
const MAX_FRAME = 16_000_000;

/** Rejects with `Unavailable` when it breaks, and with what `request` does. */
export async function* connection(peer: AgentEndpoint, { path, after, signal, silenceMs }: ConnectionOptions): AsyncGenerator<Arrivals> {
  const silent = new AbortController();
  let waiting = true;
  let reads = 0;
  const timer = setTimeout(() => {
    const before = reads;
    // Data that lies in the socket while this process was busy is read first.
    setImmediate(() => {
      if (waiting && reads === before) silent.abort(new Error(`silent for ${silenceMs / 1_000} s`));
      // Slow reading must not count as silence of the process.
      else timer.refresh();
    });
  }, silenceMs);
  const closing = AbortSignal.any([signal, silent.signal]);
  try {
    const headers = { Accept: 'text/event-stream', ...(after === undefined ? {} : { 'Last-Event-ID': String(after) }) };
    const { body } = await request(peer, { method: 'GET', path, headers, signal: closing });
    if (body === null) throw strange(peer.url, 'a stream has no body');
    const reader = body.getReader();
    try {
      const arrived: Arrivals['items'][number][] = [];
      let end = false;
      let alive = false;
      let fault: unknown;
      const parser = createParser({
        onEvent: (message) => {
          const item = readItem(message);
          if (item === 'end') end = true;
          else if (item !== undefined) arrived.push(item);
        },
        onComment: () => {
          alive = true;
        },
        onError: (error) => {
          if (error.type === 'max-buffer-size-exceeded') fault = error;
        },
        maxBufferSize: MAX_FRAME,
      });
      const decoder = new TextDecoder();
      for (;;) {
        waiting = true;
        reads++;
        timer.refresh();
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw unreachable(peer.url, cause);
        });
        waiting = false;
        if (done) throw unreachable(peer.url, 'the stream was ended before its last event');
        try {
          parser.feed(decoder.decode(value, { stream: true }));
        } catch (error) {
          fault = error;
        }
        if (fault !== undefined) throw strange(peer.url, 'it sent data that is not an event', fault);
        if (arrived.length > 0 || alive || end) yield { items: arrived.splice(0), end };
        if (end) return;
        alive = false;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}
