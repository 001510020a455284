/** What a socket was given, as the messages that its reader gets. */
import type { ServerMessage } from '#console/client/protocol.ts';
import type { FanOut } from '#src/gateway/fan-out.ts';

/** A socket whose reader reads at once, or when `drain` is called. */
export class KeptSocket {
  bufferedAmount = 0;
  readonly sent: ServerMessage[] = [];
  readonly #isRead: boolean;

  constructor(isRead = false) {
    this.#isRead = isRead;
  }

  write(frames: readonly Buffer[]): void {
    for (const frame of frames) {
      this.sent.push(messageIn(frame));
      if (!this.#isRead) this.bufferedAmount += frame.length;
    }
  }

  drain(): void {
    this.bufferedAmount = 0;
  }
}

/** Writes whatever is added, at once. */
export const atOnce: Pick<FanOut, 'add' | 'remove'> = { add: (writer) => writer.flush(), remove: () => undefined };

export function messageIn(frame: Buffer): ServerMessage {
  const short = (frame[1] ?? 0) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  return JSON.parse(frame.toString('utf8', head));
}
