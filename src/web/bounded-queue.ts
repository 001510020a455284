/** What a watcher has yet to read. Bounded: a reader that falls too far behind is told so, and resumes from the journal. */
export class LiveQueue<T> {
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

  /** All that waits, at once; waits for the first at most `ms`, or until aborted, and is then empty. */
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
