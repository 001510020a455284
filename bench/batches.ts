const WORTH_SENDING = 32;

/**
 * A bare batching queue. Items that are added while `inFlight` statements are under way make up the
 * next one, at most `size` of them. Like the runtime's commit queue it sends a batch early if that
 * is half of all items, so that two statements that return together do not become one.
 */
export class Batches<T> {
  readonly #options: { readonly size: number; readonly inFlight: number };
  readonly #write: (items: readonly T[]) => Promise<void>;
  #waiting: { readonly item: T; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  #inFlight = 0;
  #underWay = 0;
  #scheduled = false;
  #settled: (() => void)[] = [];

  constructor(options: { readonly size: number; readonly inFlight: number }, write: (items: readonly T[]) => Promise<void>) {
    this.#options = options;
    this.#write = write;
  }

  add(item: T): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ item, done, failed });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits or is under way. */
  settle(): Promise<void> {
    return new Promise((settled) => {
      this.#settled.push(settled);
      this.#check();
    });
  }

  #schedule(): void {
    if (!this.#ready) return;
    if (this.#waiting.length >= Math.max(WORTH_SENDING, this.#underWay)) return void this.#flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#ready) void this.#flush();
    });
  }

  get #ready(): boolean {
    return this.#inFlight < this.#options.inFlight && this.#waiting.length > 0;
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.size);
    this.#inFlight++;
    this.#underWay += batch.length;
    this.#schedule();
    try {
      await this.#write(batch.map(({ item }) => item));
      for (const { done } of batch) done();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
    this.#inFlight--;
    this.#underWay -= batch.length;
    this.#schedule();
    this.#check();
  }

  #check(): void {
    if (this.#inFlight === 0 && this.#waiting.length === 0) for (const settled of this.#settled.splice(0)) settled();
  }
}
