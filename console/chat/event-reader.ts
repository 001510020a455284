/**
 * Reader of the visitor's stream, for as long as the page lives. `EventSource` cannot send an
 * Authorization header, so this reader uses fetch and does what EventSource would do, which is
 * resuming and reconnecting.
 *
 * Invariants
 * 1. At most one request is open. Events of an older one are dropped.
 * 2. It resumes after the id that `lastId` returns at that moment, which was applied and not only
 *    received.
 * 3. A connection that is silent for longer than two heartbeats and a bit is dead, whatever TCP
 *    thinks.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { backoffMs } from './outbox.ts';

export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'refused';

export interface EventReaderParts {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly token: () => string | undefined;
  readonly lastId: () => string | undefined;
  readonly onOpen: () => void;
  readonly onEvent: (data: string) => void;
  readonly onConnection: (connection: ConnectionState) => void;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  readonly random: () => number;
  /** Default 40,000. The server sends a heartbeat every 15 s. */
  readonly silenceMs?: number;
}

export class EventReader {
  readonly #parts: EventReaderParts;
  #abort: AbortController | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  #attempt = 0;
  #retryBase = 1_000;
  #connection: ConnectionState = 'waiting';

  constructor(parts: EventReaderParts) {
    this.#parts = parts;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  /** Connects now, unless it is connected. */
  wake(): void {
    if (this.#connection === 'open' || this.#connection === 'connecting' || this.#connection === 'refused') return;
    this.#attempt = 0;
    this.#connect();
  }

  /** Reconnects with the current token and id. */
  restart(): void {
    this.stop();
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    this.#cancelRetry?.();
    this.#cancelSilence?.();
    this.#abort?.abort();
    this.#abort = undefined;
    this.#connection = 'waiting';
  }

  #connect(): void {
    const token = this.#parts.token();
    if (token === undefined) return;
    this.#cancelRetry?.();
    const abort = new AbortController();
    this.#abort = abort;
    this.#become('connecting');
    this.#read(token, abort).then(
      (outcome) => this.#over(abort, outcome),
      () => this.#over(abort, 'broken'),
    );
  }

  async #read(token: string, abort: AbortController): Promise<'ended' | 'broken' | 'refused'> {
    this.#watchSilence(abort);
    const lastId = this.#parts.lastId();
    const response = await this.#parts.fetch(this.#parts.url, {
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }),
      },
      cache: 'no-store',
      signal: abort.signal,
    });
    if (response.status === 401) return 'refused';
    if (!response.ok || response.body === null) {
      const seconds = Number(response.headers.get('retry-after'));
      if (seconds > 0) this.#retryBase = Math.min(60, seconds) * 1_000;
      return 'broken';
    }
    if (abort.signal.aborted) return 'broken';
    this.#parts.onOpen();
    this.#become('open');
    const alive = (): void => this.#watchSilence(abort);
    const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
      new EventSourceParserStream({
        onRetry: (ms) => {
          this.#retryBase = Math.max(250, Math.min(60_000, ms));
        },
        onComment: alive,
      }),
    );
    const reader = events.getReader();
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      if (abort.signal.aborted) return 'broken';
      alive();
      if (value === undefined) continue;
      this.#attempt = 0;
      this.#parts.onEvent(value.data);
    }
    return 'ended';
  }

  #over(abort: AbortController, outcome: 'ended' | 'broken' | 'refused'): void {
    if (this.#abort !== abort) return;
    abort.abort();
    this.#abort = undefined;
    this.#cancelSilence?.();
    if (outcome === 'refused') {
      this.#become('refused');
      return;
    }
    this.#become('waiting');
    this.#cancelRetry = this.#parts.setTimer(() => this.#connect(), backoffMs(this.#attempt, this.#parts.random(), this.#retryBase));
    this.#attempt += 1;
  }

  #watchSilence(abort: AbortController): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#parts.setTimer(() => {
      // On a half-open connection not every fetch rejects when it is aborted, so do not wait for
      // it.
      if (this.#abort === abort) this.#over(abort, 'broken');
    }, this.#parts.silenceMs ?? 40_000);
  }

  #become(connection: ConnectionState): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#parts.onConnection(connection);
  }
}
