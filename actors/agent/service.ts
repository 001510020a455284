/**
 * The agent service, in process (A1, A3). Stateless: what must be remembered is the session's; what is kept here is the last
 * events of each session, for a while, for readers that come late or come back.
 *
 * Owns: runs under way, their streams. Does not own: whether a run is wanted, its outcome's way to the session, HTTP.
 *
 * Invariants
 * 1. Every run that was started ends its stream with one `complete` or one `error`.
 * 2. A reader costs its place in the stream and nothing else, however slow it is.
 * 3. Memory is bounded: runs at a time, events and bytes of a session, sessions whose events are kept.
 */
import { randomUUID } from 'node:crypto';
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import { EventRing, type Gap, type NumberedEvent, type RingLimits } from './event-ring.ts';
import { isLast, type RunEvent } from './events.ts';
import type { RunScope } from './hooks.ts';
import { errorEvent, type RunParts, run } from './loop.ts';
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
  /**
   * Resolves once the run is under way. One that is under way or has completed under this `runId` is not begun again; one that
   * ended with an error is, with events of its own behind `after`. Rejects with `InvalidInput` (workflow, params) or
   * `Unavailable` (too many runs, closing).
   */
  start(request: StartRequest): Promise<Started>;
  /**
   * A session's events, of all its runs, until the reader leaves; or a run's, to its end. Ids increase; a `gap` says
   * that events are missing before the next. Throws `StatechatError` code `not_found` for a run that is not known: never
   * started here, or so long ago that its end is no longer kept.
   */
  stream(of: StreamOf, options?: StreamOptions): AsyncIterable<NumberedEvent | Gap>;
  /** Stops a run: its request and its tools are aborted. Nothing happens if it has ended or is not known. */
  stop(runId: string): Promise<void>;
}

export interface ServiceOptions extends Omit<RunParts, 'gate' | 'hooks'>, Partial<RingLimits> {
  readonly workflows: Workflows;
  /** The gate and the hooks of one run: who pays for it, who may allow what. Throws: the run is not started. Default: none. */
  readonly partsOf?: (run: RunScope) => Pick<RunParts, 'gate' | 'hooks'>;
  /** Runs at a time. Default 200: each holds a connection to the provider. */
  readonly maxRuns?: number;
  /** Milliseconds that a session's events are kept after its last run. Default 600,000. */
  readonly keepMs?: number;
  /** Sessions without a run or a reader whose events are kept. Default 500. */
  readonly maxKept?: number;
}

/** Of a session that runs on: runs whose streams can be asked for by name. */
const KNOWN_RUNS = 50;

interface Run {
  readonly after: number;
  readonly controller: AbortController;
  /** Resolves after its end. */
  done: Promise<void>;
  /** Its last event: nothing is said after it. Absent: it is under way. */
  end?: { readonly id: number; readonly completed: boolean };
}

interface Session {
  readonly ring: EventRing;
  /** In the order in which they were started. */
  readonly runs: Map<string, Run>;
  readers: number;
  /** When nothing was going on any more. */
  restingSince: number;
}

export class InProcessAgentService implements AgentService {
  readonly #options: ServiceOptions;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();
  readonly #sessionOf = new Map<string, string>();
  readonly #underWay = new Set<Promise<void>>();
  #closed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async start(request: StartRequest): Promise<Started> {
    const { sessionId, runId = randomUUID() } = request;
    for (const id of [sessionId, runId]) {
      if (id === '' || id.length > 200) throw new InvalidInput('The ids of a session and of a run have 1 to 200 characters.');
    }
    for (;;) {
      if (this.#closed) throw new Unavailable('The agent service is stopping. Try again in a moment.');
      const of = this.#sessionOf.get(runId);
      if (of !== undefined && of !== sessionId) throw new InvalidInput(`The run "${runId}" is another session's.`);
      const known = this.#known(runId);
      if (known === undefined || known.end?.completed === false) return { sessionId, runId, after: this.#begin(request, runId) };
      if (known.end !== undefined || !known.controller.signal.aborted) return { sessionId, runId, after: known.after };
      // It has been stopped and is about to say so.
      await known.done;
    }
  }

  stream(of: StreamOf, options: StreamOptions = {}): AsyncIterable<NumberedEvent | Gap> {
    // What `start` gave names a run, though it names its session too.
    if (!('runId' in of)) return this.#read(of.sessionId, undefined, options);
    const sessionId = this.#sessionOf.get(of.runId);
    const run = this.#known(of.runId);
    if (sessionId === undefined || run === undefined)
      throw new StatechatError('not_found', `No run "${of.runId}" is known here. It may have ended some time ago.`);
    return this.#read(sessionId, of.runId, { after: run.after, ...options });
  }

  async stop(runId: string): Promise<void> {
    this.#known(runId)?.controller.abort();
  }

  /** Stops every run, ends every stream. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { runs } of this.#sessions.values()) {
      for (const { controller } of runs.values()) controller.abort();
    }
    await Promise.all(this.#underWay);
    for (const { ring } of this.#sessions.values()) ring.wake();
  }

  async *#read(sessionId: string, runId: string | undefined, { after, signal }: StreamOptions): AsyncGenerator<NumberedEvent | Gap> {
    const place = this.#session(sessionId);
    const { ring } = place;
    const wake = (): void => ring.wake();
    place.readers += 1;
    signal?.addEventListener('abort', wake, { once: true });
    try {
      for (let at = after; !signal?.aborted; ) {
        // Taken before looking: what is pushed in between is not slept through.
        const { more } = ring;
        const next = ring.next(at);
        if (next === undefined) {
          if (this.#closed || (runId !== undefined && !underWay(place.runs.get(runId)))) return;
          await more;
          continue;
        }
        at = next.id;
        if ('gap' in next || runId === undefined || next.runId === runId) yield next;
        if (!('gap' in next) && next.runId === runId && isLast(next.event)) return;
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      place.readers -= 1;
      this.#rest(sessionId, place);
    }
  }

  #session(sessionId: string): Session {
    this.#forget();
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const { maxEvents = 2_000, maxBytes = 8_000_000 } = this.#options;
    const place: Session = {
      ring: new EventRing({ maxEvents, maxBytes }, this.#now()),
      runs: new Map(),
      readers: 0,
      restingSince: this.#now(),
    };
    this.#sessions.set(sessionId, place);
    return place;
  }

  #begin({ sessionId, workflowType, params, session = null }: StartRequest, runId: string): number {
    const plan = this.#options.workflows.get(workflowType).plan(params);
    const { maxRuns = 200, trouble = () => undefined, partsOf = () => ({}) } = this.#options;
    if (this.#underWay.size >= maxRuns)
      throw new Unavailable(`${maxRuns} runs are under way, which is as many as there may be. Try again in a moment.`);

    const parts = { ...this.#options, ...partsOf({ sessionId, runId, workflow: plan.workflow, session }) };
    const place = this.#session(sessionId);
    const { ring } = place;
    const controller = new AbortController();
    const begun: Run = { after: ring.last, controller, done: Promise.resolve() };
    place.runs.delete(runId);
    place.runs.set(runId, begun);
    this.#sessionOf.set(runId, sessionId);
    const say = (event: RunEvent): void => {
      const id = ring.push(runId, event);
      if (isLast(event)) begun.end = { id, completed: event.type === 'complete' };
    };
    begun.done = run(parts, { ...plan, sessionId, runId, session }, controller.signal, say)
      .then(
        // Stopped when all but its last word was said.
        () => begun.end === undefined && say(errorEvent(abortError(controller.signal))),
        (error: unknown) => {
          if (!controller.signal.aborted) trouble(`run ${runId}`, error);
          say(errorEvent(error));
        },
      )
      .then(() => {
        this.#underWay.delete(begun.done);
        this.#ended(sessionId, place);
      });
    this.#underWay.add(begun.done);
    return begun.after;
  }

  /** A run whose end is no longer kept is not known: nobody could be told what became of it. */
  #known(runId: string): Run | undefined {
    const place = this.#sessions.get(this.#sessionOf.get(runId) ?? '');
    const known = place?.runs.get(runId);
    return known?.end === undefined || place?.ring.has(known.end.id) ? known : undefined;
  }

  #ended(sessionId: string, place: Session): void {
    for (const [oldest, state] of place.runs) {
      if (place.runs.size <= KNOWN_RUNS || underWay(state)) break;
      place.runs.delete(oldest);
      this.#sessionOf.delete(oldest);
    }
    // A reader that waits for this run's end may have read all there is.
    place.ring.wake();
    this.#rest(sessionId, place);
  }

  /** The longest at rest stand first. */
  #rest(sessionId: string, place: Session): void {
    if (busy(place) || this.#sessions.get(sessionId) !== place) return;
    this.#sessions.delete(sessionId);
    if (place.ring.empty) return;
    place.restingSince = this.#now();
    this.#sessions.set(sessionId, place);
    this.#forget();
  }

  #forget(): void {
    const { keepMs = 600_000, maxKept = 500 } = this.#options;
    const resting = [...this.#sessions].filter(([, place]) => !busy(place));
    for (const [index, [sessionId, place]] of resting.entries()) {
      if (resting.length - index <= maxKept && this.#now() - place.restingSince < keepMs) return;
      this.#sessions.delete(sessionId);
      for (const runId of place.runs.keys()) this.#sessionOf.delete(runId);
    }
  }
}

function underWay(run: Run | undefined): boolean {
  return run !== undefined && run.end === undefined;
}

function busy({ readers, runs }: Session): boolean {
  return readers > 0 || [...runs.values()].some(underWay);
}
