/**
 * Outgoing writes to one socket and knows how far its reader is behind.
 *
 * Invariant
 * At most `MAX_BUFFERED` bytes of answers and events wait for a reader, and one message more. A
 * reader that is `PAUSE_BYTES` behind gets no events until it has caught up. What it missed is sent
 * as a snapshot then. So memory is bounded by connections and not by traffic.
 */
import type { WebSocket } from 'ws';
import type { ServerMessage } from '#console/client/protocol.ts';

/** Bytes that wait for the socket, from which on events are held back. */
const PAUSE_BYTES = 262_144;
/** Below it the reader has caught up. */
const RESUME_BYTES = 32_768;
/** A reader that lets answers to its own commands wait so far is gone. */
const MAX_BUFFERED = 4_194_304;
/** How often a reader that is behind is looked at, in milliseconds. */
const POLL_MS = 100;

export interface OutgoingOptions {
  readonly socket: Pick<WebSocket, 'send' | 'bufferedAmount'>;
  /** The reader has caught up. It needs a snapshot of everything that it follows. */
  readonly caughtUp: () => void;
  /** The reader is too far behind for any message. */
  readonly tooSlow: () => void;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  #poll: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Events are held back. */
  get behind(): boolean {
    return this.#poll !== undefined;
  }

  /** An answer, which is always sent. */
  send(message: ServerMessage): void {
    this.#write(JSON.stringify(message));
  }

  /** An event as JSON text, which many connections share. False if it was held back. */
  event(text: string): boolean {
    if (this.behind) return false;
    this.#write(text);
    return true;
  }

  /** Resolves when there is room for a page of entries. */
  room(): Promise<void> {
    if (!this.behind) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Nothing is sent any more. */
  stop(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#release();
  }

  #write(text: string): void {
    const { socket, tooSlow } = this.#options;
    if (socket.bufferedAmount > MAX_BUFFERED) return tooSlow();
    socket.send(text);
    if (socket.bufferedAmount > PAUSE_BYTES) this.#poll ??= setInterval(() => this.#look(), POLL_MS);
  }

  #look(): void {
    if (this.#options.socket.bufferedAmount > RESUME_BYTES) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#release();
    this.#options.caughtUp();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
