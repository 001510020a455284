/**
 * Gives every request an id, and writes one log line and one observation when it is over. Logs no
 * query, header or body.
 */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** An id that a proxy in front can choose. Any other is replaced. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

export interface RequestLogParts {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'request'>;
}

export function requestLog({ log, metrics }: RequestLogParts): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    response.set('X-Request-Id', id);
    const started = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const ms = performance.now() - started;
      const status = response.statusCode;
      metrics.request(method, routeOf(request, path), status, ms);
      const facts = { requestId: id, method, path, status, ms: Math.round(ms * 10) / 10, whole: response.writableFinished };
      if (status >= 500) log.error(facts, 'request failed');
      else if (status >= 400) log.info(facts, 'request refused');
      else log.debug(facts, 'request');
    });
    next();
  };
}

/**
 * The pattern that took the request, so that metrics have as many labels as there are routes. A
 * router loses its mount point once an error passes it, so the mount point is read from the path,
 * in front of the pattern's segments.
 */
function routeOf(request: Request, path: string): string {
  const pattern: unknown = request.route?.path;
  if (typeof pattern !== 'string') return 'other';
  const segments = (text: string) => text.split('/').filter((segment) => segment !== '');
  const own = segments(pattern);
  const mounted = segments(path).slice(0, -own.length || undefined);
  return `/${[...mounted, ...own].join('/')}`;
}
