/** How the actors wait. */
import type { Clock } from '#machines/clock.ts';

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

/** Resolves when every callback of a promise that is settled by now has run. */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Repeats `work`, `ms` after it has ended and `failedMs` after it has failed. Returns a function
 * that stops it.
 */
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

/**
 * Resolves when a loop that waits for something to end polls again. Polling costs nothing at this
 * rate.
 */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
