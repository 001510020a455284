/** Time as an input: everything in the actors that needs it is given a clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, `ms` from now. Does not keep the process alive. Returns the way to cancel. */
  after(ms: number, callback: () => void): () => void;
}

/** Resolves `ms` from now on this clock, or as soon as `signal` is aborted. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    signal?.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}

/** Node fires a longer timeout at once; a wait this long is simply begun again by whoever asked. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const handle = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMEOUT));
    handle.unref();
    return () => clearTimeout(handle);
  },
};
