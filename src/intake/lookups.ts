/**
 * Lookups that decide what an event is before it is posted. What comes behind one at its address
 * waits for it, so that events of an address stay in order.
 */
import type { Address } from '#machines/ids.ts';

export class Lookups {
  /** The last that is under way at an address, or waits for one. */
  readonly #last = new Map<Address, Promise<void>>();

  /**
   * Undefined for an event that has nothing to look up and nothing to wait for. It has to be posted
   * at once, which keeps the order of the calls.
   */
  next<T>(address: Address, look?: () => Promise<T>): Promise<T | undefined> | undefined {
    const before = this.#last.get(address);
    if (look === undefined && before === undefined) return undefined;
    const found = (before ?? Promise.resolve()).then(() => look?.());
    const end = (): void => {
      if (this.#last.get(address) === settled) this.#last.delete(address);
    };
    const settled: Promise<void> = found.then(end, end);
    this.#last.set(address, settled);
    return found;
  }
}
