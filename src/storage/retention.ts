/**
 * The retention makes messages of closed sessions searchable and deletes what is older than
 * `SESSION_RETENTION_DAYS`.
 *
 * Invariants
 * 1. One instance at a time works, under a lease that it keeps while it works and gives back when
 *    it is done. Another continues where a dead one stopped.
 * 2. Work is done in short steps with pauses as long as they took, so that no turn waits for longer
 *    than a step.
 */

import { pause } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import type { Archive, Expired } from '#storage/archive.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface RetentionParts {
  readonly archive: Pick<Archive, 'index' | 'deleteExpired' | 'lease'>;
  /** Names this instance. */
  readonly owner: string;
  /** How long a closed session is kept, in milliseconds. */
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'deleted'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface Retention {
  start(): void;
  /** Does what is due, once. Resolves to false if another instance does it. */
  round(): Promise<boolean>;
  stop(): Promise<void>;
}

export type Deleted = Pick<Expired, 'sessions' | 'deadLetters'>;

/**
 * Pause between two rounds, in milliseconds. A closed session is searchable so soon, and deleted so
 * late.
 */
const POLL_MS = 5_000;
/** Longer than any step and any pause of a process that lives, in milliseconds. */
const LEASE_MS = 60_000;
/** Sizes of a step, which takes some tens of milliseconds. */
const SESSIONS = 100;
const INDEXED = 20;

export function createRetention({ archive, owner, retentionMs, clock, metrics, log }: RetentionParts): Retention {
  const stopping = new AbortController();
  let running = Promise.resolve();

  const mine = async (): Promise<boolean> =>
    !stopping.signal.aborted && (await archive.lease('archive', owner, clock.now(), clock.now() + LEASE_MS));

  const rest = (ms: number): Promise<void> => pause(clock, ms, stopping.signal);

  async function round(): Promise<boolean> {
    if (!(await mine())) return false;
    try {
      return await sweep();
    } finally {
      // Also after an error or a stop. Where the store does not answer, the lease runs out.
      await archive.lease('archive', owner, clock.now(), clock.now()).catch(() => false);
    }
  }

  async function sweep(): Promise<boolean> {
    for (;;) {
      const began = performance.now();
      if ((await archive.index(INDEXED)) === 0) break;
      if (!(await mine())) return false;
      await rest(performance.now() - began);
    }
    const { sessions, deadLetters } = await deleteExpired(archive, {
      before: clock.now() - retentionMs,
      pause: rest,
      deleted: async (deleted) => {
        metrics.deleted(deleted);
        return mine();
      },
    });
    if (sessions + deadLetters > 0) log.info({ sessions, deadLetters }, 'deleted what was older than SESSION_RETENTION_DAYS');
    return true;
  }

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await round().catch((error: unknown) => log.warn({ error }, 'the retention failed and will be tried again'));
      await pause(clock, POLL_MS, stopping.signal);
    }
  }

  return {
    start: () => {
      running = keep();
    },
    round,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

export interface Deletion {
  readonly before: number;
  readonly pause: (ms: number) => Promise<void>;
  /** Called after each step. Resolves to whether to continue. */
  readonly deleted: (deleted: Deleted) => Promise<boolean>;
}

/** Deletes step by step until nothing is left that is old enough. Resolves to how much it was. */
export async function deleteExpired(archive: Pick<Archive, 'deleteExpired'>, { before, pause: rest, deleted }: Deletion): Promise<Deleted> {
  const total = { sessions: 0, deadLetters: 0 };
  for (;;) {
    const began = performance.now();
    const step = await archive.deleteExpired(before, SESSIONS);
    total.sessions += step.sessions;
    total.deadLetters += step.deadLetters;
    const goOn = await deleted(step);
    if (!goOn || (step.sessions < SESSIONS && step.deadLetters < SESSIONS)) return total;
    await rest(performance.now() - began);
  }
}
