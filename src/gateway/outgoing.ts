/**
 * Outgoing writes to one socket and knows how far its reader is behind.
 *
 * Invariants
 * 1. Messages are written in the order in which they are given. Events wait for the next round of
 *    the fan-out, or for the next message that does not, and are one write then.
 * 2. A reader that is `PAUSE_BYTES` behind gets no events until it has caught up. A snapshot of
 *    what it missed is sent then. So memory is bounded by connections and not by traffic.
 * 3. Snapshots are sent one at a time, each once there is room. A reader that is slow gets each of
 *    them in its turn.
 * 4. At most `MAX_BUFFERED` bytes wait for a reader, and one message more.
 * 5. Nothing is written after `stop`.
 */
import type { ServerMessage } from '#console/client/protocol.ts';
import type { FanOut } from './fan-out.ts';
import { frameOf } from './frame.ts';

/** Bytes that wait for the socket, from which on events are held back. A whole list is below it. */
const PAUSE_BYTES = 524_288;
/** Below it the reader has caught up. */
const RESUME_BYTES = 65_536;
/** A reader that lets answers to its own commands wait so far is gone. */
const MAX_BUFFERED = 4_194_304;
/** Bytes of events that do not wait for the next round. */
const MOST_GATHERED = 65_536;
/** How often the bytes of a reader that is behind are read, in milliseconds. */
const POLL_MS = 100;

export interface OutgoingOptions {
  readonly socket: { readonly bufferedAmount: number; write(frames: readonly Buffer[]): void };
  readonly fanOut: Pick<FanOut, 'add' | 'remove'>;
  /** The reader is too far behind for any message. */
  readonly tooSlow: () => void;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  /** Events for the next round. */
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
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
    this.write(frameOf(message));
  }

  /** An event, whose frame many connections share. False if it was held back. */
  event(frame: Buffer): boolean {
    if (this.behind) return false;
    if (this.#stopped) return true;
    this.#gathered.push(frame);
    this.#gatheredBytes += frame.length;
    if (this.#gatheredBytes > MOST_GATHERED) this.flush();
    else this.#options.fanOut.add(this);
    return true;
  }

  /** A part of a snapshot, which is always sent. See `inTurn`. */
  write(frame: Buffer): void {
    this.#gathered.push(frame);
    this.flush();
  }

  /** Writes what was gathered. */
  flush(): void {
    const { socket, fanOut, tooSlow } = this.#options;
    const frames = this.#gathered;
    if (frames.length === 0) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    fanOut.remove(this);
    if (this.#stopped) return;
    if (socket.bufferedAmount > MAX_BUFFERED) return tooSlow();
    socket.write(frames);
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
    this.#options.fanOut.remove(this);
    this.#gathered = [];
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
