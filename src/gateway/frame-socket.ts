/**
 * FrameSocket is a WebSocket of `ws` that also takes frames which are ready. They go to the stream
 * below it, so that a frame which many connections share is not copied for each.
 *
 * Invariants
 * 1. `ws` writes each of its own frames to the stream in one step, because compression is off. So
 *    no frame falls into another one.
 * 2. No frame follows the closing handshake.
 */
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { ConsoleSocket } from './connection.ts';

export class FrameSocket implements ConsoleSocket {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;

  /** @param stream of the upgrade that made the socket. */
  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  /** Bytes that wait for the network. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  write(frames: readonly Buffer[]): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const [first] = frames;
    if (frames.length === 1) return void this.#stream.write(first);
    this.#stream.cork();
    for (const frame of frames) this.#stream.write(frame);
    this.#stream.uncork();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  onMessage(listener: (data: RawData, isBinary: boolean) => void): void {
    this.#socket.on('message', listener);
  }

  onceClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }
}
