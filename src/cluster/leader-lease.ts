/**
 * A leader lease lets one of all instances do some work at a time, such as polling a provider. The
 * instance that has the lease does the work. The others wait for their turn.
 *
 * Invariants
 * 1. The work is signalled to end before the lease can have run out, also while the store does not
 *    answer.
 * 2. The lease is given back when the work ends, so that another instance takes over within a third
 *    of a lease. After a crash another one takes over once the lease has run out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { always, type LeaderLease } from '#channels/plugin.ts';
import type { Archive } from '#storage/archive.ts';
import type { Log } from '../telemetry/log.ts';

export interface LeaderLeaseOptions {
  /**
   * Takes or keeps the lease for `ms` milliseconds. 0 gives it back. Resolves to false if another
   * instance has it.
   */
  readonly lease: (ms: number) => Promise<boolean>;
  /** How long the lease lasts, in milliseconds. It is renewed three times as often. */
  readonly leaseMs: number;
  /** This instance has the lease from now on, or no longer. */
  readonly onChange: (mine: boolean) => void;
  /** The store did not answer. The lease tries again. */
  readonly onError: (error: unknown) => void;
}

export function leaderLease({ lease, leaseMs, onChange, onError }: LeaderLeaseOptions): LeaderLease {
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
      // Two renewals have failed, so another instance may have the lease soon.
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

export interface LeaderLeasesOptions {
  readonly archive: Pick<Archive, 'lease'>;
  /** Names this instance. */
  readonly owner: string;
  readonly now: () => number;
  readonly leaseMs: number;
  /** No other instance can be on the store, so none is taken. */
  readonly alone: boolean;
}

/** Leader leases by name, which log in words what the instance with the lease does. */
export function leaderLeasesOf({ archive, owner, now, leaseMs, alone }: LeaderLeasesOptions) {
  return (name: string, log: Pick<Log, 'info' | 'warn'>, does: string): LeaderLease => {
    if (alone) return always;
    return leaderLease({
      lease: (ms) => archive.lease(name, owner, now(), now() + ms),
      leaseMs,
      onChange: (mine) => log.info({ lease: name }, `this instance ${does}${mine ? '' : ' no longer'}`),
      onError: (error) => log.warn({ lease: name, error }, `the store does not answer which instance ${does}`),
    });
  };
}
