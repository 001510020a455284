/**
 * Outgoing writes to one socket and knows how far its reader is behind.
 *
 * Invariants
 * 1. A reader that is `PAUSE_BYTES` behind gets no events until it has caught up. A snapshot of
 *    what it missed is sent then. So memory is bounded by connections and not by traffic.
 * 2. Snapshots are sent one at a time, each once there is room. A reader that is slow gets each of
 *    them in its turn.
 * 3. At most `MAX_BUFFERED` bytes wait for a reader, and one message more.
 * 4. Nothing is written after `stop`.
 */
import type { ServerMessage } from '#console/client/protocol.ts';

/** Bytes that wait for the socket, from which on events are held back. A whole list is below it. */
const PAUSE_BYTES = 524_288;
/** Below it the reader has caught up. */
const RESUME_BYTES = 65_536;
/** A reader that lets answers to its own commands wait so far is gone. */
const MAX_BUFFERED = 4_194_304;
/** How often the bytes of a reader that is behind are read, in milliseconds. */
const POLL_MS = 100;

export interface OutgoingOptions {
  readonly socket: { readonly bufferedAmount: number; send(text: string): void };
  /** The reader is too far behind for any message. */
  readonly tooSlow: () => void;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  #poll: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #turns: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Events are held back. */
  get behind(): boolean {
    return this.#poll !== undefined;
  }

  /** An answer, which is always sent. */
  send(message: ServerMessage): void {
    this.write(JSON.stringify(message));
  }

  /** An event as JSON text, which many connections share. False if it was held back. */
  event(text: string): boolean {
    if (this.behind) return false;
    this.write(text);
    return true;
  }

  /** A part of a snapshot as JSON text, which is always sent. See `inTurn`. */
  write(text: string): void {
    if (this.#stopped) return;
    const { socket, tooSlow } = this.#options;
    if (socket.bufferedAmount > MAX_BUFFERED) return tooSlow();
    socket.send(text);
    if (socket.bufferedAmount > PAUSE_BYTES) this.#poll ??= setInterval(() => this.#check(), POLL_MS);
  }

  /**
   * Runs `send` once there is room and the snapshots before it are sent. Rejects if `send` does.
   * After `stop` it still runs, and what it writes is dropped.
   */
  inTurn(send: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(() => this.room()).then(send);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when there is room for a page of entries. */
  room(): Promise<void> {
    if (!this.behind) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#release();
  }

  #check(): void {
    if (this.#options.socket.bufferedAmount <= RESUME_BYTES) this.#release();
  }

  #release(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
