/**
 * Agent service in process (A1, A3). It is stateless. The session keeps what must be remembered,
 * and the service keeps the last events of each session for a while, for readers that come late or
 * come back.
 *
 * Owns runs under way and their streams. Does not own which runs are known and for how long
 * (known-runs.ts), whether a run is wanted, how its outcome reaches the session, HTTP.
 *
 * Invariants
 * 1. Every run that was started ends its stream with one `complete` or one `error`.
 * 2. A reader costs its position in the stream and nothing else, however slow it is.
 * 3. Memory is bounded by the number of runs, the events and bytes of a session, and the sessions
 *    whose events are kept.
 */
import { randomUUID } from 'node:crypto';
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { Gap, NumberedEvent } from './event-ring.ts';
import { isLast, type RunEvent, type StopCause } from './events.ts';
import type { RunScope } from './hooks.ts';
import { type KeepingOptions, type KnownRun, KnownRuns, stopRun, underWay } from './known-runs.ts';
import { errorEvent, Meter, type RunParts, run } from './loop.ts';
import { type EarlierAnalysis, earlierAnalysesPart } from './memory/earlier-analyses.ts';
import { abortError } from './provider.ts';
import type { Workflows } from './workflows.ts';

export interface StartRequest {
  readonly sessionId: string;
  readonly workflowType: string;
  readonly params: Json;
  /** Analyses that were made for the customer before, newest first. They go into the prompt. */
  readonly earlier?: readonly EarlierAnalysis[];
  /** Name of the run. See `AgentService.start`. Default is a new one. */
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
  /**
   * Id of the last event that was read. If absent, the stream begins with the run, or with the
   * session's oldest event that is kept.
   */
  readonly after?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

export interface AgentService {
  /**
   * True if runs survive the end of this process. A caller that starts them again by name finds
   * them.
   */
  readonly outlives: boolean;
  /**
   * Resolves once the run is under way. A run of this `runId` that is under way, has completed or
   * was stopped by `stop` is not started again. One that ended with another error is started again,
   * with its own events after `after`. Rejects with `InvalidInput` (workflow, params) or
   * `Unavailable` (too many runs, closing).
   */
  start(request: StartRequest): Promise<Started>;
  /**
   * Events of all runs of a session until the reader leaves, or of one run until its end. Ids
   * increase. A `gap` means that events are missing before the next. Throws, at once or while
   * reading, `StatechatError` code `not_found` for an unknown run, which was never started here or
   * is no longer kept. Throws `Unavailable` if the service cannot be reached any more.
   */
  stream(of: StreamOf, options?: StreamOptions): AsyncIterable<NumberedEvent | Gap>;
  /**
   * Stops a run for good. Its request and its tools are aborted, and it is not started again under
   * its name. `why` defaults to `asked`. With another cause the run itself is still wanted and may
   * be started again. Does nothing if the run has ended or is unknown.
   */
  stop(runId: string, why?: StopCause): Promise<void>;
}

export interface ServiceOptions extends Omit<RunParts, 'gate' | 'toolGate' | 'hooks' | 'local'>, KeepingOptions {
  readonly workflows: Workflows;
  /**
   * Gate and hooks of one run. They decide about payment and permission. If it throws, the run is
   * not started. Default is none.
   */
  readonly partsOf?: (run: RunScope) => Pick<RunParts, 'gate' | 'toolGate' | 'hooks'>;
  /** Most runs at a time. Default 200. Each holds a connection to the provider. */
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
      // A stop is final. A run that is wanted after it needs another name.
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

  /**
   * Starts no more runs, lets those under way end for `graceMs`, stops the others and ends every
   * stream.
   */
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

  #begin({ sessionId, workflowType, params, earlier = [], session = null }: StartRequest, runId: string): number {
    if (this.#closing) throw new Unavailable('The agent service is stopping. Try again in a moment.');
    const { system, ...plan } = this.#options.workflows.get(workflowType).plan(params);
    const prompt = [...system, ...earlierAnalysesPart(earlier)];
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
    begun.done = run(parts, { ...plan, system: prompt, sessionId, runId, session }, controller.signal, say, meter)
      .then(
        // Stopped when everything but its last event was published.
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
        // Read before the check, so that a push in between wakes the reader.
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
