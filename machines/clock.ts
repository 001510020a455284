/** Clock that is passed to all code that needs the time or waits, so that tests control time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `callback` once, `ms` from now. The wait does not keep the process alive. Returns a
   * function that cancels it.
   */
  after(ms: number, callback: () => void): () => void;
}

/** Resolves `ms` from now on this clock. Rejects with the signal's reason once it is aborted. */
export function sleep(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const aborted = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
