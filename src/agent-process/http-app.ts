/**
 * Routes of the agent service (A1). Owns no state but the open streams. `compose-agent.ts` listens
 * and drains.
 */
import { type Express, type RequestHandler, Router } from 'express';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { END, frame, startRequest } from '#agent-service/remote/wire.ts';
import type { AgentService, Started, StreamOf } from '#agent-service/service.ts';
import { EventStream } from '#channels/event-stream.ts';
import { sendJson } from '#channels/json-response.ts';
import { Unavailable } from '#machines/errors.ts';
import { NO_SPAN, noTracing, type Tracing } from '#machines/tracing.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { decodeBody, decodeQuery, idempotencyKey, jsonBody } from '../http/request-input.ts';
import { createServiceApp, type ServiceAppParts } from '../http/service-app.ts';

export interface AgentAppParts extends ServiceAppParts {
  readonly service: AgentService;
  /** Runs go on in the trace that the app names. Default is none. */
  readonly tracing?: Tracing;
  /**
   * Interval of heartbeats on a silent stream, in milliseconds. Default 15,000, because proxies cut
   * a stream that is silent for longer.
   */
  readonly heartbeatMs?: number;
  /**
   * How long a reader may take nothing before it is cut off, in milliseconds. Default 60,000. It
   * resumes by the id that it read last.
   */
  readonly stallMs?: number;
  /**
   * Streams at a time. Default 2,000. Each has a connection and a buffer of some 100 KB, more with
   * a file.
   */
  readonly maxStreams?: number;
}

export interface AgentApp {
  readonly app: Express;
  /** Open streams. */
  readonly streams: () => number;
}

/**
 * A conversation of 200,000 tokens and what goes with it, and the 8 MB of files in base64 that a
 * model may see of it.
 */
const MAX_BODY_BYTES = 2_000_000 + Math.ceil(8_000_000 / 3) * 4;
/** How long a repeated request is recognized, in milliseconds. */
const REPEAT_MS = 120_000;
/** How soon a reader comes back after a stream that broke, in milliseconds. */
const RETRY_MS = 1_000;

const eventId = z
  .string()
  .regex(/^\d{1,16}$/, 'expected the id of an event, as the stream gave it')
  .transform(Number)
  .refine(Number.isSafeInteger, 'expected the id of an event, as the stream gave it');
const streamQuery = z.strictObject({ after: eventId.exactOptional(), run: z.string().min(1).max(200).exactOptional() });
const runStreamQuery = streamQuery.omit({ run: true });

export function createAgentApp(parts: AgentAppParts): AgentApp {
  const { service, tracing = noTracing, log, heartbeatMs = 15_000, stallMs = 60_000, maxStreams = 2_000 } = parts;
  let streams = 0;

  const answers = new LRUCache<string, Promise<Started>>({ max: 2_000, ttl: REPEAT_MS });

  /**
   * A request that is repeated because its answer was lost gets that answer. A run that failed is
   * not started again.
   */
  const once = async (key: string | undefined, begin: () => Promise<Started>): Promise<Started> => {
    if (key === undefined) return begin();
    const known = answers.get(key);
    if (known !== undefined) return known;
    const begun = begin();
    answers.set(key, begun);
    // A refused request may be taken the next time.
    begun.catch(() => answers.delete(key));
    return begun;
  };

  const start: RequestHandler = async (request, response) => {
    const requested = decodeBody(startRequest, request.body);
    // A caller has the app's token, so the trace is one of ours.
    const caller = { ...NO_SPAN, traceparent: request.get('traceparent') };
    const begun = await once(idempotencyKey(request), () => tracing.within(caller, () => service.start(requested)));
    response.status(202).location(`/api/runs/${encodeURIComponent(begun.runId)}/stream`);
    sendJson(response, begun);
  };

  /** Writes a stream from `after` of the query, or from the id that the reader comes back with. */
  const write = async (of: StreamOf, requested: number | undefined, ...[request, response]: Parameters<RequestHandler>): Promise<void> => {
    if (streams >= maxStreams) throw new Unavailable(`${maxStreams} streams are open, which is as many as there may be.`);
    const last = request.get('last-event-id');
    const after =
      last === undefined ? requested : decodeQuery(z.object({ 'Last-Event-ID': eventId }), { 'Last-Event-ID': last })['Last-Event-ID'];
    const stream = new EventStream(request, response, {
      heartbeatMs,
      stallMs,
      retryMs: RETRY_MS,
      onError: (error) => log.error({ error }, 'a stream failed'),
    });
    const items = service.stream(of, { signal: stream.gone, ...(after === undefined ? {} : { after }) });
    if (stream.gone.aborted) return;
    streams += 1;
    const closed = (): void => {
      streams -= 1;
    };
    stream.gone.addEventListener('abort', closed, { once: true });
    await stream.run(frames(items, 'runId' in of, stream.gone));
  };

  const streamOfSession: RequestHandler = (request, response, next) => {
    const { after, run } = decodeQuery(streamQuery, request.query);
    const sessionId = String(request.params.sessionId);
    return write(run === undefined ? { sessionId } : { sessionId, runId: run }, after, request, response, next);
  };
  const streamOfRun: RequestHandler = (request, response, next) => {
    const { after } = decodeQuery(runStreamQuery, request.query);
    return write({ runId: String(request.params.runId) }, after, request, response, next);
  };

  const stop: RequestHandler = async (request, response) => {
    await service.stop(String(request.params.runId));
    response.status(204).end();
  };

  const router = Router();
  router.route('/workflow').post(jsonBody(MAX_BODY_BYTES), start).all(methodNotAllowed('POST'));
  router.route('/stream/:sessionId').get(streamOfSession).all(methodNotAllowed('GET'));
  router.route('/runs/:runId').delete(stop).all(methodNotAllowed('DELETE'));
  router.route('/runs/:runId/stream').get(streamOfRun).all(methodNotAllowed('GET'));
  return {
    app: createServiceApp(parts, { reference: 'docs/reference/agent-service.md', api: [{ path: '/api', router }] }),
    streams: () => streams,
  };
}

/** The stream of a run has an event when the run is complete. A stream that just ends was cut. */
async function* frames(items: ReturnType<AgentService['stream']>, ends: boolean, gone: AbortSignal): AsyncGenerator<string> {
  for await (const item of items) yield frame(item);
  if (ends && !gone.aborted) yield END;
}
