/**
 * Work that only one of all instances may do at a time, such as polling a provider: whoever has the lease does it, the
 * others wait for their turn.
 *
 * Invariants: the work is told to end before the lease can have run out, also while the store cannot be asked. It is given
 * back when the work ends, so another instance goes on within a third of a lease; after a crash, once the lease has run out.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface ExclusivelyOptions {
  /** Takes or keeps the lease for `ms` milliseconds, 0 gives it back. Resolves to false if it is another's. */
  readonly lease: (ms: number) => Promise<boolean>;
  /** How long the lease lasts, in milliseconds. It is renewed three times as often. */
  readonly leaseMs: number;
  /** This instance has the work from now on, or no longer. */
  readonly onChange: (mine: boolean) => void;
  /** The store could not be asked; it will be asked again. */
  readonly onError: (error: unknown) => void;
}

/** Does the work whenever it is this instance's turn, until `signal` is aborted. The work ends soon when its own signal is. */
export type LeaderLease = (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => Promise<void>;

export function leaderLease({ lease, leaseMs, onChange, onError }: ExclusivelyOptions): LeaderLease {
  const take = (ms: number): Promise<boolean> =>
    lease(ms).catch((error: unknown) => {
      onError(error);
      return false;
    });

  async function hold(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal, takenAt: number): Promise<void> {
    const lost = new AbortController();
    let keptAt = takenAt;
    const beat = setInterval(() => {
      const askedAt = performance.now();
      // Asked twice without a yes: it may be another's soon.
      if (askedAt - keptAt > leaseMs * 0.6) lost.abort();
      else
        void take(leaseMs).then((mine) => {
          if (mine) keptAt = askedAt;
        });
    }, leaseMs / 3);
    try {
      await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      clearInterval(beat);
      await take(0);
    }
  }

  return async (work, signal) => {
    while (!signal.aborted) {
      const takenAt = performance.now();
      if (await take(leaseMs)) {
        onChange(true);
        await hold(work, signal, takenAt);
        onChange(false);
      }
      await delay(leaseMs / 3, undefined, { signal }).catch(() => undefined);
    }
  };
}
