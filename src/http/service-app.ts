/**
 * The base of every HTTP server of the program. It logs and counts requests, serves health,
 * readiness and metrics, puts `/api` behind the bearer token, and makes every error a problem
 * document. Owns no state.
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { HttpProblem, problemOf, sendProblem } from '#channels/problem.ts';
import type { ApiToken } from '../config/api-token.ts';
import { type CallerOf, requireBearer } from './bearer.ts';
import type { ApiLimits } from './limits.ts';
import { type ProbesParts, probesRouter } from './probes.ts';
import { type RequestLogParts, requestLog } from './request-log.ts';
import { securityHeaders } from './security.ts';

export interface ServiceAppParts extends ProbesParts, RequestLogParts {
  readonly apiToken: ApiToken;
  readonly callerOf: CallerOf;
  readonly apiLimits: ApiLimits;
  /** How many proxies in front are trusted about a caller's address. */
  readonly trustedProxies: number;
  /** Other sites from which pages load pictures. Default is none. */
  readonly imageOrigins?: readonly string[];
}

export interface GuardedMount {
  readonly path: string;
  readonly before: RequestHandler;
  readonly router: RequestHandler;
}

export interface Mounts {
  /** The page of the docs that lists the routes. */
  readonly reference: string;
  /**
   * Routers beside `/api`, each with the path that it is mounted at. They read their own bodies.
   */
  readonly open?: readonly { readonly path: string; readonly router: RequestHandler }[];
  /** Behind the token. */
  readonly api: readonly { readonly path: string; readonly router: RequestHandler }[];
  /**
   * Behind the token too, at paths of their own. `before` runs before the token is read.
   */
  readonly guarded?: readonly GuardedMount[];
  /** Answers all other paths. If absent, they are not found. */
  readonly rest?: RequestHandler;
}

export function createServiceApp(parts: ServiceAppParts, { reference, open = [], api, guarded = [], rest }: Mounts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.trustedProxies);
  // Plain strings only, so `?a[b]=1` is a parameter named `a[b]`, which no route takes.
  app.set('query parser', 'simple');
  app.use(requestLog(parts), securityHeaders(parts.imageOrigins), untrustedProxy(parts));
  app.use(probesRouter(parts));
  for (const { path, router } of open) app.use(path, router);
  const bearer = requireBearer(parts.apiToken, parts.callerOf, parts.apiLimits.attempts);
  app.use('/api', noStore, bearer, parts.apiLimits.requests);
  for (const { path, before, router } of guarded) app.use(path, before, noStore, bearer, parts.apiLimits.requests, router);
  for (const { path, router } of api) app.use(path, router);
  app.use(['/api', '/channels'], notFound(reference));
  if (rest) app.use(rest);
  app.use(notFound(reference), problems(parts));
  return app;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/**
 * Warns once if a proxy seems to be in front and none is trusted. Every visitor behind it then has
 * the proxy's address, and limits take all of them for one.
 */
function untrustedProxy({ trustedProxies, log }: Pick<ServiceAppParts, 'trustedProxies' | 'log'>): RequestHandler {
  let warned = trustedProxies > 0;
  return (request, _response, next) => {
    if (!warned && request.get('x-forwarded-for') !== undefined) {
      warned = true;
      log.warn({ from: request.socket.remoteAddress }, UNTRUSTED_PROXY);
    }
    next();
  };
}

const UNTRUSTED_PROXY =
  'a request has X-Forwarded-For and STATECHAT_TRUSTED_PROXIES is 0: if a proxy is in front, limits take all visitors for one; set it to the number of proxies';

function notFound(reference: string): RequestHandler {
  return (request) => {
    const detail = `There is nothing at ${request.originalUrl.split('?')[0]?.slice(0, 200)}. ${reference} lists what there is.`;
    throw new HttpProblem({ status: 404, code: 'not_found', title: 'Not found', detail });
  };
}

/** The last handler. Express recognizes it by its four parameters. */
function problems({ log }: Pick<ServiceAppParts, 'log'>): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = String(response.getHeader('x-request-id'));
    const problem = problemOf(error);
    if (problem === undefined || problem.status >= 500)
      log.error({ error, requestId, method: request.method, path: request.path }, 'request failed');
    if (response.headersSent) {
      // A caller must not take half an answer for a whole one.
      response.destroy();
      return;
    }
    sendProblem(
      response,
      problem ?? {
        status: 500,
        code: 'internal',
        title: 'Internal error',
        detail: `Something failed that should not. The log has it under request ${requestId}. Sending the same again may help, with the same Idempotency-Key.`,
      },
    );
  };
}
