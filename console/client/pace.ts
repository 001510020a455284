/**
 * Pace keeps the messages of one connection within the gateway's limits. It is a bucket of tokens,
 * one a message, somewhat smaller than the gateway's own.
 */
import { LIMITS } from './protocol.ts';

/** Share of the limits that is used. The rest is for clocks and networks that are not even. */
const SHARE = 0.75;
const BURST = LIMITS.burst * SHARE;
const PER_MS = (LIMITS.perSecond * SHARE) / 1_000;

export class Pace {
  readonly #onRoom: () => void;
  #tokens = BURST;
  #filledAt = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onRoom is called when a message can be sent that could not be. */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  /** True if a message can be sent now. */
  take(): boolean {
    this.spend(0);
    if (this.#tokens < 1) {
      this.#timer ??= setTimeout(
        () => {
          this.#timer = undefined;
          this.#onRoom();
        },
        Math.ceil((1 - this.#tokens) / PER_MS),
      );
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Counts messages that are sent in any case. */
  spend(messages = 1): void {
    const now = Date.now();
    this.#tokens = Math.min(BURST, this.#tokens + Math.max(0, now - this.#filledAt) * PER_MS) - messages;
    this.#filledAt = now;
  }

  /** A new connection begins with all tokens. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tokens = BURST;
    this.#filledAt = Date.now();
  }
}
