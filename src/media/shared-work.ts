/**
 * Work that several callers share if they ask for it at the same time. A caller leaves by its
 * signal, and its promise rejects with the reason. The work ends with the last caller, so a caller
 * without a signal keeps it going.
 */
interface SharedWork<T> {
  readonly result: Promise<T>;
  readonly ends: AbortController;
  callers: number;
}

export function sharedWork<T>(): (key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const underWay = new Map<string, SharedWork<T>>();

  function forget(key: string, shared: SharedWork<T>): void {
    if (underWay.get(key) === shared) underWay.delete(key);
  }

  function begin(key: string, work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
    const ends = new AbortController();
    const shared: SharedWork<T> = { ends, callers: 0, result: work(ends.signal).finally(() => forget(key, shared)) };
    underWay.set(key, shared);
    return shared;
  }

  return async (key, work, signal) => {
    signal?.throwIfAborted();
    const shared = underWay.get(key) ?? begin(key, work);
    shared.callers += 1;
    if (signal === undefined) return await shared.result;
    const left = Promise.withResolvers<never>();
    const leave = (): void => {
      left.reject(signal.reason);
      shared.callers -= 1;
      if (shared.callers > 0) return;
      // The next caller begins anew.
      forget(key, shared);
      shared.ends.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([shared.result, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };
}
