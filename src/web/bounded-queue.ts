/**
 * A queue of live events between a publisher and one slow reader. It holds at most `limit` items.
 * Beyond that it is empty and stays `overflowed`, and its reader has to resume from the journal.
 */
export class BoundedQueue<T> {
  readonly #limit: number;
  #items: T[] = [];
  #overflowed = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  push(item: T): void {
    if (this.#items.length >= this.#limit) {
      this.#overflowed = true;
      this.#items = [];
    }
    if (!this.#overflowed) this.#items.push(item);
    this.#wake?.();
  }

  /**
   * Returns all items at once. If there are none, waits for the first one for at most `ms`, or
   * until the signal is aborted.
   */
  async take(ms: number, signal: AbortSignal): Promise<readonly T[]> {
    if (this.#items.length === 0 && !this.#overflowed && !signal.aborted) await this.#arrival(ms, signal);
    return this.#items.splice(0);
  }

  #arrival(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
      this.#wake = end;
    });
  }
}
