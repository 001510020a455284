/**
 * Agent service in another process (A1), with the same contract over HTTP.
 *
 * Owns retrying requests without an answer, resuming streams that were cut. Does not own runs.
 *
 * Invariants
 * 1. A request is repeated under the same key. However often it arrives, it is done once.
 * 2. No event is delivered twice, and none is skipped without a gap.
 * 3. A process that cannot be reached for `patienceMs` is `Unavailable`. A process that has
 *    forgotten a run answers `not_found`.
 */
import { randomUUID } from 'node:crypto';
import type { Gap, NumberedEvent } from '#agent-service/event-ring.ts';
import type { AgentService, Started, StartRequest, StreamOf, StreamOptions } from '#agent-service/service.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { jsonText } from '#machines/text.ts';
import { noTracing, type Tracing } from '#machines/tracing.ts';
import { connection } from './connection.ts';
import { Patience } from './patience.ts';
import { type AgentEndpoint, type Ask, request, strange, unreachable } from './requests.ts';
import { started } from './wire.ts';

export interface RemoteOptions extends AgentEndpoint {
  /**
   * How long to wait for a process that cannot be reached, in milliseconds. Default 30,000, the
   * time of a restart.
   */
  readonly patienceMs?: number;
  /**
   * Longest silence of a stream before it counts as dead, in milliseconds. Default 45,000, three
   * heartbeats.
   */
  readonly silenceMs?: number;
  /** How long a request may take, streams excepted, in milliseconds. Default 10,000. */
  readonly requestMs?: number;
  /** The run in the process belongs to the span that starts it. Default is none. */
  readonly tracing?: Tracing;
  /** Called each time that the process could not be reached and is tried again. */
  readonly onError?: (where: string, error: unknown) => void;
}

/** How long a close waits for requests under way, in milliseconds. */
const CLOSE_MS = 2_000;

export class RemoteAgentService implements AgentService {
  readonly outlives = true;
  readonly #options: RemoteOptions;
  readonly #closing = new AbortController();
  readonly #asking = new Set<Promise<unknown>>();

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  async start(request: StartRequest): Promise<Started> {
    // Named here, so that a request whose answer was lost begins no second run.
    const named = { ...request, runId: request.runId ?? randomUUID() };
    try {
      return await this.#start(named);
    } catch (error) {
      if (!isUnknownToPeer(error, 'earlier')) throw error;
      this.#options.onError?.(`start at ${this.#options.url}, an older agent process that takes no earlier analyses`, error);
      const { earlier: _, ...known } = named;
      return await this.#start(known);
    }
  }

  async #start(request: StartRequest): Promise<Started> {
    const body = jsonText(request);
    const { tracing = noTracing } = this.#options;
    const traceparent = tracing.current();
    const headers = { 'Idempotency-Key': randomUUID(), ...(traceparent === undefined ? {} : { traceparent }) };
    const parsed = started.safeParse(await this.#ask({ method: 'POST', path: '/api/workflow', body, headers }));
    if (!parsed.success) throw strange(this.#options.url, 'its answer did not name the run that it started', parsed.error);
    return parsed.data;
  }

  async *stream(of: StreamOf, { after, signal: left }: StreamOptions = {}): AsyncGenerator<NumberedEvent | Gap> {
    const signal = left === undefined ? this.#closing.signal : AbortSignal.any([left, this.#closing.signal]);
    const { url, silenceMs = 45_000 } = this.#options;
    const path = 'runId' in of ? `/api/runs/${segment(of.runId)}/stream` : `/api/stream/${segment(of.sessionId)}`;
    const patience = this.#patience();
    let at = after;
    while (!signal.aborted) {
      try {
        for await (const { items, end } of connection(this.#options, { path, after: at, signal, silenceMs })) {
          patience.renew();
          for (const item of items) {
            at = item.id;
            yield item;
            if (signal.aborted) return;
          }
          if (end) return;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Unavailable)) throw error;
        this.#options.onError?.(`stream of ${url}`, error);
        await patience.wait(error, signal);
      }
    }
  }

  async stop(runId: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `/api/runs/${segment(runId)}` });
  }

  /**
   * Ends every stream and gives requests under way a moment, because a run that has to stop
   * costs money until it is.
   */
  async close(graceMs = CLOSE_MS): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    await Promise.allSettled(this.#asking);
    clearTimeout(timer);
    this.#closing.abort();
  }

  #ask(what: Omit<Ask, 'signal'>): Promise<unknown> {
    const asking = this.#askUntilAnswered(what).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
    return asking;
  }

  /** Resolves to the body of the answer. */
  async #askUntilAnswered(what: Omit<Ask, 'signal'>): Promise<unknown> {
    const { url, requestMs = 10_000 } = this.#options;
    const patience = this.#patience();
    const closing = this.#closing.signal;
    for (;;) {
      try {
        const response = await request(this.#options, { ...what, signal: AbortSignal.any([AbortSignal.timeout(requestMs), closing]) });
        const text = await response.text().catch((cause: unknown) => {
          throw unreachable(url, cause);
        });
        return parsedOrNot(text);
      } catch (error) {
        if (!(error instanceof Unavailable) || closing.aborted) throw error;
        this.#options.onError?.(`${what.method} ${url}${what.path}`, error);
        await patience.wait(error, closing);
      }
    }
  }

  #patience(): Patience {
    return new Patience(this.#options.patienceMs ?? 30_000);
  }
}

/** An agent process of 0.1.0 refuses a body with a key of a later version. */
function isUnknownToPeer(error: unknown, key: string): boolean {
  return error instanceof InvalidInput && error.message.includes(`Unrecognized key: "${key}"`);
}

/** An id as one part of a path. */
function segment(id: string): string {
  if (id === '' || id.length > 200) throw new InvalidInput('The ids of a session and of a run have 1 to 200 characters.');
  // In a path, these mean "here" and "above".
  if (id === '.' || id === '..') throw new InvalidInput(`"${id}" cannot be the id of a session or of a run.`);
  return encodeURIComponent(id);
}

function parsedOrNot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
