/**
 * Runs that the service knows, with the last events of their sessions.
 *
 * Owns the rings, how long they are kept, their readers. Does not own the work of the runs, the
 * content of events.
 *
 * Invariants
 * 1. A session with a run under way or a reader is kept. Of the other sessions a limited number is
 *    kept for a limited time.
 * 2. A run is known while its last event is kept. A reader never finds a run without its outcome.
 * 3. A run without a reader for `unreadMs` is stopped.
 */
import { EventRing, type RingLimits } from './event-ring.ts';
import type { StopCause } from './events.ts';

export interface KnownRun {
  /** The id behind which its events stand. */
  readonly after: number;
  readonly controller: AbortController;
  /** Why the run was stopped. The first stop decides. */
  stopped?: StopCause;
  /** Resolves after its end. */
  done: Promise<void>;
  /** Last event. Absent while the run is under way. */
  end?: { readonly id: number; readonly completed: boolean };
}

export function stopRun(run: KnownRun, why: StopCause): void {
  if (run.end !== undefined) return;
  run.stopped ??= why;
  run.controller.abort();
}

export interface KeptSession {
  readonly ring: EventRing;
  /** In the order in which they were started. */
  readonly runs: Map<string, KnownRun>;
  readers: number;
  /** When nothing was going on any more. */
  restingSince: number;
  unread?: NodeJS.Timeout;
}

export interface KeepingOptions extends Partial<RingLimits> {
  /** Milliseconds that a session's events are kept after its last run. Default 600,000. */
  readonly keepMs?: number;
  /** Sessions without a run or a reader whose events are kept. Default 500. */
  readonly maxKept?: number;
  /**
   * Milliseconds for which a session's runs continue without a reader. Default is until they end.
   */
  readonly unreadMs?: number;
}

/** Of a session with a run under way, the runs whose streams can be read by name. */
const KNOWN_RUNS = 50;

export class KnownRuns {
  readonly #options: KeepingOptions;
  readonly #now: () => number;
  readonly #sessions = new Map<string, KeptSession>();
  /** Those without a run or a reader. The longest at rest stand first. */
  readonly #resting = new Map<string, KeptSession>();
  readonly #sessionOf = new Map<string, string>();

  constructor(options: KeepingOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  get sessions(): Iterable<KeptSession> {
    return this.#sessions.values();
  }

  /** Whose it is, if its name was ever given here and is not forgotten. */
  sessionOf(runId: string): string | undefined {
    return this.#sessionOf.get(runId);
  }

  get(runId: string): KnownRun | undefined {
    const session = this.#sessions.get(this.#sessionOf.get(runId) ?? '');
    const run = session?.runs.get(runId);
    return run?.end === undefined || session?.ring.has(run.end.id) ? run : undefined;
  }

  session(sessionId: string): KeptSession {
    this.#forget();
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const { maxEvents = 2_000, maxBytes = 8_000_000 } = this.#options;
    const session: KeptSession = {
      ring: new EventRing({ maxEvents, maxBytes }, this.#now()),
      runs: new Map(),
      readers: 0,
      restingSince: this.#now(),
    };
    this.#sessions.set(sessionId, session);
    return session;
  }

  begun(sessionId: string, session: KeptSession, runId: string, run: KnownRun): void {
    this.#resting.delete(sessionId);
    session.runs.delete(runId);
    session.runs.set(runId, run);
    this.#sessionOf.set(runId, sessionId);
    this.#listenFor(session);
  }

  /** To be called in the same breath as a run's `end` is set. */
  ended(sessionId: string, session: KeptSession): void {
    for (const [oldest, run] of session.runs) {
      if (session.runs.size <= KNOWN_RUNS || underWay(run)) break;
      session.runs.delete(oldest);
      this.#sessionOf.delete(oldest);
    }
    // A reader that waits for this run's end may have read all there is.
    session.ring.wake();
    this.#rest(sessionId, session);
  }

  joined(sessionId: string, session: KeptSession): void {
    this.#resting.delete(sessionId);
    session.readers += 1;
    this.#listenFor(session);
  }

  left(sessionId: string, session: KeptSession): void {
    session.readers -= 1;
    this.#listenFor(session);
    this.#rest(sessionId, session);
  }

  #listenFor(session: KeptSession): void {
    clearTimeout(session.unread);
    delete session.unread;
    const { unreadMs } = this.#options;
    if (unreadMs === undefined || session.readers > 0 || !busy(session)) return;
    session.unread = setTimeout(() => {
      for (const run of session.runs.values()) stopRun(run, 'unheard');
    }, unreadMs).unref();
  }

  #rest(sessionId: string, session: KeptSession): void {
    if (busy(session) || this.#sessions.get(sessionId) !== session) return;
    this.#listenFor(session);
    if (session.ring.empty) return void this.#sessions.delete(sessionId);
    session.restingSince = this.#now();
    this.#resting.set(sessionId, session);
    this.#forget();
  }

  #forget(): void {
    const { keepMs = 600_000, maxKept = 500 } = this.#options;
    for (const [sessionId, session] of this.#resting) {
      if (this.#resting.size <= maxKept && this.#now() - session.restingSince < keepMs) return;
      this.#resting.delete(sessionId);
      this.#sessions.delete(sessionId);
      for (const runId of session.runs.keys()) this.#sessionOf.delete(runId);
    }
  }
}

export function underWay(run: KnownRun | undefined): boolean {
  return run !== undefined && run.end === undefined;
}

function busy({ readers, runs }: KeptSession): boolean {
  return readers > 0 || [...runs.values()].some(underWay);
}
