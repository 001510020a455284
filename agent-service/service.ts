/**
 * The agent service, in process (A1, A3). Stateless: what must be remembered is the session's; what is kept here is the last
 * events of each session, for a while, for readers that come late or come back.
 *
 * Owns: runs under way, their streams. Does not own: which runs are known and how long (known-runs.ts), whether a run is wanted,
 * its outcome's way to the session, HTTP.
 *
 * Invariants
 * 1. Every run that was started ends its stream with one `complete` or one `error`.
 * 2. A reader costs its place in the stream and nothing else, however slow it is.
 * 3. Memory is bounded: runs at a time, events and bytes of a session, sessions whose events are kept.
 */
import { randomUUID } from 'node:crypto';
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { Gap, NumberedEvent } from './event-ring.ts';
import { isLast, type RunEvent, type StopCause } from './events.ts';
import type { RunScope } from './hooks.ts';
import { type KeepingOptions, type KnownRun, KnownRuns, stopRun, underWay } from './known-runs.ts';
import { errorEvent, Meter, type RunParts, run } from './loop.ts';
import { abortError } from './provider.ts';
import type { Workflows } from './workflows.ts';

export interface StartRequest {
  readonly sessionId: string;
  readonly workflowType: string;
  readonly params: Json;
  /** Names the run: see `AgentService.start`. Default: a new one. */
  readonly runId?: string;
  /** What tools and hooks may know of the session. Never shown to the model. */
  readonly session?: Json;
}

export interface Started {
  readonly sessionId: string;
  readonly runId: string;
  /** The id behind which the run's events stand. */
  readonly after: number;
}

export type StreamOf = { readonly sessionId: string } | { readonly runId: string };

export interface StreamOptions {
  /** The id of the last event that was read. Absent: from a run's beginning, or the oldest of a session's that is kept. */
  readonly after?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

export interface AgentService {
  /** Runs go on when this process ends: whoever starts them again by their names finds them. */
  readonly outlives: boolean;
  /**
   * Resolves once the run is under way. One that is under way, has completed or was stopped by `stop` under this `runId` is not begun
   * again; one that ended with another error is, with events of its own behind `after`. Rejects with `InvalidInput` (workflow, params) or
   * `Unavailable` (too many runs, closing).
   */
  start(request: StartRequest): Promise<Started>;
  /**
   * A session's events, of all its runs, until the reader leaves; or a run's, to its end. Ids increase; a `gap` says
   * that events are missing before the next. Throws, at once or when it is read, `StatechatError` code `not_found` for a run that
   * is not known: never started here, or so long ago that its end is no longer kept. Throws `Unavailable` when the service
   * cannot be reached any more.
   */
  stream(of: StreamOf, options?: StreamOptions): AsyncIterable<NumberedEvent | Gap>;
  /** Stops a run for good: its request and its tools are aborted, and it is not begun again under its name. `why`, default `asked`: with another cause
   * the run itself is still wanted, and may be begun again. Nothing happens if it has ended or is not known. */
  stop(runId: string, why?: StopCause): Promise<void>;
}

export interface ServiceOptions extends Omit<RunParts, 'gate' | 'hooks'>, KeepingOptions {
  readonly workflows: Workflows;
  /** The gate and the hooks of one run: who pays for it, who may allow what. Throws: the run is not started. Default: none. */
  readonly partsOf?: (run: RunScope) => Pick<RunParts, 'gate' | 'hooks'>;
  /** Runs at a time. Default 200: each holds a connection to the provider. */
  readonly maxRuns?: number;
}

export class InProcessAgentService implements AgentService {
  readonly outlives = false;
  readonly #options: ServiceOptions;
  readonly #known: KnownRuns;
  readonly #underWay = new Set<Promise<void>>();
  #closing = false;
  #closed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#known = new KnownRuns(options, options.now ?? Date.now);
  }

  /** Runs under way. */
  get running(): number {
    return this.#underWay.size;
  }

  async start(request: StartRequest): Promise<Started> {
    const { sessionId, runId = randomUUID() } = request;
    for (const id of [sessionId, runId]) {
      if (id === '' || id.length > 200) throw new InvalidInput('The ids of a session and of a run have 1 to 200 characters.');
    }
    for (;;) {
      const of = this.#known.sessionOf(runId);
      if (of !== undefined && of !== sessionId) throw new InvalidInput(`The run "${runId}" is another session's.`);
      const known = this.#known.get(runId);
      // Nobody undoes a stop by asking again: what is wanted after it has another name.
      const ended = known?.end?.completed === false && known.stopped !== 'asked';
      if (known === undefined || ended) return { sessionId, runId, after: this.#begin(request, runId) };
      if (known.end !== undefined || !known.controller.signal.aborted) return { sessionId, runId, after: known.after };
      // It has been stopped and is about to say so.
      await known.done;
    }
  }

  stream(of: StreamOf, options: StreamOptions = {}): AsyncIterable<NumberedEvent | Gap> {
    if (!('runId' in of)) return this.#read(of.sessionId, undefined, options);
    const sessionId = this.#known.sessionOf(of.runId);
    const run = this.#known.get(of.runId);
    // What `start` gave names a run, though it names its session too.
    if (sessionId === undefined || run === undefined || ('sessionId' in of && of.sessionId !== sessionId))
      throw new StatechatError('not_found', `No run "${of.runId}" is known here. It may have ended some time ago.`);
    return this.#read(sessionId, of.runId, { after: run.after, ...options });
  }

  async stop(runId: string, why: StopCause = 'asked'): Promise<void> {
    const run = this.#known.get(runId);
    if (run !== undefined) stopRun(run, why);
  }

  /** Begins no more runs, lets those under way end for `graceMs`, stops the others, ends every stream. */
  async close(graceMs = 0): Promise<void> {
    this.#closing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    if (graceMs > 0) await Promise.race([Promise.all(this.#underWay), late]);
    clearTimeout(timer);
    for (const { runs } of this.#known.sessions) {
      for (const run of runs.values()) stopRun(run, 'closing');
    }
    await Promise.all(this.#underWay);
    this.#closed = true;
    for (const { ring } of this.#known.sessions) ring.wake();
  }

  #begin({ sessionId, workflowType, params, session = null }: StartRequest, runId: string): number {
    if (this.#closing) throw new Unavailable('The agent service is stopping. Try again in a moment.');
    const plan = this.#options.workflows.get(workflowType).plan(params);
    const { maxRuns = 200, onError = () => undefined, partsOf = () => ({}) } = this.#options;
    if (this.#underWay.size >= maxRuns)
      throw new Unavailable(`${maxRuns} runs are under way, which is as many as there may be. Try again in a moment.`);

    const parts = { ...this.#options, ...partsOf({ sessionId, runId, workflow: plan.workflow, session }) };
    const kept = this.#known.session(sessionId);
    const controller = new AbortController();
    const begun: KnownRun = { after: kept.ring.last, controller, done: Promise.resolve() };
    this.#known.begun(sessionId, kept, runId, begun);
    const say = (event: RunEvent): void => {
      const id = kept.ring.push(runId, event);
      if (!isLast(event)) return;
      begun.end = { id, completed: event.type === 'complete' };
      this.#known.ended(sessionId, kept);
    };
    const meter = new Meter();
    const failed = (error: unknown): void => {
      const { usage, costMicros } = meter;
      const event = errorEvent(error);
      say({ ...event, ...(event.code === 'stopped' && begun.stopped ? { stopped: begun.stopped } : {}), usage, costMicros });
    };
    begun.done = run(parts, { ...plan, sessionId, runId, session }, controller.signal, say, meter)
      .then(
        // Stopped when all but its last word was said.
        () => begun.end === undefined && failed(abortError(controller.signal)),
        (error: unknown) => {
          if (!controller.signal.aborted) onError(`run ${runId}`, error);
          failed(error);
        },
      )
      .then(() => void this.#underWay.delete(begun.done));
    this.#underWay.add(begun.done);
    return begun.after;
  }

  async *#read(sessionId: string, runId: string | undefined, { after, signal }: StreamOptions): AsyncGenerator<NumberedEvent | Gap> {
    const session = this.#known.session(sessionId);
    const { ring } = session;
    const wake = (): void => ring.wake();
    this.#known.joined(sessionId, session);
    signal?.addEventListener('abort', wake, { once: true });
    try {
      for (let at = after; !signal?.aborted; ) {
        // Taken before looking: what is pushed in between is not slept through.
        const { more } = ring;
        const next = ring.next(at);
        if (next === undefined) {
          if (this.#closed || (runId !== undefined && !underWay(session.runs.get(runId)))) return;
          await more;
          continue;
        }
        at = next.id;
        if ('gap' in next || runId === undefined || next.runId === runId) yield next;
        if (!('gap' in next) && next.runId === runId && isLast(next.event)) return;
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      this.#known.left(sessionId, session);
    }
  }
}
