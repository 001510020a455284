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
    if (this.#items.length === 0 && !this.#overflowed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        const end = (): void => {
          clearTimeout(timer);
          resolve();
        };
        this.#wake = end;
        signal.addEventListener('abort', end, { once: true });
      });
      this.#wake = undefined;
    }
    return this.#items.splice(0);
  }
}
