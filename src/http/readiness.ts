import type { Log } from '../telemetry/log.ts';
import type { Readiness } from './probes.ts';

export interface ReadinessParts {
  /** The process is stopping. */
  readonly stopping: () => boolean;
  /** What the process is called in the answer, such as `this instance`. */
  readonly process: string;
  /** Rejects while the store does not answer. */
  readonly ping: () => Promise<unknown>;
  readonly log: Pick<Log, 'warn'>;
}

/** A process is ready while it takes requests and its database answers. */
export function readinessOf({ stopping, process, ping, log }: ReadinessParts): Readiness {
  return async () => ({
    server: stopping() ? `${process} is shutting down` : null,
    database: await ping().then(
      () => null,
      (error: unknown) => {
        // The driver's own words name hosts and ports. They are for the log and not for the caller.
        log.warn({ error }, 'the database does not answer');
        return 'the database does not answer: see the log';
      },
    ),
  });
}
