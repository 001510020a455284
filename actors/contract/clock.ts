/** Time as an input: everything in the actors that needs it is given a clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, `ms` from now. Does not keep the process alive. Returns the way to cancel. */
  after(ms: number, callback: () => void): () => void;
}

/** Resolves `ms` from now on this clock, or as soon as `signal` is aborted. */
export function pause(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
  });
}

/** Resolves when all that waits for promises which are settled by now has run. */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does `work` again and again, `ms` after it was through, and `failedMs` after it failed. Returns the way to stop. */
export function every(
  clock: Pick<Clock, 'after'>,
  ms: number,
  where: string,
  work: () => Promise<void>,
  onError: (where: string, error: unknown) => void,
  failedMs = ms,
): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const attempt = async (): Promise<void> => {
    const failed = await work().then(
      () => false,
      (error: unknown) => {
        onError(where, error);
        return true;
      },
    );
    if (!stopped) again(failed ? failedMs : ms);
  };
  const again = (wait: number): void => {
    cancel = clock.after(wait, () => void attempt());
  };
  again(ms);
  return () => {
    stopped = true;
    cancel();
  };
}

/** Until the next look at whether something has come to rest: often enough that nobody waits, seldom enough to cost nothing. */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
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
