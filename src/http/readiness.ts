import type { Log } from '../telemetry/log.ts';
import type { Readiness } from './probes.ts';

export interface ReadinessParts {
  /** The process is stopping. */
  readonly stopping: () => boolean;
  /** What the process is called in the answer, such as `this instance`. */
  readonly process: string;
  /** Rejects while the store does not answer, or takes no writes. */
  readonly ping: () => Promise<unknown>;
  /** Whether commits of turns failed just now. Absent in a process that commits none. */
  readonly commitsFail?: () => boolean;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * A process is ready while it takes requests, its database answers and takes writes, and turns can
 * be committed.
 */
export function readinessOf({ stopping, process, ping, commitsFail, log }: ReadinessParts): Readiness {
  return async () => ({
    server: stopping() ? `${process} is shutting down` : null,
    database: await ping().then(
      () => null,
      (error: unknown) => {
        // The driver's own words name hosts and ports. They are for the log and not for the caller.
        log.warn({ error }, 'the database does not answer, or takes no writes');
        return 'the database does not answer or takes no writes: see the log';
      },
    ),
    ...(commitsFail === undefined
      ? {}
      : {
          commits: commitsFail() ? 'the last commits of turns failed, for example because a disk is full: see the log' : null,
        }),
  });
}
