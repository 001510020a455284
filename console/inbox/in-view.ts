/**
 * What the agent has seen of each session. An entry counts as seen once it was in view for
 * `SEEN_MS`. The server treats an answer as an answer to everything that was seen.
 */

/** How long an entry has to be in view until it counts as seen, in milliseconds. */
const SEEN_MS = 500;

export class InView {
  readonly #setTimer: (run: () => void, ms: number) => () => void;
  /** The last entry that was seen, by session. */
  readonly #seen = new Map<string, number>();
  #stop: (() => void) | undefined;

  constructor(setTimer: (run: () => void, ms: number) => () => void) {
    this.#setTimer = setTimer;
  }

  /** The last entry that was seen. 0 for none. */
  seenOf(sessionId: string): number {
    return this.#seen.get(sessionId) ?? 0;
  }

  /** The entries up to this one are in view. Calls `onSeen` when they count as seen. */
  show(sessionId: string, seq: number, onSeen: () => void): void {
    this.leave();
    if (this.seenOf(sessionId) >= seq) return onSeen();
    this.#stop = this.#setTimer(() => {
      this.#seen.set(sessionId, seq);
      onSeen();
    }, SEEN_MS);
  }

  /** The view shows something else, or nothing. */
  leave(): void {
    this.#stop?.();
  }
}
